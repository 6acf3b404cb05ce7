// Which message the next reply answers, where its channel has words for that.

import { computed, signal } from "@preact/signals";
import type { MessageItem, Route } from "../api/types";
import { account } from "./me";
import { openId } from "./route";
import { write } from "./ui";

const chosen = signal<{ readonly conversation: string; readonly item: MessageItem } | null>(null);

/** Chosen in one conversation, it is not the answer of another. */
export const answering = computed(() =>
  chosen.value?.conversation === openId.value ? chosen.value.item : null,
);

const NAMED: ReadonlySet<string> = new Set(["received", "sent", "delivered", "read"]);
const NAMELESS: ReadonlySet<string> = new Set([
  "reaction",
  "edited",
  "deleted",
  "call",
  "voicemail",
]);

/** Whether its provider has a name for it, and takes that name. */
export function canAnswer(item: MessageItem): boolean {
  if (!NAMED.has(item.state) || NAMELESS.has(item.kind)) return false;
  return account(item.account)?.capabilities.threading === true;
}

export function answer(conversation: string, item: MessageItem): void {
  chosen.value = { conversation, item };
  write("reply");
}

export function answerNone(): void {
  chosen.value = null;
}

/** A reply that goes elsewhere cannot name what was said here. */
export function stands(item: MessageItem, route: Route | null): boolean {
  return route?.account === item.account && route.identity === item.identity;
}
