// What the desk did not give in spite of many tries: asked for again a while later, or when the line is live anew.

import { passes } from "../api/client";

const AGAIN_MS = 10_000;
const lacking = new Map<string, () => unknown>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Asks again for `what`, once however often it failed; unless `error` is not of the kind that passes. */
export function askLater(what: string, ask: () => unknown, error: unknown): void {
  if (!passes(error)) return;
  lacking.set(what, ask);
  timer ??= setTimeout(askNow, AGAIN_MS);
}

export function askNow(): void {
  const asks = [...lacking.values()];
  forget();
  for (const ask of asks) ask();
}

/** Another person has signed in: what the one before lacked is nobody's. */
export function forget(): void {
  clearTimeout(timer);
  timer = undefined;
  lacking.clear();
}
