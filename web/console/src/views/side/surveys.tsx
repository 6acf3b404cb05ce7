// What this customer was asked of how it went, and what they said.

import { useEffect, useState } from "preact/hooks";
import { surveys } from "../../api/desk";
import type { Conversation, Survey } from "../../api/types";
import { say, sayCode, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { agentName } from "../../state/directory";
import { attempt } from "../../state/toasts";
import { Section } from "./section";

export function Surveys({ conversation }: { readonly conversation: Conversation }) {
  const [all, setAll] = useState<readonly Survey[]>([]);
  // What happens in the conversation may be an answer.
  useEffect(
    () => void attempt(async () => setAll((await surveys.of(conversation.id)).items)),
    [conversation.updated_at],
  );
  if (all.length === 0) return null; // most are never asked
  return (
    <Section name="surveys" title={words.value.surveys}>
      <ul class="promised" aria-label={words.value.surveys}>
        {[...all].reverse().map((one) => (
          <One key={one.id} one={one} />
        ))}
      </ul>
    </Section>
  );
}

function One({ one }: { readonly one: Survey }) {
  const at = sayWhen(Date.parse(one.answered_at ?? one.asked_at), now.value);
  const parts = Object.entries(one.scores).map(
    ([name, score]) => `${sayCode("survey_", name)} ${score}`,
  );
  return (
    <li>
      <span class="what">
        {one.score === null ? words.value.surveyUnanswered : say("scored", { score: one.score })}
      </span>
      <span class="meta cut figures">
        {[at, one.agent && agentName(one.agent)].filter(Boolean).join(" · ")}
      </span>
      {parts.length > 0 && <span class="meta wide">{parts.join(" · ")}</span>}
      {one.comment && <span class="wide">{one.comment}</span>}
    </li>
  );
}
