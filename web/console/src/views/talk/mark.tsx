// How far an own message got: one small mark, its words on hover and for screen readers.

import { conversations } from "../../api/desk";
import type { Item, MessageItem, SendState } from "../../api/types";
import { isWord, say, sayCode, words } from "../../i18n";
import { now } from "../../state/clock";
import { opened, takeItem } from "../../state/open";
import { routeKey } from "../../state/routes";
import { attempt } from "../../state/toasts";
import { waitingWords } from "../../state/waiting";
import { channelName } from "../parts/glyph";
import { Icon, type IconName } from "../parts/icon";

const ICONS: Readonly<Record<SendState, IconName>> = {
  received: "check",
  held: "pause",
  queued: "clock",
  sending: "clock",
  sent: "check",
  delivered: "checks",
  read: "checks",
  failed: "alert",
  unknown: "question",
};

export function Mark({ item }: { readonly item: MessageItem }) {
  const state = sayCode("state_", item.state);
  const why = reasonWords(item);
  const sentence = why ? say("because", { what: state, why }) : state;
  return (
    <span class={`mark ${item.state}`} title={sentence}>
      <Icon name={ICONS[item.state] ?? "question"} />
      <span class="sr">{sentence}</span>
    </span>
  );
}

/** Why, in our words; the provider's own where we have none. */
function reasonWords({ reason, detail }: MessageItem): string {
  return reason && isWord(`reason_${reason}`) ? sayCode("reason_", reason) : detail || "";
}

/** Trouble is told in words, not only by a mark; and what can be done stands beside it. */
export function Trouble({
  item,
  conversation,
}: {
  readonly item: MessageItem;
  readonly conversation: string;
}) {
  if (item.state === "queued" && item.waiting) return <Patience item={item} />;
  if (item.state !== "failed" && item.state !== "unknown" && item.state !== "held") return null;
  const withdrawn = item.state === "failed" && item.reason === "withdrawn";
  const state = withdrawn ? words.value.withdrawn : sayCode("state_", item.state);
  const why = reasonWords(item);
  const told = !withdrawn && item.state !== "unknown" && why;
  const act = (call: () => Promise<{ readonly message?: Item }>) => () =>
    void attempt(async () => {
      const { message } = await call();
      if (message) takeItem(conversation, message);
    });
  return (
    <p class={`trouble ${item.state}`} title={item.detail || undefined}>
      {told ? say("because", { what: state, why }) : state}
      {item.state === "unknown" && item.waiting && ` · ${waitingWords(item, now.value)}`}
      {item.state === "held" && <Waiting item={item} act={act} />}
      {item.state === "unknown" && !item.resent_as && (
        <button type="button" class="link" onClick={act(() => conversations.arrived(item.id))}>
          {words.value.arrived}
        </button>
      )}
      {item.state !== "held" && !item.resent_as && (
        <button
          type="button"
          class="link"
          title={item.state === "unknown" ? words.value.resendWhy : undefined}
          onClick={act(() => conversations.resend(item.id))}
        >
          {words.value.resend}
        </button>
      )}
      {item.resent_as && words.value.sentAgain}
    </p>
  );
}

/** The provider has not taken it; it goes on by itself. */
function Patience({ item }: { readonly item: MessageItem }) {
  return <p class="trouble queued">{waitingWords(item, now.value)}</p>;
}

/** What waits for the customer may go by another channel that is open, or be taken back. */
function Waiting({
  item,
  act,
}: {
  readonly item: MessageItem;
  readonly act: (call: () => Promise<{ readonly message?: Item }>) => () => void;
}) {
  const routes = opened.value?.conversation?.channels ?? [];
  const others = routes.filter((route) => route.usable && route.account !== item.account);
  return (
    <>
      {others.map((route) => (
        <button
          key={routeKey(route)}
          type="button"
          class="link"
          onClick={act(() =>
            conversations.reroute(item.id, { account: route.account, identity: route.identity }),
          )}
        >
          {say("sendBy", { channel: channelName(route.channel) })}
        </button>
      ))}
      <button type="button" class="link" onClick={act(() => conversations.withdraw(item.id))}>
        {words.value.withdraw}
      </button>
    </>
  );
}
