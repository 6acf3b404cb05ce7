// What is open, chosen and focused on the screen; nothing of it is the desk's business.

import { signal } from "@preact/signals";
import type { DraftKind } from "./drafts";
import { foldOf } from "./folds";
import { kept } from "./prefs";

/** Below: the side panel slides; below the other: one pane at a time. As in frame.css. */
export const WIDE_PX = 1100;
export const NARROW_PX = 720;

export const overlay = signal<"palette" | "keys" | "account" | "phrases" | "knowledge" | null>(
  null,
);
/** What is about to happen with the conversation: it is handed on, or a colleague is asked. */
export type Handing = "transfer" | "consult";
export const handing = signal<Handing | null>(null);
/** Somebody is to be called back: with what the side panel's form begins. */
export type Booking = "soon" | "fixed";
export const booking = signal<Booking | null>(null);
/** Something is to be promised: the side panel's form takes the cursor. */
export const pledging = signal(false);
/** The reply is to go later: the panel beside its field opens. */
export const postponing = signal(false);
export const composerMode = signal<DraftKind>("reply");
/** Counts requests to put the cursor into the composer or the search field. */
export const composerFocus = signal(0);
export const searchFocus = signal(0);
/** Counts requests to show the newest words, whatever was being read. */
export const scrollToEnd = signal(0);
/** The list entry under the keys j and k: "offer:<id>" or a conversation's id. */
export const selected = signal<string | null>(null);
export const searchText = signal("");

const sideWide = kept("side", true);
const sideNarrow = signal(false);

function side() {
  return innerWidth >= WIDE_PX ? sideWide : sideNarrow;
}

export const sideShown = { wide: sideWide, narrow: sideNarrow };

export function toggleSide(): void {
  side().value = !side().value;
}

/** Lays the form for a call before the agent, wherever it was. */
export function book(when: Booking): void {
  foldOf("callbacks").value = true;
  side().value = true;
  booking.value = when;
}

/** Lays the form for a promise before the agent, wherever it was. */
export function pledge(): void {
  foldOf("promises").value = true;
  side().value = true;
  pledging.value = true;
}

export function closeSide(): boolean {
  if (innerWidth >= WIDE_PX || !sideNarrow.value) return false;
  sideNarrow.value = false;
  return true;
}

/** Asks when the reply is to go; where none is written yet, the cursor is in its field. */
export function postpone(): void {
  write("reply");
  postponing.value = true;
}

export function write(mode: DraftKind): void {
  composerMode.value = mode;
  composerFocus.value += 1;
}
