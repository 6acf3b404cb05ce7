// The text field: grows with its words, reads the keys, and holds the list of what is asked for.

import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { words } from "../../i18n";
import { read } from "../../state/chords";
import type { Found } from "../../state/courtesy";
import { undo } from "../../state/parting";
import type { Phrase } from "../../state/phrases";
import { askedAt, insert, type Sign, type Slash } from "../../state/slash";
import { Underlined } from "./findings";
import { type Choice, choicesFor, Picker } from "./picker";
import type { TemplateBox } from "./templates";

const SIGNS: Readonly<Record<"note" | "reply", readonly Sign[]>> = {
  reply: ["/", ":"],
  note: [":", "@"],
};

interface FieldProps {
  readonly text: string;
  readonly note: boolean;
  readonly disabled: boolean;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly templates: TemplateBox;
  readonly found: Found;
  /** Where the words of a template will go; kept by the composer while a value is asked for. */
  readonly picked: (phrase: Phrase, slash: Slash) => void;
  readonly put: (words: string, slash: Slash) => void;
  readonly change: (text: string) => void;
  readonly command: (command: string) => void;
  readonly files: (files: readonly File[]) => void;
}

export function Field(props: FieldProps) {
  const { text, note, field, templates } = props;
  const [asked, setAsked] = useState<Slash | null>(null);
  const [at, setAt] = useState(0);
  useLayoutEffect(() => grow(field.current), [text, note]);

  const follow = (area: HTMLTextAreaElement) => {
    setAsked(askedAt(area.value, area.selectionStart, SIGNS[note ? "note" : "reply"]));
    setAt(0);
  };
  const pick = ({ gives }: Choice) => {
    if (asked && "phrase" in gives) props.picked(gives.phrase, asked);
    else if (asked && "words" in gives) props.put(gives.words, asked);
    setAsked(null);
  };
  const choices = asked ? choicesFor(asked, templates.all) : [];
  // Only of templates it is news that there is none: ":" and "@" may just be meant so.
  const list = asked && (choices.length > 0 || asked.sign === "/") ? asked : null;

  const keyInList = (event: KeyboardEvent): boolean => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = choices[at];
    if (event.key === "Escape") setAsked(null);
    else if (step && choices.length) setAt((at + step + choices.length) % choices.length);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen && !event.ctrlKey)
      pick(chosen);
    else return false;
    return true;
  };
  const key = (event: KeyboardEvent) => {
    // While an input method composes, every key is its own.
    if (event.isComposing) return;
    const command = read(event, "composer", "").command;
    const taken = list ? keyInList(event) : false;
    // In an empty field there is nothing else to undo.
    const backs = command === "undo" && text === "" && undo();
    if (backs) return event.preventDefault();
    if (!taken && command?.startsWith("send")) props.command(command);
    else if (!taken && event.key === "Escape") field.current?.blur();
    else if (!taken) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    props.files(files);
  };

  return (
    <div class="writing">
      {list && <Picker asked={list} choices={choices} at={at} pick={pick} />}
      <textarea
        ref={field}
        rows={2}
        value={text}
        disabled={props.disabled}
        aria-label={words.value[note ? "note" : "reply"]}
        placeholder={words.value[note ? "writeNote" : "writeReply"]}
        aria-autocomplete="list"
        aria-controls={list ? "choices" : undefined}
        aria-activedescendant={list && choices.length ? `choice-${at}` : undefined}
        aria-describedby={props.found.findings.length ? "findings" : undefined}
        data-place="composer"
        onInput={(event) => {
          props.change(event.currentTarget.value);
          follow(event.currentTarget);
        }}
        onKeyDown={key}
        onPaste={paste}
        onBlur={() => setAsked(null)}
      />
      <Underlined found={props.found} text={text} field={field} />
    </div>
  );
}

/** As high as its words, up to half the window; the style sheet bounds it. */
function grow(area: HTMLTextAreaElement | null): void {
  if (!area) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

export function placeWords(text: string, slash: Slash | null, said: string) {
  return slash ? insert(text, slash, said) : { text: text + said, cursor: (text + said).length };
}
