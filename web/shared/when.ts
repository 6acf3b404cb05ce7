// Instants and sizes in the reader's own words and zone.

export interface DayWords {
  readonly today: string;
  readonly yesterday: string;
  readonly tomorrow: string;
}

const DAY_MS = 86_400_000;

function dayNumber(at: number, timeZone?: string): number {
  const parts = new Intl.DateTimeFormat("en-CA", { ...(timeZone ? { timeZone } : {}) }).format(at);
  return Math.round(Date.parse(`${parts}T00:00:00Z`) / DAY_MS);
}

export function clock(at: number, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(timeZone ? { timeZone } : {}),
  }).format(at);
}

/** "today", "yesterday", "tomorrow", or the date with its weekday. */
export function day(
  at: number,
  now: number,
  locale: string,
  words: DayWords,
  timeZone?: string,
): string {
  const near: Readonly<Record<number, string>> = {
    [-1]: words.yesterday,
    0: words.today,
    1: words.tomorrow,
  };
  const distance = dayNumber(at, timeZone) - dayNumber(now, timeZone);
  return (
    near[distance] ??
    new Intl.DateTimeFormat(locale, {
      month: "short",
      day: "numeric",
      weekday: "short",
      ...(timeZone ? { timeZone } : {}),
    }).format(at)
  );
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0).replace(".0", "")} MB`;
}
