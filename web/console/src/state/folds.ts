// Which sections of the side panel are folded; remembered from one day to the next.

import type { Signal } from "@preact/signals";
import { kept } from "./prefs";

const folds = new Map<string, Signal<boolean>>();

/** Whether a section is open. */
export function foldOf(name: string): Signal<boolean> {
  const known = folds.get(name) ?? kept(`section:${name}`, true);
  folds.set(name, known);
  return known;
}
