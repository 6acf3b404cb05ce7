// Everything by name: commands, lists and conversations, from one field.

import { useRef, useState } from "preact/hooks";
import { sayCode, words } from "../i18n";
import { current } from "../state/actions";
import { keysOf } from "../state/chords";
import { COMMANDS, run } from "../state/commands";
import { rows } from "../state/lists";
import { personName } from "../state/people";
import { called, quickReplies } from "../state/quick";
import { openConversation } from "../state/route";
import { overlay, write } from "../state/ui";
import { Overlay } from "./overlay";

interface Entry {
  readonly key: string;
  readonly label: string;
  readonly keys: string;
  readonly act: () => void;
}

const SHOWN = 12;

function entries(text: string): Entry[] {
  const wanted = text.trim().toLocaleLowerCase();
  const commands = Object.keys(COMMANDS)
    .filter((command) => COMMANDS[command]?.listed())
    .map((command) => ({
      key: command,
      label: sayCode("cmd_", command),
      keys: keysOf(command),
      act: () => run(command),
    }));
  const people = [...rows.value.values()].map(({ row }) => ({
    key: row.id,
    label: personName(row.contact.name),
    keys: "",
    act: () => openConversation(row.id),
  }));
  const all = wanted ? [...commands, ...macros(), ...people] : commands;
  return all.filter((one) => one.label.toLocaleLowerCase().includes(wanted)).slice(0, SHOWN);
}

/** Those of the open conversation, by name or shortcut. */
function macros(): Entry[] {
  if (!current()) return [];
  return quickReplies.value
    .filter((one) => one.actions.length > 0)
    .map((one) => ({
      key: one.id,
      label: [one.name, one.shortcut].filter(Boolean).join(" /"),
      keys: words.value.macro,
      act: () => {
        write("reply");
        called.value = one;
      },
    }));
}

export function Palette() {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const root = useRef<HTMLDivElement>(null);
  const shown = entries(text);
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    overlay.value = null;
    entry.act();
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    if (step && shown.length) setAt((at + step + shown.length) % shown.length);
    else if (event.key === "Enter") choose(shown[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Overlay label={words.value.commands}>
      <div class="palette" ref={root}>
        <input
          class="field"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={shown.length ? `palette-${at}` : undefined}
          aria-label={words.value.commands}
          placeholder={words.value.paletteHint}
          value={text}
          ref={(field) => {
            if (!text) field?.focus();
          }}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={key}
        />
        <div role="listbox" id="palette-list" aria-label={words.value.commands}>
          {shown.map((entry, place) => (
            <div
              key={entry.key}
              id={`palette-${place}`}
              role="option"
              tabIndex={-1}
              class="choice"
              aria-selected={place === at}
              onPointerDown={(event) => {
                event.preventDefault();
                choose(entry);
              }}
            >
              <span class="cut">{entry.label}</span>
              <span class="meta">{entry.keys && <kbd>{entry.keys}</kbd>}</span>
            </div>
          ))}
        </div>
        {shown.length === 0 && <p class="empty">{words.value.paletteNone}</p>}
      </div>
    </Overlay>
  );
}
