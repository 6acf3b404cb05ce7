// Below the field: files, emoji, templates, and the ways to send.

import { useRef } from "preact/hooks";
import { locale, words } from "../../i18n";
import { EMOJI } from "../../state/emoji";
import { matching, type Phrase } from "../../state/phrases";
import { Icon } from "../parts/icon";
import { Pop } from "../parts/pop";
import { aboutOf, markOf } from "./picker";
import type { Then } from "./sending";

export function AttachButton({ add }: { readonly add: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="button bare only"
        aria-label={words.value.attach}
        title={words.value.attach}
        onClick={() => input.current?.click()}
      >
        <Icon name="clip" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

interface SendProps {
  readonly note: boolean;
  readonly disabled: boolean;
  readonly send: (then: Then) => void;
}

const WAYS = [
  { after: "wait", label: "sendWait", keys: "Ctrl+Shift+Enter" },
  { after: "resolve", label: "sendResolve", keys: "Ctrl+Alt+Enter" },
] as const;

export function SendButtons({ note, disabled, send }: SendProps) {
  const label = words.value[note ? "addNote" : "send"];
  return (
    <div class="split">
      <button
        type="button"
        class="button main"
        disabled={disabled}
        title={`${label} (Ctrl+Enter)`}
        onClick={() => send(null)}
      >
        {label}
      </button>
      {!note && (
        <Pop
          label={words.value.sendMore}
          class="button main only"
          panelClass="up"
          disabled={disabled}
          button={<Icon name="down" />}
        >
          {(close) =>
            WAYS.map((way) => (
              <button
                key={way.after}
                type="button"
                role="menuitem"
                class="choice"
                onClick={() => {
                  close();
                  send(way.after);
                }}
              >
                {words.value[way.label]} <kbd>{way.keys}</kbd>
              </button>
            ))
          }
        </Pop>
      )}
    </div>
  );
}

/** For whoever does not know that ":" finds them by name. */
export function EmojiButton({ put }: { readonly put: (sign: string) => void }) {
  return (
    <Pop
      label={words.value.emoji}
      class="button bare only"
      panelClass="up left emoji"
      button={<Icon name="smile" />}
    >
      {(close) =>
        EMOJI.map((one) => {
          const name = locale.value === "en" ? one.en : one.zh;
          return (
            <button
              key={one.sign}
              type="button"
              role="menuitem"
              class="choice"
              aria-label={name}
              title={name}
              onClick={() => {
                close();
                put(one.sign);
              }}
            >
              {one.sign}
            </button>
          );
        })
      }
    </Pop>
  );
}

interface TemplateButtonProps {
  readonly phrases: readonly Phrase[];
  readonly pick: (phrase: Phrase) => void;
}

export function TemplateButton({ phrases, pick }: TemplateButtonProps) {
  return (
    <Pop
      label={words.value.templates}
      class="button bare only"
      panelClass="up left templates"
      button={<Icon name="template" />}
    >
      {(close) =>
        matching(phrases, "").map((phrase) => (
          <button
            key={phrase.id}
            type="button"
            role="menuitem"
            class="choice"
            onClick={() => {
              close();
              pick(phrase);
            }}
          >
            <strong>
              {phrase.name} <span class="meta">{markOf(phrase)}</span>
            </strong>
            <span class="meta cut">{aboutOf(phrase)}</span>
          </button>
        ))
      }
    </Pop>
  );
}
