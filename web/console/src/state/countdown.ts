// What a countdown shows, and by whose clock. Pure.

const SECOND_MS = 1_000;
/** Further back than frames are ever under way: one of the clocks was set anew. */
const STEP_MS = 10_000;

/**
 * How far the desk's clock is before ours, from what frames say of its present. A frame is under way
 * for a moment, so each says a little too little: the most that was heard is the truest.
 */
export function truerSkew(known: number | null, heard: number): number {
  return known === null || heard > known || known - heard > STEP_MS ? heard : known;
}

/** What is left, never more than the whole: a clock that runs behind gives nobody more time. */
export function leftOf(openedAt: number, due: number, now: number): number {
  return Math.min(due - now, Math.max(0, due - openedAt));
}

/** A second that has begun is still there; one is late when it is over. "30" stands at the start of 30 s. */
export function wholeSeconds(ms: number): number {
  return ms > 0 ? Math.ceil(ms / SECOND_MS) : -Math.floor(-ms / SECOND_MS);
}
