// The conversation before the agent: its card, its timeline, who else looks and types.

import { computed, effect, signal, untracked } from "@preact/signals";
import { Problem } from "../api/client";
import { conversations } from "../api/desk";
import type { Conversation, Item, MessageItem, NoteItem } from "../api/types";
import { sayUnread } from "../i18n";
import { now } from "./clock";
import { askLater } from "./lacking";
import { takeRow } from "./lists";
import { openConversation, openId } from "./route";
import { merge, newestInbound, settle } from "./timeline";

export interface Opened {
  readonly id: string;
  readonly conversation: Conversation | null;
  readonly items: readonly Item[];
  /** Whether there is more before the first item. */
  readonly more: boolean;
  /** Whether a first page is here: items that came live before it may have a hole before them. */
  readonly begun: boolean;
  readonly problem: string | null;
}

const EMPTY = { conversation: null, items: [], more: false, begun: false, problem: null };
const KEPT = 20;
/** Recently opened conversations: coming back shows them at once, then what is new. */
const recent = new Map<string, Opened>();

export const opened = signal<Opened | null>(null);
export const viewers = signal<Readonly<Record<string, readonly string[]>>>({});
const typists = signal<Readonly<Record<string, { name: string; until: number }>>>({});
const TYPING_MS = 6_000;

export const typist = computed(() => {
  const one = typists.value[openId.value ?? ""];
  return one && one.until > now.value ? one.name : null;
});

function change(id: string, how: (open: Opened) => Opened): void {
  const current = opened.value?.id === id ? opened.value : recent.get(id);
  if (!current) return;
  const next = how(current);
  recent.delete(id);
  recent.set(id, next);
  if (recent.size > KEPT) recent.delete(recent.keys().next().value ?? "");
  if (opened.value?.id === id) opened.value = next;
}

async function show(id: string): Promise<void> {
  const known = recent.get(id);
  opened.value = known ?? { ...EMPTY, id };
  recent.set(id, opened.value);
  await refresh(id);
}

effect(() => {
  const id = openId.value;
  // Only the address opens a conversation; what opening changes must not open it again.
  untracked(() => {
    if (id) void show(id);
    else opened.value = null;
  });
});

/** Asks for the card and for whatever the timeline lacks. */
export async function refresh(id: string): Promise<void> {
  const known = recent.get(id);
  const after = (known?.begun && known.items.at(-1)?.seq) || undefined;
  try {
    const [conversation, page] = await Promise.all([
      conversations.get(id),
      conversations.timeline(id, after === undefined ? {} : { after }),
    ]);
    change(id, (open) => ({
      ...open,
      conversation,
      items: merge(open.items, page.items),
      more: after === undefined ? page.more : open.more,
      begun: open.begun || after === undefined,
      problem: null,
    }));
    takeRow(conversation);
    // More than one page is new: go on until the end is reached.
    if (after !== undefined && page.more && page.items.length > 0) await refresh(id);
  } catch (error) {
    const problem = sayUnread(error);
    // Handed on to where this person may not look: nothing of it stays on the screen.
    const gone = error instanceof Problem && error.status === 404;
    if (gone && known?.conversation && openId.peek() === id) openConversation(null);
    if (gone) recent.delete(id);
    else change(id, (open) => ({ ...open, problem }));
    askLater("conversation", () => openId.peek() === id && refresh(id), error);
    if (opened.value?.id === id && gone) opened.value = { ...EMPTY, id, problem };
  }
}

/** What is asked of a conversation that goes on elsewhere: its card then shows the way there. */
export async function within<T>(id: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Problem && error.code === "continued") void refresh(id);
    throw error;
  }
}

export function forget(): void {
  recent.clear();
  told.clear();
  opened.value = null;
}

/** Forgets what may have holes; used after a gap in the stream. */
export async function reload(): Promise<void> {
  recent.clear();
  if (openId.value) await showAnew(openId.value);
}

/** Messages have moved to another conversation: what is known of it is read anew. */
export async function readAnew(id: string): Promise<void> {
  if (recent.delete(id) && openId.value === id) await showAnew(id);
}

/** The card stays, and with it the words that are being written: only the timeline is read anew. */
async function showAnew(id: string): Promise<void> {
  const conversation = opened.value?.id === id ? opened.value.conversation : null;
  recent.set(id, { ...EMPTY, id, conversation });
  await show(id);
}

export async function loadEarlier(id: string): Promise<void> {
  const first = opened.value?.items[0];
  if (!first || opened.value?.id !== id || !opened.value.more) return;
  const page = await conversations.timeline(id, { before: first.seq ?? 0 });
  change(id, (open) => ({ ...open, items: merge(open.items, page.items), more: page.more }));
}

export function takeItem(conversation: string, item: Item): void {
  change(conversation, (open) => ({ ...open, items: merge(open.items, [item]) }));
}

/** What a request answered: whatever was heard of it live meanwhile is newer. */
export function takeAnswer(conversation: string, item: Item): void {
  change(conversation, (open) => ({ ...open, items: merge([item], open.items) }));
}

export function takeState(
  conversation: string,
  message: string,
  state: string,
  reason: string | null,
): void {
  change(conversation, (open) => ({ ...open, items: settle(open.items, message, state, reason) }));
}

export function takeConversation(conversation: Conversation): void {
  change(conversation.id, (open) => ({ ...open, conversation }));
}

export function isKnown(conversation: string): boolean {
  return recent.has(conversation);
}

export function sent(conversation: string, item: MessageItem | NoteItem): void {
  takeItem(conversation, item);
}

export function showTyping(conversation: string, name: string): void {
  typists.value = { ...typists.value, [conversation]: { name, until: now.value + TYPING_MS } };
}

export function stopTyping(conversation: string): void {
  const { [conversation]: _, ...others } = typists.value;
  typists.value = others;
}

const told = new Map<string, number>();

/** Tells the desk what the agent has really had before the eyes. */
export async function tellRead(): Promise<void> {
  const open = opened.value;
  if (!open || document.visibilityState !== "visible" || !document.hasFocus()) return;
  const seq = newestInbound(open.items);
  if (seq === 0 || (told.get(open.id) ?? 0) >= seq) return;
  told.set(open.id, seq);
  await conversations.read(open.id, seq).catch(() => told.delete(open.id));
}
