// How urgent a clock is: the share that is left, its tone, and the figure to show. Pure.

import { leftOf, wholeSeconds } from "./countdown";

export type Tone = "calm" | "soon" | "late";

export interface Urgency {
  /** Share of the time that is left, 1 to 0. */
  readonly share: number;
  readonly tone: Tone;
  /** Negative when late. */
  readonly leftMs: number;
}

/** Soon is the last quarter, or the last minute of a clock that had more than two. */
const SOON_SHARE = 0.25;
const SOON_MS = 60_000;

export function urgency(openedAt: number, due: number, now: number): Urgency {
  const leftMs = leftOf(openedAt, due, now);
  const span = Math.max(1, due - openedAt);
  const share = Math.min(1, Math.max(0, leftMs / span));
  const lastMinute = span > 2 * SOON_MS ? SOON_MS : 0;
  const soon = leftMs <= Math.max(lastMinute, span * SOON_SHARE);
  return { share, leftMs, tone: leftMs < 0 ? "late" : soon ? "soon" : "calm" };
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** What the figure and the words both tell: as many whole seconds. */
function shownOf(ms: number): number {
  return Math.abs(wholeSeconds(ms)) * SECOND_MS;
}

/** "4:32", "1h05", "3d": as short as a list row allows. Counts down to 0:00, then up. */
export function figure(ms: number): string {
  const rest = shownOf(ms);
  const sign = ms <= -SECOND_MS ? "−" : "";
  if (rest >= 2 * DAY_MS) return `${sign}${Math.floor(rest / DAY_MS)}d`;
  if (rest >= HOUR_MS) {
    const minutes = Math.floor((rest % HOUR_MS) / MINUTE_MS);
    return `${sign}${Math.floor(rest / HOUR_MS)}h${String(minutes).padStart(2, "0")}`;
  }
  const seconds = rest / SECOND_MS;
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return sign + clock;
}

export interface DurationWords {
  readonly seconds: string;
  readonly minutes: string;
  readonly hours: string;
  readonly days: string;
}

/** The same in words, for screen readers and sentences: holes {n}. */
export function spoken(ms: number, words: DurationWords): string {
  const rest = shownOf(ms);
  const [unit, n] =
    rest >= 2 * DAY_MS
      ? [words.days, rest / DAY_MS]
      : rest >= 2 * HOUR_MS
        ? [words.hours, rest / HOUR_MS]
        : rest >= MINUTE_MS
          ? [words.minutes, rest / MINUTE_MS]
          : [words.seconds, rest / SECOND_MS];
  return unit.replace("{n}", String(Math.floor(n)));
}
