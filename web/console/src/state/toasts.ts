// Short words at the edge of the screen: what was refused, what is still pending.

import { signal } from "@preact/signals";
import { sayProblem } from "../i18n";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "plain" | "bad";
}

export const toasts = signal<readonly Toast[]>([]);
let last = 0;

const PLAIN_MS = 4_000;
const BAD_MS = 10_000;

export function toast(text: string, tone: Toast["tone"] = "plain"): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.filter((other) => other.text !== text), { id, text, tone }];
  setTimeout(() => dismiss(id), tone === "bad" ? BAD_MS : PLAIN_MS);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((other) => other.id !== id);
}

/** What went wrong on one page does not follow to the next. */
export function leaveBehind(): void {
  toasts.value = toasts.value.filter((one) => one.tone !== "bad");
}

/**
 * Carries out what a button asks; a refusal is shown in words, and told to whoever wants to know.
 * True when it was done.
 */
export async function attempt(
  act: () => Promise<unknown>,
  refused?: (error: unknown) => void,
): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    toast(sayProblem(error), "bad");
    refused?.(error);
    return false;
  }
}
