// What customers were promised: how a promise stands, and which presses. Pure.

import type { Pledge, PledgeBrief, Row } from "../api/types";
import type { Tone } from "./urgency";

const LIVE = new Set(["open", "late"]);
export const ENDED_SHOWN = 5;

export function isLive(pledge: Pledge): boolean {
  return LIVE.has(pledge.state);
}

/** What is still waited for, the first due first; then the newest that are over. */
export function inOrder(pledges: readonly Pledge[]): Pledge[] {
  const live = pledges.filter(isLive).sort((a, b) => Date.parse(a.due) - Date.parse(b.due));
  const over = pledges
    .filter((one) => !isLive(one))
    .sort((a, b) => Date.parse(b.ended_at ?? b.due) - Date.parse(a.ended_at ?? a.due));
  return [...live, ...over.slice(0, ENDED_SHOWN)];
}

/** The word for where it stands: a kept one may have been late. */
export function standing(pledge: Pledge): string {
  return pledge.state === "kept" && pledge.late_at ? "keptLate" : pledge.state;
}

export function toneOf(pledge: PledgeBrief, now: number): Tone {
  if (pledge.state === "late" || Date.parse(pledge.due) < now) return "late";
  return pledge.warned ? "soon" : "calm";
}

/** By when somebody must be at a conversation: an answer that is owed, or a promise. */
export function dueOf(row: Row): string | null {
  const dues = [row.turn?.due, row.promise?.due].filter((due) => typeof due === "string");
  return dues.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}
