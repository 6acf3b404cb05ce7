// When a reply for later goes: the instants that are offered, and those that are typed. Pure.

import type { Scheduled } from "../api/types";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
export const MORNING = 9;

/** In an hour, at the minute that people read on their clocks. */
export function inAnHour(now: number): number {
  return Math.ceil((now + HOUR_MS) / MINUTE_MS) * MINUTE_MS;
}

/** By how much a zone is ahead of UTC at an instant. */
function aheadMs(at: number, timeZone: string): number {
  const there = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
    hourCycle: "h23",
  }).format(at);
  return Date.parse(`${there.replace(", ", "T")}Z`) - Math.floor(at / 1_000) * 1_000;
}

/** Tomorrow morning where the desk is, wherever its reader sits. */
export function tomorrow(now: number, timeZone: string): number {
  const there = now + aheadMs(now, timeZone);
  const wall = Math.floor(there / DAY_MS) * DAY_MS + DAY_MS + MORNING * HOUR_MS;
  const guess = wall - aheadMs(wall, timeZone);
  return wall - aheadMs(guess, timeZone);
}

/** An instant as a field of date and time has it, in the reader's own zone. */
export function fieldOf(at: number): string {
  const ahead = new Date(at).getTimezoneOffset() * -MINUTE_MS;
  return new Date(at + ahead).toISOString().slice(0, "2026-01-31T09:00".length);
}

/** The instant that such a field names; null while it names none. */
export function instantOf(field: string): number | null {
  const at = new Date(field).getTime();
  return field && !Number.isNaN(at) ? at : null;
}

/** What it says, for a line: its words, else what stands in their place. */
export function saidOf(one: Scheduled): string {
  return one.text || one.approved || one.attachments.map((file) => file.filename).join(", ");
}

/** What could not go stands first: somebody has to decide about it. Then the first due. */
export function inOrder(all: readonly Scheduled[]): Scheduled[] {
  const rank = (one: Scheduled) => (one.state === "refused" ? 0 : 1);
  return [...all].sort(
    (a, b) => rank(a) - rank(b) || Date.parse(a.send_at) - Date.parse(b.send_at),
  );
}
