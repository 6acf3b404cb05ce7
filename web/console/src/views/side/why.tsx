// The why-card: which rule brought the conversation here, who was passed over, what happens next.

import { useEffect, useState } from "preact/hooks";
import { conversations } from "../../api/desk";
import type { Conversation, Explain, NextStep, RuleTried, Why } from "../../api/types";
import { say, sayCode, sayFor, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { agentName, queueName } from "../../state/directory";
import { eventWords, isShown } from "../../state/eventwords";
import { isOfATurn, needsLine, standingOf } from "../../state/why";
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
  const judgement = explain?.judgement;
  // What was due is so no longer once the turn is over, whatever the card was told before.
  const next = (explain?.next ?? []).filter(({ what }) => answered || !isOfATurn(what));
  const decisions = (explain?.decisions ?? []).filter(isShown).slice(-SHOWN);
  return (
    <Section name="why" title={words.value.why}>
      {!why && decisions.length === 0 && <p class="meta">{words.value.whyNone}</p>}
      {judgement && <Tried tried={judgement.tried} />}
      {judgement && judgement.reasons.length > 0 && (
        <p class="meta">
          {say("because", {
            what: say("spoke", { category: sayCode("cat_", judgement.category) }),
            why: pieces(judgement.reasons).join(words.value.listing),
          })}
        </p>
      )}
      {why && <Reasons why={why} />}
      <ol class="decisions">
        {decisions.map((decision) => (
          <li key={decision.seq ?? decision.at}>
            <span class="meta figures">{sayWhen(Date.parse(decision.at), now.value)}</span>{" "}
            {eventWords(decision)}
            {decision.why && (
              <Passed named={decision.why.named ?? []} counts={decision.why.passed ?? {}} />
            )}
          </li>
        ))}
      </ol>
      {next.map((step) => (
        <Upcoming key={`${step.what} ${step.agent ?? ""}`} step={step} />
      ))}
    </Section>
  );
}

/** Where a sentence begins and ends is a mark of ours, not the customer's. */
function pieces(reasons: readonly { readonly piece: string }[]): readonly string[] {
  return [...new Set(reasons.map(({ piece }) => piece.replaceAll(/[\^$]/g, "").trim()))];
}

/** The rules that were tried for its queue: the one that decided, and what the others lacked. */
function Tried({ tried }: { readonly tried: readonly RuleTried[] }) {
  if (tried.length === 0) return null;
  const held = tried.find(({ failed }) => !failed);
  const others = tried.filter(({ failed }) => failed);
  return (
    <div>
      <p>{held ? say("ruleHeld", { rule: held.rule }) : words.value.ruleNone}</p>
      {others.length > 0 && (
        <details class="meta">
          <summary>{say("rulesTried", { n: others.length })}</summary>
          <ul class="tried">
            {others.map(({ rule, failed }) => (
              <li key={rule}>{say("ruleFailed", { rule, what: condition(failed) })}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function condition(failed: string): string {
  const [name = "", attribute = ""] = failed.split(".");
  return attribute || sayCode("cond_", name);
}

function Upcoming({ step }: { readonly step: NextStep }) {
  const needs = needsLine({ needs: step.needs ?? {} });
  const whom = [agentName(step.agent), needs && say("whyNeeds", { needs })].filter(Boolean);
  const at = Date.parse(step.at);
  const standing = standingOf(step, now.value);
  if (standing === "over") return null;
  return (
    <p class={standing === "late" ? "next late" : "next"}>
      <strong>
        {standing === "late"
          ? say("lateBy", { time: sayFor(now.value - at) })
          : words.value.nextStep}
      </strong>{" "}
      {sayCode("next_", step.what)} <span class="figures">{sayWhen(at, now.value)}</span>
      {whom.length > 0 && <span class="meta"> {whom.join(" · ")}</span>}
    </p>
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
  const who =
    named.length > 0
      ? named.map((one) =>
          say("passedOne", {
            agent: agentName(one.agent),
            reason: sayCode("passed_", one.reason),
          }),
        )
      : Object.entries(counts).map(([reason, n]) => `${sayCode("passed_", reason)} ${n}`);
  if (who.length === 0) return null;
  return (
    <p class="meta">
      {say("because", { what: words.value.passedOver, why: who.join(words.value.listing) })}
    </p>
  );
}
