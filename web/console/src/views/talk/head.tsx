// The head of a conversation: who, where it stands, and the verbs, the next one most visible.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Conversation } from "../../api/types";
import { say, sayCode, sayFor, words } from "../../i18n";
import * as actions from "../../state/actions";
import { now } from "../../state/clock";
import { agentName, queueName } from "../../state/directory";
import { login } from "../../state/me";
import { personName } from "../../state/people";
import { openConversation } from "../../state/route";
import { handing, toggleSide } from "../../state/ui";
import { Glyph } from "../parts/glyph";
import { Icon } from "../parts/icon";
import { Ring } from "../parts/ring";
import { More } from "./more";

function standing(conversation: Conversation): string {
  const work = conversation.work;
  if (!work) return "";
  if (work.state === "waiting") {
    const time = sayFor(now.value - Date.parse(work.enqueued_at));
    return `${say("inQueue", { queue: queueName(work.queue) })}, ${say("waitingSince", { time })}`;
  }
  if (work.state === "callback_pending")
    return `${say("inQueue", { queue: queueName(work.queue) })}, ${words.value.passed_callback}`;
  if (work.state === "wrapup") {
    const left = Date.parse(conversation.wrapup?.until ?? "") - now.value;
    return left > 0 ? say("wrapupLeft", { time: sayFor(left) }) : words.value.wrapup;
  }
  if (work.agent === login.value) return words.value.withYou;
  return work.agent ? say("withAgent", { agent: agentName(work.agent) }) : queueName(work.queue);
}

export function Head({ conversation }: { readonly conversation: Conversation }) {
  const { contact, turn } = conversation;
  const about = [sayCode("", conversation.status), standing(conversation)].filter(Boolean);
  const name = useRef<HTMLHeadingElement>(null);
  // What was pressed to come here is gone, if it was an offer: whoever uses keys goes on from here.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) name.current?.focus({ preventScroll: true });
  }, [conversation.id]);
  return (
    <header class="head">
      <button
        type="button"
        class="button bare only narrow"
        aria-label={words.value.back}
        onClick={() => openConversation(null)}
      >
        <Icon name="back" />
      </button>
      <div class="grow">
        <div class="head-name">
          <Glyph channel={conversation.channel} />
          <h1 class="cut" tabIndex={-1} ref={name}>
            {personName(contact.name)}
          </h1>
          {contact.vip && <span class="tag vip">{words.value.vip}</span>}
          {turn?.due && <Ring openedAt={turn.opened_at} due={turn.due} />}
        </div>
        <p class="meta cut">{[...about, conversation.subject].filter(Boolean).join(" · ")}</p>
      </div>
      <Verbs conversation={conversation} />
      <More key={conversation.id} conversation={conversation} />
      <button
        type="button"
        class="button bare only"
        aria-label={words.value.details}
        title={`${words.value.details} (i)`}
        onClick={toggleSide}
      >
        <Icon name="panel" />
      </button>
    </header>
  );
}

interface VerbProps {
  readonly label: string;
  readonly keys: string;
  readonly main?: boolean;
  readonly press: () => void;
}

function VerbButton({ label, keys, main = false, press }: VerbProps) {
  return (
    <button
      type="button"
      class={main ? "button main" : "button"}
      title={keys ? `${label} (${keys})` : label}
      onClick={press}
    >
      {label}
    </button>
  );
}

function Verbs({ conversation }: { readonly conversation: Conversation }) {
  const { id, status } = conversation;
  const { can } = actions;
  const hold = actions.holdVerb(conversation);
  const resolve = actions.resolveVerb(conversation);
  const live = status !== "resolved";
  // While somebody is on the line, its bar holds and hands on.
  const quiet = conversation.calls.every((call) => call.state === "ended");
  return (
    <div class="verbs">
      {actions.mayTake(conversation) && (
        <VerbButton
          main={!conversation.work?.agent}
          label={words.value[conversation.work?.agent ? "takeOver" : "take"]}
          keys="a"
          press={() => void actions.take(id)}
        />
      )}
      {actions.inWrapup(conversation) && (
        <VerbButton
          main
          label={words.value.endWrapup}
          keys=""
          press={() => void actions.endWrapup(id)}
        />
      )}
      {actions.inWrapup(conversation) && !!conversation.wrapup?.extensions && (
        <VerbButton
          label={words.value.extendWrapup}
          keys=""
          press={() => void actions.extendWrapup(id)}
        />
      )}
      {live && quiet && conversation.work && can(conversation, "transfer") && (
        <VerbButton
          label={words.value.transfer}
          keys="t"
          press={() => {
            handing.value = handing.value ? null : "transfer";
          }}
        />
      )}
      {live && quiet && can(conversation, "status") && (
        <VerbButton
          label={words.value[hold]}
          keys="h"
          press={() => void actions.setStatus(id, hold)}
        />
      )}
      {can(conversation, "status") && !conversation.continued_in && (
        <VerbButton
          main={!live}
          label={words.value[resolve]}
          keys="e"
          press={() => void actions.setStatus(id, resolve)}
        />
      )}
    </div>
  );
}
