// The list above the field: templates, emoji or colleagues, whichever sign was written.

import { locale, say, words } from "../../i18n";
import { agents } from "../../state/directory";
import { emojiFor } from "../../state/emoji";
import { actionsWords } from "../../state/macros";
import { login } from "../../state/me";
import { colleagues } from "../../state/mentions";
import { matching, type Phrase } from "../../state/phrases";
import type { Slash } from "../../state/slash";

const SHOWN = 8;

/** One line of the list. */
export interface Choice {
  readonly key: string;
  readonly name: string;
  readonly about: string;
  /** Which kind of words it is, where the list has several. */
  readonly mark?: string;
  /** What takes the place of the sign; a template is rendered by the desk first. */
  readonly gives: { readonly words: string } | { readonly phrase: Phrase };
}

export function choicesFor(asked: Slash, phrases: readonly Phrase[]): Choice[] {
  return CHOICES[asked.sign](asked.query, phrases).slice(0, SHOWN);
}

type Finder = (query: string, phrases: readonly Phrase[]) => Choice[];

const CHOICES: Readonly<Record<Slash["sign"], Finder>> = {
  "/": (query, phrases) =>
    matching(phrases, query).map((phrase) => ({
      key: phrase.id,
      name: phrase.kind === "template" ? `/${phrase.name}` : phrase.name,
      about: aboutOf(phrase),
      mark: markOf(phrase),
      gives: { phrase },
    })),
  ":": (query) =>
    emojiFor(query).map((one) => ({
      key: one.sign,
      name: one.sign,
      about: locale.value === "en" ? one.en : one.zh,
      gives: { words: one.sign },
    })),
  "@": (query) =>
    colleagues(agents.value, query, login.value).map((one) => ({
      key: one.login,
      name: `@${one.name || one.login}`,
      about: words.value[one.presence],
      gives: { words: `@${one.login} ` },
    })),
};

/** "Quick reply /th": what the house's own templates are not. */
export function markOf(phrase: Phrase): string {
  if (phrase.kind === "template") return "";
  const kind = words.value[phrase.kind === "macro" ? "macro" : "quickReply"];
  return [kind, phrase.shortcut && `/${phrase.shortcut}`].filter(Boolean).join(" ");
}

/** What it is for, says and does. */
export function aboutOf(phrase: Phrase): string {
  return [phrase.about, actionsWords(phrase.actions)].filter(Boolean).join(" · ");
}

interface PickerProps {
  readonly asked: Slash;
  readonly choices: readonly Choice[];
  readonly at: number;
  readonly pick: (choice: Choice) => void;
}

/** The keys stay with the field. */
export function Picker({ asked, choices, at, pick }: PickerProps) {
  return (
    <div class="picker" role="listbox" aria-label={words.value[LABELS[asked.sign]]} id="choices">
      {choices.map((choice, place) => (
        <div
          key={choice.key}
          id={`choice-${place}`}
          class="choice"
          role="option"
          tabIndex={-1}
          aria-selected={place === at}
          onPointerDown={(event) => {
            event.preventDefault();
            pick(choice);
          }}
        >
          <strong>{choice.name}</strong>
          <span class="meta cut grow">{choice.about}</span>
          {choice.mark && <span class="tag">{choice.mark}</span>}
        </div>
      ))}
      {choices.length === 0 && <p class="empty">{say("templateNone", { q: asked.query })}</p>}
    </div>
  );
}

const LABELS = { "/": "templates", ":": "emoji", "@": "colleagues" } as const;
