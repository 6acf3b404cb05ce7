// Days as people choose them, and the span of time that they are in the reader's own zone. Pure.

import type { Span } from "../api/types";

const USUAL_DAYS = 7;

/** The day of an instant as a date field has it, 2026-01-31, so many days later. */
export function dayOf(at: number, later = 0): string {
  const day = new Date(at);
  const there = new Date(day.getFullYear(), day.getMonth(), day.getDate() + later);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${there.getFullYear()}-${two(there.getMonth() + 1)}-${two(there.getDate())}`;
}

/** The last days up to an instant, its own among them. */
export function lastDays(now: number): readonly [string, string] {
  return [dayOf(now, 1 - USUAL_DAYS), dayOf(now)];
}

/** From the midnight before the earlier day to the one after the later; null: not two days. */
export function spanOf(first: string, last: string): Span | null {
  const [from, to] = [first, last].sort().map(midnight);
  if (from === undefined || to === undefined) return null;
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return null;
  const after = new Date(to.getFullYear(), to.getMonth(), to.getDate() + 1);
  return { from: from.toISOString(), to: after.toISOString() };
}

function midnight(day: string): Date {
  const [year = Number.NaN, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(day ? year : Number.NaN, month - 1, date);
}
