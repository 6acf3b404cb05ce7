// The present instant as the desk counts it, one tick a second.

import { signal } from "@preact/signals";
import { truerSkew } from "./countdown";

let skewMs: number | null = null;

/** The desk's clock as it stood when a frame left; a browser's clock may be minutes wrong. */
export function setDeskTime(at: number): void {
  skewMs = truerSkew(skewMs, at - Date.now());
}

export function deskNow(): number {
  return Date.now() + (skewMs ?? 0);
}

/** The last tick: up to a second old. For what counts in minutes. */
export const now = signal(deskNow());

/** The very present, for what is drawn anew at each tick and shows seconds. */
export function present(): number {
  void now.value;
  return deskNow();
}

setInterval(() => {
  now.value = deskNow();
}, 1_000);
