// What the timeline says of an event: a table from kind and outcome to a sentence. Pure but for words.

import type { EventItem } from "../api/types";
import { say, sayCode, sayWhen, words } from "../i18n";
import type { WordKey } from "../i18n/keys";
import { deskNow } from "./clock";
import { actorName, agentName, queueName } from "./directory";

type Body = EventItem["body"];
type Sentence = WordKey | ((body: Body) => string);

/** Kinds whose news stands elsewhere on the screen, or is no news to an agent. */
const SILENT =
  /^(message\.(received|written|settled|changed)|note\.|agent\.(asked|changed)|request\.|wrapup\.)/;

const SENTENCES: Readonly<Record<string, Sentence | null>> = {
  "conversation.opened": "ev_opened",
  "conversation.status": (body) =>
    say("ev_status", { status: sayCode("", String(body.status ?? "")) }),
  "conversation.continued": "ev_continued",
  "conversation.joined": "ev_joined",
  "conversation.split": "ev_split",
  "conversation.judged": (body) =>
    [
      say("ev_judged", { category: sayCode("cat_", String(body.category || "other")) }),
      body.anger ? sayCode("anger_", String(body.anger)) : "",
      body.urgency ? sayCode("urgency_", String(body.urgency)) : "",
    ]
      .filter(Boolean)
      .join(" · "),
  "conversation.corrected": "ev_corrected",
  "conversation.escalated": (body) => say("ev_escalated", { rule: String(body.rule) }),
  "contact.merged": "ev_merged",
  "contact.unmerged": "ev_unmerged",
  "identity.changed": (body) => words.value[body.opted_out ? "ev_optedOut" : "ev_optedIn"],
  "message.released": "ev_released",
  "work.changed:waiting": (body) => say("ev_waiting", { queue: queueName(String(body.queue)) }),
  "work.changed:stepped": "ev_stepped",
  "work.changed:cancelled": "ev_cancelled",
  "work.changed:overflowed": (body) =>
    say("ev_overflowed", {
      queue: queueName(String(body.queue)),
      what: sayCode("over_", String(body.action)),
    }),
  "work.changed:deferred": (body) => say("ev_deferred", { queue: queueName(String(body.queue)) }),
  "work.changed:all_declined": "ev_allDeclined",
  "work.changed:returnable": (body) =>
    say(body.action === "time" ? "ev_returnable_time" : "ev_returnable_nobody_else", {
      agent: agentName(String(body.target)),
    }),
  "work.changed": null,
  "offer.changed:created": (body) => say("ev_offered", { agent: agentName(String(body.agent)) }),
  "offer.changed:declined": (body) => say("ev_declined", { agent: agentName(String(body.agent)) }),
  "offer.changed:expired": (body) => say("ev_expired", { agent: agentName(String(body.agent)) }),
  "offer.changed": null,
  "assignment.changed:started": (body) =>
    say("ev_assigned", { agent: agentName(String(body.agent)) }),
  "assignment.changed:consulted": (body) =>
    say("consulting", { name: agentName(String(body.agent)) }),
  "assignment.changed": null,
  "agent.over_capacity": (body) =>
    say("ev_overCapacity", {
      agent: agentName(String(body.agent)),
      load: String(body.load),
      capacity: String(body.capacity),
    }),
  "reply.scheduled": (body) =>
    say(body.unless_answered ? "ev_followUp" : "ev_scheduled", {
      at: sayWhen(Number(body.due), deskNow()),
    }),
  "reply.rescheduled": (body) =>
    say("ev_rescheduled", { at: sayWhen(Number(body.due), deskNow()) }),
  "reply.unscheduled": (body) => words.value[unscheduled(body)],
  "macro.ran": "ev_macro",
  "call.changed": null,
  "callback.asked": "ev_callback",
  "callback.merged": "ev_callbackMerged",
  "callback.changed": (body) =>
    say("ev_callbackState", { state: sayCode("callback_", String(body.state)) }),
  "turn.changed:warned": "ev_warned",
  "turn.changed:breached": "ev_breached",
  "turn.changed": null,
  "promise.made": (body) => say("ev_promised", { at: sayWhen(Number(body.due), deskNow()) }),
  "promise.moved": "ev_promiseMoved",
  "promise.ended": (body) =>
    words.value[body.state === "withdrawn" ? "ev_promiseWithdrawn" : "ev_promiseKept"],
  "promise.changed:warned": "ev_promiseWarned",
  "promise.changed:told": "ev_promiseTold",
  "promise.changed:late": "ev_promiseLate",
  "promise.changed:kept": "ev_promiseKept",
  "promise.changed:broken": "ev_promiseBroken",
  "promise.changed:reopened": "ev_promiseReopened",
  "survey.answered": (body) =>
    say(body.again ? "ev_scoredAgain" : "ev_scored", { score: String(body.score) }),
};

/** What became of a reply for later. That it was sent, its message shows. */
function unscheduled({ state, reason, by }: Body): WordKey {
  if (state === "refused") return String(by).startsWith("auto:") ? "ev_kept" : "ev_unsent";
  if (state === "sent") return "ev_scheduledSent";
  if (reason === "answered") return "ev_followUpAnswered";
  return reason === "resolved" ? "ev_followUpOver" : "ev_unscheduled";
}

function sentenceOf(event: EventItem): Sentence | null | undefined {
  const exact = SENTENCES[`${event.kind}:${event.body?.what}`];
  return exact === undefined ? SENTENCES[event.kind] : exact;
}

export function isShown(event: EventItem): boolean {
  return !SILENT.test(event.kind) && sentenceOf(event) !== null;
}

/** Kinds that a person causes, where it matters which. */
const PERSONAL =
  /^(conversation\.(status|continued|joined|split|corrected)|macro\.|contact\.|reply\.)/;

/** A kind that nobody here knows is told by its own name rather than dropped. */
export function eventWords(event: EventItem): string {
  const sentence = sentenceOf(event) ?? (() => event.kind.replaceAll(".", " "));
  const what = typeof sentence === "function" ? sentence(event.body) : words.value[sentence];
  const who = PERSONAL.test(event.kind) ? actorName(event.actor) : "";
  return who ? say("by", { who, what }) : what;
}
