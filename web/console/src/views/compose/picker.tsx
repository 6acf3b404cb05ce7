// The list above the field: templates, emoji or colleagues, whichever sign was written.

import type { Template } from "../../api/types";
import { locale, say, words } from "../../i18n";
import { agents } from "../../state/directory";
import { emojiFor } from "../../state/emoji";
import { login } from "../../state/me";
import { colleagues } from "../../state/mentions";
import { matching, type Slash } from "../../state/slash";

const SHOWN = 8;

/** One line of the list. */
export interface Choice {
  readonly key: string;
  readonly name: string;
  readonly about: string;
  /** What takes the place of the sign; a template is rendered by the desk first. */
  readonly gives: { readonly words: string } | { readonly template: Template };
}

export function choicesFor(asked: Slash, templates: readonly Template[]): Choice[] {
  return CHOICES[asked.sign](asked.query, templates).slice(0, SHOWN);
}

type Finder = (query: string, templates: readonly Template[]) => Choice[];

const CHOICES: Readonly<Record<Slash["sign"], Finder>> = {
  "/": (query, templates) =>
    matching(templates, query).map((template) => ({
      key: template.name,
      name: `/${template.name}`,
      about: template.purpose ?? "",
      gives: { template },
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
          <span class="meta cut">{choice.about}</span>
        </div>
      ))}
      {choices.length === 0 && <p class="empty">{say("templateNone", { q: asked.query })}</p>}
    </div>
  );
}

const LABELS = { "/": "templates", ":": "emoji", "@": "colleagues" } as const;
