// The why-card: which rule brought the conversation here, who was passed over, what happens next.

import { useEffect, useState } from "preact/hooks";
import { conversations } from "../../api/desk";
import type { Conversation, Explain, Why } from "../../api/types";
import { say, sayCode, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { agentName, queueName } from "../../state/directory";
import { eventWords, isShown } from "../../state/eventwords";
import { needsLine } from "../../state/why";
import { Section } from "./section";

export function WhyCard({ conversation }: { readonly conversation: Conversation }) {
  const [explain, setExplain] = useState<Explain | null>(null);
  const { id, seq, turn } = conversation;
  const answered = turn?.due ?? null; // an answer ends the turn without a new message
  useEffect(() => {
    let here = true;
    conversations.explain(id).then(
      (found) => here && setExplain(found),
      () => undefined, // the card stays empty; nothing else depends on it
    );
    return () => {
      here = false;
    };
  }, [id, seq, answered]);
  const why = explain?.why;
  // What was due is so no longer once the turn is over, whatever the card was told before.
  const next = (explain?.next ?? []).filter(({ what }) => answered || !what.endsWith("_due"));
  const decisions = (explain?.decisions ?? []).filter(isShown).slice(-SHOWN);
  return (
    <Section name="why" title={words.value.why}>
      {!why && decisions.length === 0 && <p class="meta">{words.value.whyNone}</p>}
      {why && <Reasons why={why} />}
      <ol class="decisions">
        {decisions.map((decision) => (
          <li key={decision.seq ?? decision.at}>
            <span class="meta figures">{sayWhen(Date.parse(decision.at), now.value)}</span>{" "}
            {eventWords(decision)}
          </li>
        ))}
      </ol>
      {next.map(({ what, at }) => (
        <p key={what} class="next">
          <strong>{words.value.nextStep}</strong> {sayCode("next_", what)}{" "}
          <span class="figures">{at && sayWhen(Date.parse(at), now.value)}</span>
        </p>
      ))}
    </Section>
  );
}

const SHOWN = 6;

function Reasons({ why }: { readonly why: Why }) {
  const needs = needsLine(why);
  const facts = [
    queueName(why.queue),
    needs && say("whyNeeds", { needs }),
    why.rule && sayCode("rule_", why.rule),
    why.pinned && words.value.whyPinned,
    why.considered && say("whyConsidered", { n: why.considered }),
  ];
  return (
    <div>
      <p>{facts.filter(Boolean).join(" · ")}</p>
      <Passed named={why.named ?? []} counts={why.passed ?? {}} />
    </div>
  );
}

interface PassedProps {
  readonly named: readonly { readonly agent: string; readonly reason: string }[];
  readonly counts: Readonly<Record<string, number>>;
}

function Passed({ named, counts }: PassedProps) {
  if (named.length > 0)
    return (
      <p class="meta">
        {words.value.passedOver}
        {": "}
        {named
          .map((one) => `${agentName(one.agent)} (${sayCode("passed_", one.reason)})`)
          .join(", ")}
      </p>
    );
  const entries = Object.entries(counts);
  if (entries.length === 0) return null;
  return (
    <p class="meta">
      {words.value.passedOver}
      {": "}
      {entries.map(([reason, n]) => `${sayCode("passed_", reason)} ${n}`).join(", ")}
    </p>
  );
}
