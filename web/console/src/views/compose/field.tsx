// The text field: grows with its words, reads the keys, and holds the template list.

import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { Template } from "../../api/types";
import { words } from "../../i18n";
import { read } from "../../state/chords";
import { insert, type Slash, slashAt } from "../../state/slash";
import { Picker, shownTemplates, type TemplateBox } from "./templates";

interface FieldProps {
  readonly text: string;
  readonly note: boolean;
  readonly disabled: boolean;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly templates: TemplateBox;
  /** Where the words of a template will go; kept by the composer while a value is asked for. */
  readonly picked: (template: Template, slash: Slash) => void;
  readonly change: (text: string) => void;
  readonly command: (command: string) => void;
  readonly files: (files: readonly File[]) => void;
}

export function Field(props: FieldProps) {
  const { text, note, field, templates } = props;
  const [slash, setSlash] = useState<Slash | null>(null);
  const [at, setAt] = useState(0);
  useLayoutEffect(() => grow(field.current), [text, note]);

  const follow = (area: HTMLTextAreaElement) => {
    setSlash(note ? null : slashAt(area.value, area.selectionStart));
    setAt(0);
  };
  const pick = (template: Template) => {
    if (slash) props.picked(template, slash);
    setSlash(null);
  };
  const shown = slash ? shownTemplates(templates.all, slash.query) : [];

  const keyInList = (event: KeyboardEvent): boolean => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = shown[at];
    if (event.key === "Escape") setSlash(null);
    else if (step && shown.length) setAt((at + step + shown.length) % shown.length);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen && !event.ctrlKey)
      pick(chosen);
    else return false;
    return true;
  };
  const key = (event: KeyboardEvent) => {
    // While an input method composes, every key is its own.
    if (event.isComposing) return;
    const command = read(event, "composer", "").command;
    const taken = slash ? keyInList(event) : false;
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
      {slash && <Picker all={templates.all} query={slash.query} at={at} pick={pick} />}
      <textarea
        ref={field}
        rows={2}
        value={text}
        disabled={props.disabled}
        aria-label={words.value[note ? "note" : "reply"]}
        placeholder={words.value[note ? "writeNote" : "writeReply"]}
        aria-autocomplete="list"
        aria-controls={slash ? "templates" : undefined}
        aria-activedescendant={slash && shown.length ? `template-${at}` : undefined}
        data-place="composer"
        onInput={(event) => {
          props.change(event.currentTarget.value);
          follow(event.currentTarget);
        }}
        onKeyDown={key}
        onPaste={paste}
        onBlur={() => setSlash(null)}
      />
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
