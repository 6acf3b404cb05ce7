// What this agent wrote for later, in all conversations: asked for anew when one comes or goes.

import { signal } from "@preact/signals";
import { scheduled } from "../api/desk";
import type { Scheduled } from "../api/types";
import { askLater } from "./lacking";
import { login } from "./me";

export const mineLater = signal<readonly Scheduled[]>([]);

const SOON_MS = 300;
let timer: ReturnType<typeof setTimeout> | undefined;

export async function loadMine(): Promise<void> {
  const who = login.peek();
  try {
    const { items } = await scheduled.mine();
    if (login.peek() === who) mineLater.value = items;
  } catch (trouble) {
    askLater("scheduled", loadMine, trouble);
  }
}

/** Several events of one moment are one question. */
export function loadMineSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(loadMine, SOON_MS);
}

export function forget(): void {
  clearTimeout(timer);
  mineLater.value = [];
}
