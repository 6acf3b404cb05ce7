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

const TICK_MS = 1_000;

function tick(): void {
  now.value = deskNow();
}

setInterval(tick, TICK_MS);

const turns = new Set<number>();

/** The very present, for what turns over once `due` is past: no tick is waited for then. */
export function presentBefore(due: number): number {
  const at = present();
  const left = due - at;
  if (left >= 0 && left < TICK_MS && !turns.has(due)) {
    turns.add(due);
    setTimeout(() => {
      turns.delete(due);
      tick();
    }, left + 1);
  }
  return at;
}
