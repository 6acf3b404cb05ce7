// What a macro does beside speaking: one of each kind, in the order in which they make sense.

import { useEffect, useState } from "preact/hooks";
import { words as desk, type QuickReplyDraft } from "../../api/desk";
import type { Action, Template } from "../../api/types";
import { locale, sayCode, words } from "../../i18n";
import { agents, queues } from "../../state/directory";

const CATEGORIES = ["product", "order", "after_sales", "complaint", "suggestion", "other"];
const URGENCIES = ["0", "1", "2", "3"];
const VERBS = ["hold", "snooze", "wake", "resolve"] as const;
const ORDER: readonly Action["do"][] = ["note", "promise", "judge", "vip", "status", "transfer"];

type Of<K extends Action["do"]> = Extract<Action, { do: K }>;

interface DoingProps {
  readonly draft: QuickReplyDraft;
  readonly change: (some: Partial<QuickReplyDraft>) => void;
}

export function Doing({ draft, change }: DoingProps) {
  const { actions } = draft;
  const of = <K extends Action["do"]>(kind: K) =>
    actions.find((one): one is Of<K> => one.do === kind);
  /** Null: it is not done. */
  const set = (kind: Action["do"], action: Action | null) => {
    const others = actions.filter((one) => one.do !== kind);
    const next = action ? [...others, action] : others;
    next.sort((a, b) => ORDER.indexOf(a.do) - ORDER.indexOf(b.do));
    // Only a macro speaks by a template.
    change({ actions: next, ...(next.length === 0 && { template: "" }) });
  };
  const judged = of("judge");
  const judge = (category: string | null, urgency: number | null) =>
    set("judge", category || urgency !== null ? { do: "judge", category, urgency } : null);
  return (
    <details class="doing" open={actions.length > 0}>
      <summary>{words.value.macroAlso}</summary>
      <div class="doing-parts">
        <p class="meta wide">{words.value.macroHint}</p>
        <label class="wide">
          <span class="meta">{words.value.macroNote}</span>
          <input
            class="field"
            maxLength={4000}
            value={of("note")?.text ?? ""}
            onInput={({ currentTarget: { value } }) =>
              set("note", value ? { do: "note", text: value } : null)
            }
          />
        </label>
        <label class="wide">
          <span class="meta">{words.value.macroPromise}</span>
          <input
            class="field"
            maxLength={100}
            value={of("promise")?.when ?? ""}
            onInput={({ currentTarget: { value } }) =>
              set("promise", value ? { do: "promise", when: value, text: "" } : null)
            }
          />
        </label>
        <Pick
          label={words.value.category}
          value={judged?.category ?? ""}
          choices={CATEGORIES.map((one) => [one, sayCode("cat_", one)])}
          chosen={(category) => judge(category || null, judged?.urgency ?? null)}
        />
        <Pick
          label={words.value.urgency}
          value={String(judged?.urgency ?? "")}
          choices={URGENCIES.map((one) => [one, sayCode("urgency_", one)])}
          chosen={(urgency) => judge(judged?.category ?? null, urgency ? Number(urgency) : null)}
        />
        <Pick
          label={words.value.macroVip}
          value={of("vip") ? String(of("vip")?.vip) : ""}
          choices={[
            ["true", words.value.makeVip],
            ["false", words.value.unmakeVip],
          ]}
          chosen={(vip) => set("vip", vip ? { do: "vip", vip: vip === "true" } : null)}
        />
        <Pick
          label={words.value.macroStatus}
          value={of("status")?.verb ?? ""}
          choices={VERBS.map((verb) => [verb, words.value[verb]])}
          chosen={(verb) =>
            set("status", verb ? { do: "status", verb: verb as (typeof VERBS)[number] } : null)
          }
        />
        <Pick
          label={words.value.macroTransfer}
          value={of("transfer")?.to ?? ""}
          choices={[
            ...queues.value.map((one): [string, string] => [`queue:${one.id}`, one.name || one.id]),
            ...agents.value.map((one): [string, string] => [
              `agent:${one.login}`,
              one.name || one.login,
            ]),
          ]}
          chosen={(to) => set("transfer", to ? { do: "transfer", to } : null)}
        />
        {actions.length > 0 && <Speaks draft={draft} change={change} />}
      </div>
    </details>
  );
}

/** A macro may say a template of the house in the place of words of its own. */
function Speaks({ draft, change }: DoingProps) {
  const [all, setAll] = useState<readonly Template[]>([]);
  useEffect(() => {
    desk.templates(locale.value, "").then(
      (page) => setAll(page.items),
      () => undefined, // then there is none to choose
    );
  }, []);
  return (
    <Pick
      label={words.value.macroSays}
      none={words.value.ownWords}
      value={draft.template}
      choices={all.map((one) => [one.name, `${one.name}: ${one.purpose ?? ""}`])}
      chosen={(template) => change({ template, ...(template && { text: "" }) })}
    />
  );
}

interface PickProps {
  readonly label: string;
  readonly none?: string;
  readonly value: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly chosen: (value: string) => void;
}

function Pick({ label, none, value, choices, chosen }: PickProps) {
  const known = choices.some(([each]) => each === value);
  return (
    <label>
      <span class="meta">{label}</span>
      <select class="field" value={value} onChange={(event) => chosen(event.currentTarget.value)}>
        <option value="">{none ?? words.value.asItIs}</option>
        {value && !known && <option value={value}>{value}</option>}
        {choices.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
