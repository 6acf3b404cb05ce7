// What the conversation is taken for, and by whom; an agent who knows better says so here.

import { conversations } from "../../api/desk";
import type { Conversation } from "../../api/types";
import { sayCode, sayLanguage, words } from "../../i18n";
import { judgedBy } from "../../state/judged";
import { attempt } from "../../state/toasts";
import { Section } from "./section";

const CATEGORIES = ["product", "order", "after_sales", "complaint", "suggestion", "other"];
const MOODS = ["0", "1", "2", "3"];

export function Judged({ conversation }: { readonly conversation: Conversation }) {
  const { id, judgement, can } = conversation;
  if (!judgement) return null;
  const correct = (said: Parameters<typeof conversations.correct>[1]) =>
    attempt(() => conversations.correct(id, said)); // what comes of it comes by the live line
  const fixed = !can.status || conversation.status === "resolved";
  return (
    <Section name="judged" title={words.value.judged}>
      {judgement.escalated.length > 0 && (
        <p>
          <span class="tag late">{words.value.escalated}</span> {judgement.escalated.join(" · ")}
        </p>
      )}
      <dl class="facts">
        <Choice
          label={words.value.category}
          prefix="cat_"
          values={CATEGORIES}
          value={judgement.category}
          fixed={fixed}
          chosen={(category) => void correct({ category })}
        />
        <Choice
          label={words.value.anger}
          prefix="anger_"
          values={MOODS}
          value={String(judgement.anger)}
          fixed={fixed}
          chosen={(anger) => void correct({ anger: Number(anger) })}
        />
        <Choice
          label={words.value.urgency}
          prefix="urgency_"
          values={MOODS}
          value={String(judgement.urgency)}
          fixed={fixed}
          chosen={(urgency) => void correct({ urgency: Number(urgency) })}
        />
        {judgement.language && (
          <div>
            <dt>{words.value.spokenLanguage}</dt>
            <dd>{sayLanguage(judgement.language)}</dd>
          </div>
        )}
        {judgement.wants && (
          <div>
            <dt>{words.value.wants}</dt>
            <dd>{sayCode("wants_", judgement.wants)}</dd>
          </div>
        )}
      </dl>
      <p class="meta">{judgedBy(judgement)}</p>
    </Section>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly prefix: string;
  readonly values: readonly string[];
  readonly value: string;
  readonly fixed: boolean;
  readonly chosen: (value: string) => void;
}

function Choice({ label, prefix, values, value, fixed, chosen }: ChoiceProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <select
          class="quiet"
          aria-label={label}
          disabled={fixed}
          value={value}
          onChange={(event) => chosen(event.currentTarget.value)}
        >
          {[...new Set([value, ...values])].map((one) => (
            <option key={one} value={one}>
              {one ? sayCode(prefix, one) : "–"}
            </option>
          ))}
        </select>
      </dd>
    </div>
  );
}
