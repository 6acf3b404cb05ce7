// Answers that the customer may tap: one to a line, shown as they will be offered.

import { useState } from "preact/hooks";
import type { Choice } from "../../api/types";
import { say, words } from "../../i18n";
import { Icon } from "../parts/icon";
import { Pop } from "../parts/pop";

interface ChoicesProps {
  readonly choices: readonly Choice[];
  readonly offer: (choices: readonly Choice[]) => void;
}

/** Each line once; their numbers are their ids. */
export function choicesOf(text: string): Choice[] {
  const lines = text.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " "));
  return [...new Set(lines.filter(Boolean))].map((label, at) => ({ id: String(at + 1), label }));
}

export function ChoicesButton({ choices, offer }: ChoicesProps) {
  return (
    <Pop
      label={words.value.choices}
      kind="dialog"
      class="button bare only"
      panelClass="up left offering"
      button={<Icon name="choices" />}
    >
      {(close) => <Offering choices={choices} offer={offer} close={close} />}
    </Pop>
  );
}

function Offering({ choices, offer, close }: ChoicesProps & { readonly close: () => void }) {
  const [text, setText] = useState(choices.map((choice) => choice.label).join("\n"));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        offer(choicesOf(text));
        close();
      }}
    >
      <label>
        <strong>{words.value.choices}</strong>
        <span class="meta">{words.value.choicesHint}</span>
        <textarea
          class="field"
          rows={4}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button main">
        {words.value.choicesDone}
      </button>
    </form>
  );
}

/** What stands below the words until they go. */
export function Offered({ choices, offer }: ChoicesProps) {
  if (choices.length === 0) return null;
  return (
    <div class="offered-row">
      <ul class="offered" aria-label={words.value.choices}>
        {choices.map((choice) => (
          <li key={choice.id}>{choice.label}</li>
        ))}
      </ul>
      <button
        type="button"
        class="button bare only"
        aria-label={say("choicesNone")}
        title={say("choicesNone")}
        onClick={() => offer([])}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
