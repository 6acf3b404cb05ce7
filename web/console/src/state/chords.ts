// Which keys mean which command: a table, and the small machine for "g then m". Pure.

export type Place = "anywhere" | "outside" | "composer";

export interface Chord {
  readonly command: string;
  /** Written as on the key list: "Ctrl+K", "g m", "?". */
  readonly keys: string;
  /** "outside": only when nobody is typing; "composer": only while writing. */
  readonly place: Place;
}

export const CHORDS: readonly Chord[] = [
  { command: "palette", keys: "Ctrl+K", place: "anywhere" },
  { command: "knowledge", keys: "Ctrl+B", place: "anywhere" },
  { command: "next", keys: "j", place: "outside" },
  { command: "previous", keys: "k", place: "outside" },
  { command: "next", keys: "ArrowDown", place: "outside" },
  { command: "previous", keys: "ArrowUp", place: "outside" },
  { command: "open", keys: "Enter", place: "outside" },
  { command: "declineOffer", keys: "Backspace", place: "outside" },
  { command: "reply", keys: "r", place: "outside" },
  { command: "note", keys: "n", place: "outside" },
  { command: "transfer", keys: "t", place: "outside" },
  { command: "hold", keys: "h", place: "outside" },
  { command: "resolve", keys: "e", place: "outside" },
  { command: "callBack", keys: "c", place: "outside" },
  { command: "promise", keys: "p", place: "outside" },
  { command: "take", keys: "a", place: "outside" },
  { command: "search", keys: "/", place: "outside" },
  { command: "side", keys: "i", place: "outside" },
  { command: "help", keys: "?", place: "outside" },
  { command: "goMine", keys: "g m", place: "outside" },
  { command: "goWaiting", keys: "g w", place: "outside" },
  { command: "goAll", keys: "g a", place: "outside" },
  { command: "goQueues", keys: "g q", place: "outside" },
  { command: "goChannels", keys: "g o", place: "outside" },
  { command: "goReports", keys: "g r", place: "outside" },
  { command: "goTemplates", keys: "g t", place: "outside" },
  { command: "send", keys: "Ctrl+Enter", place: "composer" },
  { command: "sendWait", keys: "Ctrl+Shift+Enter", place: "composer" },
  { command: "sendResolve", keys: "Ctrl+Alt+Enter", place: "composer" },
  { command: "postpone", keys: "Alt+Enter", place: "composer" },
  { command: "undo", keys: "Ctrl+Z", place: "composer" },
  { command: "undo", keys: "z", place: "outside" },
  { command: "escape", keys: "Escape", place: "anywhere" },
];

export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** The name of one press. Shift counts only beside another modifier: "?" is a key by itself. */
export function pressName(press: Press): string {
  const control = press.ctrlKey || press.metaKey;
  const key = press.key.length === 1 && control ? press.key.toUpperCase() : press.key;
  const shift = press.shiftKey && (control || press.altKey);
  return [control && "Ctrl", shift && "Shift", press.altKey && "Alt", key]
    .filter(Boolean)
    .join("+");
}

export interface Reading {
  readonly command: string | null;
  /** The first key of a pair, waiting for its second. */
  readonly pending: string;
}

export function read(
  press: Press,
  place: "outside" | "composer" | "field",
  pending: string,
): Reading {
  const name = pressName(press);
  const fits = (chord: Chord) => chord.place === "anywhere" || chord.place === place;
  const whole = pending ? `${pending} ${name}` : name;
  const found = CHORDS.find((chord) => fits(chord) && chord.keys === whole);
  if (found) return { command: found.command, pending: "" };
  const begins =
    !pending && CHORDS.some((chord) => fits(chord) && chord.keys.startsWith(`${name} `));
  return { command: null, pending: begins ? name : "" };
}

const SHOWN: Readonly<Record<string, string>> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  Backspace: "⌫",
  Escape: "Esc",
};

/** Keys as they are printed on the keys. */
export function printed(keys: string): string {
  return SHOWN[keys] ?? keys;
}

export function keysOf(command: string): string {
  return printed(CHORDS.find((chord) => chord.command === command)?.keys ?? "");
}
