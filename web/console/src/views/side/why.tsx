// The why-card: which rule brought the conversation here, who was passed over, what happens next.

import { useEffect, useState } from "preact/hooks";
import { conversations } from "../../api/desk";
import type { Conversation, Explain } from "../../api/types";
import { sayCode, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { agentName, queueName } from "../../state/directory";
import { needsLine, readWhy } from "../../state/why";
import { Section } from "./section";

export function WhyCard({ conversation }: { readonly conversation: Conversation }) {
  const [explain, setExplain] = useState<Explain | null>(null);
  const { id, seq } = conversation;
  useEffect(() => {
    let here = true;
    conversations.explain(id).then(
      (found) => here && setExplain(found),
      () => undefined, // the card stays empty; nothing else depends on it
    );
    return () => {
      here = false;
    };
  }, [id, seq]);
  const decisions = explain?.decisions ?? [];
  return (
    <Section name="why" title={words.value.why}>
      {decisions.length === 0 && <p class="meta">{words.value.whyNone}</p>}
      <ol class="decisions">
        {decisions.map((decision, place) => (
          <Decision key={place} decision={decision} />
        ))}
      </ol>
      {(explain?.next ?? []).map((next) => (
        <p key={next.what} class="next">
          <strong>{words.value.nextStep}</strong> {sayCode("next_", next.what)}
          {next.at && <span class="figures"> {sayWhen(Date.parse(next.at), now.value)}</span>}
        </p>
      ))}
    </Section>
  );
}

type Fields = Readonly<Record<string, unknown>>;

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

function Decision({ decision }: { readonly decision: Fields }) {
  const why = readWhy(decision.why) ?? readWhy(decision) ?? {};
  const at = textOf(decision, "at");
  const agent = textOf(decision, "agent");
  const needs = needsLine(why);
  const facts = [
    queueName(why.queue),
    needs,
    why.rule ? sayCode("rule_", why.rule) : "",
    why.pinned ? words.value.whyPinned : "",
  ].filter(Boolean);
  return (
    <li>
      <p>
        {at && <span class="meta figures">{sayWhen(Date.parse(at), now.value)} </span>}
        {agent ? <strong>{agentName(agent)}</strong> : null} {facts.join(" · ")}
      </p>
      <Passed named={why.named ?? []} counts={why.passed ?? {}} />
    </li>
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
