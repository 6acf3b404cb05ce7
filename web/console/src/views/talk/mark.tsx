// How far an own message got: one small mark, its words on hover and for screen readers.

import { conversations } from "../../api/desk";
import type { MessageItem, SendState } from "../../api/types";
import { say, sayCode, words } from "../../i18n";
import { takeItem } from "../../state/open";
import { attempt } from "../../state/toasts";
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
  const why = item.detail || item.reason?.replaceAll("_", " ");
  const sentence = why ? say("because", { what: state, why }) : state;
  return (
    <span class={`mark ${item.state}`} title={sentence}>
      <Icon name={ICONS[item.state] ?? "question"} />
      <span class="sr">{sentence}</span>
    </span>
  );
}

/** Trouble is told in words, not only by a mark; and what can be done stands beside it. */
export function Trouble({
  item,
  conversation,
}: {
  readonly item: MessageItem;
  readonly conversation: string;
}) {
  if (item.state !== "failed" && item.state !== "unknown" && item.state !== "held") return null;
  const state = sayCode("state_", item.state);
  const why = item.detail || item.reason?.replaceAll("_", " ");
  const again = () =>
    void attempt(async () => {
      const { message } = await conversations.resend(item.id);
      if (message) takeItem(conversation, message);
    });
  return (
    <p class={`trouble ${item.state}`}>
      {why && item.state === "failed" ? say("because", { what: state, why }) : state}
      {item.state !== "held" && (
        <button
          type="button"
          class="link"
          title={item.state === "unknown" ? words.value.resendWhy : undefined}
          onClick={again}
        >
          {words.value.resend}
        </button>
      )}
    </p>
  );
}
