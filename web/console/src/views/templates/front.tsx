// What stands above the words: what it is for, who looks after it, and the values it speaks of.

import type { Place } from "../../api/types";
import { words } from "../../i18n";
import type { WordingDraft } from "../../state/wordings";

const TYPES = ["line", "phrase", "text", "person", "url", "number", "time", "date", "duration"];
const NEW: Place = { name: "", type: "line", example: "", meaning: "", fallback: null };
const LISTED = /[,，、]\s*/;

interface FrontProps {
  readonly draft: WordingDraft;
  readonly change: (some: Partial<WordingDraft>) => void;
}

export function Front({ draft, change }: FrontProps) {
  const put = (place: number, some: Partial<Place>) =>
    change({
      variables: draft.variables.map((one, at) => (at === place ? { ...one, ...some } : one)),
    });
  return (
    <div class="wording-front">
      <Text
        label={words.value.wordingPurpose}
        value={draft.purpose}
        change={(purpose) => change({ purpose })}
      />
      <Text
        label={words.value.wordingOwner}
        value={draft.owner}
        change={(owner) => change({ owner })}
      />
      <Listed
        label={words.value.wordingKeywords}
        value={draft.keywords}
        change={(keywords) => change({ keywords })}
      />
      <Listed
        label={words.value.wordingOnly}
        value={draft.only}
        change={(only) => change({ only })}
      />
      {draft.variables.map((one, place) => (
        <Value
          key={place}
          one={one}
          change={(some) => put(place, some)}
          remove={() => change({ variables: draft.variables.filter((_, at) => at !== place) })}
        />
      ))}
      <button
        type="button"
        class="button"
        onClick={() => change({ variables: [...draft.variables, NEW] })}
      >
        {words.value.wordingAddValue}
      </button>
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

function Text({ label, value, change }: TextProps) {
  return (
    <label>
      <span class="meta">{label}</span>
      <input
        class="field"
        maxLength={300}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

interface ListedProps {
  readonly label: string;
  readonly value: readonly string[];
  readonly change: (value: readonly string[]) => void;
}

/** Words with commas between them; taken once the field is left, so that a comma may be typed. */
function Listed({ label, value, change }: ListedProps) {
  return (
    <label>
      <span class="meta">{label}</span>
      <input
        class="field"
        defaultValue={value.join(", ")}
        onChange={(event) => change(event.currentTarget.value.split(LISTED).filter(Boolean))}
      />
    </label>
  );
}

interface ValueProps {
  readonly one: Place;
  readonly change: (some: Partial<Place>) => void;
  readonly remove: () => void;
}

function Value({ one, change, remove }: ValueProps) {
  return (
    <fieldset class="wording-value">
      <legend class="meta">{one.name || words.value.wordingAddValue}</legend>
      <Text label={words.value.valueName} value={one.name} change={(name) => change({ name })} />
      <label>
        <span class="meta">{words.value.valueType}</span>
        <select
          class="field"
          value={one.type}
          onChange={(event) => change({ type: event.currentTarget.value })}
        >
          {TYPES.map((type) => (
            <option key={type} value={type}>
              {words.value[`valueType_${type}` as "valueType_line"]}
            </option>
          ))}
        </select>
      </label>
      <Text
        label={words.value.valueExample}
        value={one.example}
        change={(example) => change({ example })}
      />
      <Text
        label={words.value.valueMeaning}
        value={one.meaning}
        change={(meaning) => change({ meaning })}
      />
      <label class="wording-required">
        <input
          type="checkbox"
          checked={one.fallback === null}
          onChange={(event) => change({ fallback: event.currentTarget.checked ? null : "" })}
        />{" "}
        {words.value.valueRequired}
      </label>
      {one.fallback !== null && (
        <Text
          label={words.value.valueFallback}
          value={one.fallback}
          change={(fallback) => change({ fallback })}
        />
      )}
      <button type="button" class="link" onClick={remove}>
        {words.value.remove}
      </button>
    </fieldset>
  );
}
