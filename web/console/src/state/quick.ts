// The quick replies that somebody has: read when they are first asked for, and anew now and then.

import { signal } from "@preact/signals";
import { onSignedOut } from "../api/client";
import { quickReplies as desk } from "../api/desk";
import type { QuickReply } from "../api/types";

/** A macro that was called by its name, not from the composer: the composer carries it out. */
export const called = signal<QuickReply | null>(null);

const FRESH_MS = 30_000;

export const quickReplies = signal<readonly QuickReply[]>([]);
let readAt = 0;

onSignedOut(() => {
  quickReplies.value = [];
  readAt = 0;
});

export async function loadQuickReplies(): Promise<void> {
  readAt = Date.now();
  quickReplies.value = (await desk.all()).items;
}

/** A colleague may have written one since; writing goes on without them where the desk is down. */
export function freshen(): void {
  if (Date.now() - readAt > FRESH_MS) loadQuickReplies().catch(() => undefined);
}
