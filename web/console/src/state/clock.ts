// The present instant as the desk counts it, one tick a second.

import { signal } from "@preact/signals";

let skewMs = 0;

/** The desk's clock as last heard; a browser's clock may be minutes wrong. */
export function setDeskTime(at: number): void {
  const skew = at - Date.now();
  // A frame is under way for a moment; only a real difference is one.
  skewMs = Math.abs(skew) > 5_000 ? skew : 0;
}

export function deskNow(): number {
  return Date.now() + skewMs;
}

export const now = signal(deskNow());

setInterval(() => {
  now.value = deskNow();
}, 1_000);
