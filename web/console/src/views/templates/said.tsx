// The words of one part, the places that may stand in them, and what is told of their lines.

import { useId, useRef } from "preact/hooks";
import type { Place, WordingCheck } from "../../api/types";
import { say, words } from "../../i18n";
import { sayFault } from "../../i18n/faults";
import { toldOf } from "../../state/wordings";
import { partName } from "./editor";

const BUILT_IN = ["hello", "festive"];

interface SaidProps {
  readonly part: string;
  readonly locale: string;
  readonly text: string;
  readonly places: readonly Place[];
  readonly change: (text: string) => void;
}

export function Said({ part, locale, text, places, change }: SaidProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const place = (name: string) => {
    const field = area.current;
    if (!field) return;
    field.setRangeText(`{{ ${name} }}`, field.selectionStart, field.selectionEnd, "end");
    change(field.value);
    field.focus();
  };
  return (
    <div>
      <label class="meta" for={id}>
        {say("wordingOf", { part: partName(part) })}
      </label>
      <textarea
        id={id}
        ref={area}
        class="field wording-text"
        lang={locale}
        rows={part.endsWith("_subject") ? 2 : 12}
        maxLength={20_000}
        placeholder={part ? words.value.wordingOwn : ""}
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <div class="presets">
        <span class="meta">{words.value.phrasePlaces}</span>
        {[...places.map((one) => one.name), ...BUILT_IN].map((name) => (
          <button key={name} type="button" class="link" onClick={() => place(name)}>
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}

interface ToldProps {
  readonly part: string;
  readonly found: WordingCheck;
}

/** Faults and remarks with their lines; of other parts, how many there are stands on their tabs. */
export function Told({ part, found }: ToldProps) {
  const faults = toldOf(part, found.faults);
  const remarks = toldOf(part, found.remarks);
  if (faults.length + remarks.length === 0) return null;
  return (
    <ul class="wording-told" aria-live="polite">
      {faults.map((one, place) => (
        <li key={`f${place}`} class="bad">
          {at(one.line)}
          {sayFault(one.text)}
        </li>
      ))}
      {remarks.map((one, place) => (
        <li key={`r${place}`} class={one.level === "block" ? "bad" : "soon"}>
          {at(one.line)}
          {one.text}
        </li>
      ))}
    </ul>
  );
}

function at(line: number): string {
  return line > 0 ? say("wordingLine", { n: line }) : "";
}
