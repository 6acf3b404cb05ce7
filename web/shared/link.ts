// When to connect, greet, suspect silence and come back: one pure machine for both sockets.

export type Phase = "idle" | "connecting" | "greeting" | "live" | "waiting" | "stopped";
export type TimerName = "retry" | "beat" | "silence";
export type StopReason = "signed_out" | "refused" | "asked";

export interface Link {
  readonly phase: Phase;
  /** Failed tries since the last welcome. */
  readonly attempt: number;
  readonly stopped: StopReason | null;
}

export type LinkInput =
  | { readonly kind: "start" | "stop" | "opened" | "welcomed" | "heard" | "nudged" }
  | { readonly kind: "closed"; readonly code: number }
  | { readonly kind: "timer"; readonly name: TimerName };

export type LinkEffect =
  | { readonly do: "open" | "close" | "hello" | "ping" }
  | { readonly do: "wait"; readonly name: TimerName; readonly ms: number }
  | { readonly do: "clear"; readonly name: TimerName };

export type Step = readonly [Link, readonly LinkEffect[]];

export const IDLE: Link = { phase: "idle", attempt: 0, stopped: null };

export const CONNECT_MS = 15_000;
export const BEAT_MS = 25_000;
export const SILENCE_MS = 10_000;
const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 30_000;
const RESTART_SPREAD_MS = 10_000;
const TOO_SLOW_FLOOR_MS = 5_000;

const CODE_RESTART = 1012;
const CODE_TOO_SLOW = 1013;
const STOPS: Readonly<Record<number, StopReason>> = { 4401: "signed_out", 4403: "refused" };

const STAY: readonly LinkEffect[] = [];
const CONNECTED: ReadonlySet<Phase> = new Set(["connecting", "greeting", "live"]);
const CLEAR_ALL: readonly LinkEffect[] = [
  { do: "clear", name: "retry" },
  { do: "clear", name: "beat" },
  { do: "clear", name: "silence" },
];

/** The wait before the next try, so that a crowd does not return at once. */
export function backoffMs(code: number, attempt: number, random: number): number {
  if (code === CODE_RESTART && attempt === 0) return Math.round(random * RESTART_SPREAD_MS);
  const wait = growingMs(attempt, random);
  return code === CODE_TOO_SLOW ? TOO_SLOW_FLOOR_MS + wait : wait;
}

/** A wait that doubles with each try that failed; half fixed, half random. */
export function growingMs(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}

/** The next state and what the shell must do; `random` lies in [0, 1). */
export function step(link: Link, input: LinkInput, random: number): Step {
  switch (input.kind) {
    case "start":
      return CONNECTED.has(link.phase) ? [link, STAY] : connect({ ...link, stopped: null });
    case "stop":
      return [{ phase: "stopped", attempt: 0, stopped: "asked" }, [...CLEAR_ALL, { do: "close" }]];
    case "opened":
      if (link.phase !== "connecting") return [link, STAY];
      return [
        { ...link, phase: "greeting" },
        [{ do: "hello" }, { do: "wait", name: "silence", ms: SILENCE_MS }],
      ];
    case "welcomed":
      if (link.phase !== "greeting") return [link, STAY];
      return [{ phase: "live", attempt: 0, stopped: null }, listening()];
    case "heard":
      return [link, link.phase === "live" ? listening() : STAY];
    case "nudged":
      return nudge(link);
    case "closed":
      return closed(link, input.code, random);
    case "timer":
      return timer(link, input.name, random);
  }
}

function connect(link: Link): Step {
  return [
    { ...link, phase: "connecting" },
    [
      { do: "clear", name: "retry" },
      { do: "open" },
      { do: "wait", name: "silence", ms: CONNECT_MS },
    ],
  ];
}

function listening(): readonly LinkEffect[] {
  return [
    { do: "clear", name: "silence" },
    { do: "wait", name: "beat", ms: BEAT_MS },
  ];
}

/** The network came back, or the page woke: try now, or make sure that the line still lives. */
function nudge(link: Link): Step {
  if (link.phase === "waiting") return connect(link);
  return link.phase === "live" ? [link, probe()] : [link, STAY];
}

function probe(): readonly LinkEffect[] {
  return [{ do: "ping" }, { do: "wait", name: "silence", ms: SILENCE_MS }];
}

function closed(link: Link, code: number, random: number): Step {
  if (!CONNECTED.has(link.phase)) return [link, STAY];
  const stopped = STOPS[code];
  if (stopped) return [{ phase: "stopped", attempt: 0, stopped }, CLEAR_ALL];
  const ms = backoffMs(code, link.attempt, random);
  return [
    { phase: "waiting", attempt: link.attempt + 1, stopped: null },
    [...CLEAR_ALL, { do: "wait", name: "retry", ms }],
  ];
}

function timer(link: Link, name: TimerName, random: number): Step {
  if (name === "retry") return link.phase === "waiting" ? connect(link) : [link, STAY];
  if (name === "beat") return [link, link.phase === "live" ? probe() : STAY];
  if (!CONNECTED.has(link.phase)) return [link, STAY];
  const [next, effects] = closed(link, 1006, random);
  return [next, [{ do: "close" }, ...effects]];
}
