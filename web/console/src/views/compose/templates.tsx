// Templates and quick replies: the desk renders the words, and asks for what is missing.

import { useEffect, useState } from "preact/hooks";
import { Problem } from "../../api/client";
import { words as desk, quickReplies as written } from "../../api/desk";
import type { Conversation, Rendered, Template } from "../../api/types";
import { locale, say, sayProblem, words } from "../../i18n";
import { fits, ofQuickReply, ofTemplate, type Phrase } from "../../state/phrases";
import { freshen, quickReplies } from "../../state/quick";
import { takesFocus } from "../parts/focus";

export interface Missing {
  readonly phrase: Phrase;
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

export interface TemplateBox {
  readonly all: readonly Phrase[];
  readonly missing: Missing | null;
  /** Renders; null when a value is missing (then `missing` asks for it) or it was refused. */
  render(phrase: Phrase, values?: Readonly<Record<string, string>>): Promise<Rendered | null>;
  forget(): void;
}

const cache = new Map<string, readonly Template[]>();

export function useTemplates(
  conversation: Conversation,
  channel: string,
  refused: (words: string) => void,
): TemplateBox {
  const language = conversation.language || conversation.contact.language || locale.value;
  const key = `${language}|${channel}`;
  const [house, setHouse] = useState<readonly Template[]>(cache.get(key) ?? []);
  const [missing, setMissing] = useState<Missing | null>(null);
  useEffect(() => {
    let here = true;
    const known = cache.get(key);
    if (known) setHouse(known);
    else
      desk.templates(language, channel).then(
        (page) => {
          cache.set(key, page.items);
          if (here) setHouse(page.items);
        },
        () => undefined, // no templates, no list: writing goes on without them
      );
    return () => {
      here = false;
    };
  }, [key]);
  useEffect(freshen, [conversation.id]);
  const own = quickReplies.value.filter((one) => fits(one, language, channel));
  const all = [...own.map(ofQuickReply), ...house.map(ofTemplate)];

  const render = async (phrase: Phrase, values: Readonly<Record<string, string>> = {}) => {
    try {
      const asked = { locale: language, channel, conversation: conversation.id, values };
      const { render } = phrase.kind === "template" ? desk : written;
      const said = await render(phrase.id, asked);
      setMissing(null);
      return said;
    } catch (error) {
      const name = error instanceof Problem && error.code === "missing_value" && error.extra.name;
      if (typeof name === "string") setMissing({ phrase, name, values });
      else refused(sayProblem(error));
      return null;
    }
  };
  return { all, missing, render, forget: () => setMissing(null) };
}

interface AskProps {
  readonly missing: Missing;
  readonly give: (value: string) => void;
  readonly cancel: () => void;
}

export function AskValue({ missing, give, cancel }: AskProps) {
  const [value, setValue] = useState("");
  const example = missing.phrase.examples[missing.name];
  const label = say("templateValue", { name: missing.name });
  return (
    <form
      class="ask"
      onSubmit={(event) => {
        event.preventDefault();
        if (value.trim()) give(value.trim());
      }}
    >
      <label class="grow">
        <span class="meta">{label}</span>
        <input
          class="field"
          value={value}
          placeholder={example ?? ""}
          ref={takesFocus}
          onInput={(event) => setValue(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") cancel();
          }}
        />
      </label>
      <button type="submit" class="button main">
        {words.value.templateInsert}
      </button>
      <button type="button" class="button" onClick={cancel}>
        {words.value.cancel}
      </button>
    </form>
  );
}
