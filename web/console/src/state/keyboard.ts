// The one listener for keys: knows whether somebody is typing, and runs the command.

import { read } from "./chords";
import { run } from "./commands";
import { overlay } from "./ui";

const PAIR_MS = 1_000;
let pending = "";
let timer: ReturnType<typeof setTimeout> | undefined;

function placeOf(target: EventTarget | null): "outside" | "composer" | "field" {
  if (!(target instanceof HTMLElement)) return "outside";
  if (target.dataset.place === "composer") return "composer";
  const types = "input, textarea, select, [contenteditable]";
  return target.matches(types) ? "field" : "outside";
}

/** Enter on a button or link presses it; arrows in a menu or a scroll stay there. */
function isOwnKey(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (event.key === "Enter") return target.matches("button, summary, a:not([data-row])");
  return event.key.startsWith("Arrow") && target.closest(".pop-panel, .timeline, .side") !== null;
}

function press(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented) return;
  // While a dialog is open, only its own keys count.
  if (overlay.value && !(event.key === "Escape" || event.ctrlKey || event.metaKey)) return;
  const place = placeOf(event.target);
  // A field knows what its own Escape means.
  if (place !== "outside" && event.key === "Escape") return;
  if (place === "outside" && isOwnKey(event)) return;
  const reading = read(event, place, pending);
  pending = reading.pending;
  clearTimeout(timer);
  timer = setTimeout(() => {
    pending = "";
  }, PAIR_MS);
  if (reading.command && run(reading.command)) event.preventDefault();
}

export function startKeyboard(): void {
  addEventListener("keydown", press);
}
