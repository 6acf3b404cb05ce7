// A template in one locale while it is edited: its parts, its draft, what changed between two. Pure.

import type {
  Fault,
  LocaleState,
  Place,
  Remark,
  TemplateRow,
  Wording,
  WordingCheck,
} from "../api/types";
import type { Shelf } from "./drafts";
import type { Phrase } from "./phrases";

/** The part that is not said: purpose, variables and what else stands above the words. */
export const FRONT = "front";
const PARTS = ["_subject", "_html"] as const;

export interface WordingDraft {
  readonly purpose: string;
  readonly owner: string;
  readonly keywords: readonly string[];
  readonly only: readonly string[];
  readonly variables: readonly Place[];
  readonly approved: Wording["approved"];
  readonly words: Readonly<Record<string, string>>;
}

export const BLANK: WordingDraft = {
  purpose: "",
  owner: "",
  keywords: [],
  only: [],
  variables: [],
  approved: {},
  words: { "": "" },
};

export function draftOf(one: Wording): WordingDraft {
  const { purpose, owner, keywords, only, variables, approved, words } = one;
  return {
    purpose,
    owner,
    keywords,
    only,
    variables,
    approved,
    words: { ...BLANK.words, ...words },
  };
}

/** What is empty is not there, and in no order. */
function plain(draft: WordingDraft): string {
  const said = Object.entries(draft.words)
    .map(([part, text]) => [part, text.trim()])
    .filter(([, text]) => text)
    .sort();
  return JSON.stringify({ ...draft, words: said });
}

export function same(one: WordingDraft, other: WordingDraft): boolean {
  return plain(one) === plain(other);
}

/** The channel whose part it is. */
export function channelOf(part: string): string {
  return PARTS.reduce(
    (name, end) => (name.endsWith(end) ? name.slice(0, -end.length) : name),
    part,
  );
}

/** The parts that may be written: for any channel, for each that there is, a mail's line and page. */
export function partsOf(draft: WordingDraft, channels: readonly string[]): string[] {
  const own = Object.keys(draft.words).filter((part) => part && draft.words[part]);
  const named = new Set([...own.map(channelOf), ...channels]);
  const mail = (name: string) => (name === "email" ? PARTS.map((end) => name + end) : []);
  const all = [...named].sort().flatMap((name) => [name, ...mail(name)]);
  return ["", ...new Set([...all, ...own])];
}

/** The words that are said on a channel where it has none of its own. */
export function shownFor<T extends { readonly channel: string }>(
  part: string,
  shown: readonly T[],
): T | null {
  const channel = part === FRONT ? "" : channelOf(part);
  return shown.find((one) => one.channel === channel) ?? shown[0] ?? null;
}

/** What is told of one part, the first line first; the same of a line is told once. */
export function toldOf<T extends Fault | Remark>(part: string, told: readonly T[]): T[] {
  const once = new Map(
    told.filter((one) => one.part === part).map((one) => [`${one.line} ${one.text}`, one]),
  );
  return [...once.values()].sort((a, b) => a.line - b.line);
}

/** What keeps words from being saved: faults, or what courtesy blocks, and in which parts it stands. */
export function barring(
  found: WordingCheck,
): { why: "faults" | "courtesy"; parts: string[] } | null {
  const blocked = found.remarks.filter((one) => one.level === "block");
  const [why, told] =
    found.faults.length > 0
      ? (["faults", found.faults] as const)
      : (["courtesy", blocked] as const);
  return told.length > 0 ? { why, parts: [...new Set(told.map((one) => one.part))] } : null;
}

export type Line = { readonly kind: "same" | "gone" | "new"; readonly text: string };

/** The lines of two texts, one below the other: the longest that both have stay. */
export function difference(before: string, after: string): Line[] {
  const [a, b] = [before, after].map((text) => (text ? text.split("\n") : [])) as [
    string[],
    string[],
  ];
  const common = a.map(() => new Array<number>(b.length + 1).fill(0));
  common.push(new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [gone, fresh] = [a[i], b[j]];
    if (gone !== undefined && gone === fresh) {
      lines.push({ kind: "same", text: gone });
      i++;
      j++;
    } else if (gone !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: "gone", text: gone });
      i++;
    } else {
      lines.push({ kind: "new", text: fresh ?? "" });
      j++;
    }
  }
  return lines;
}

const CONTEXT = 2;

/** The lines around what changed; the rest is left out. */
export function near(lines: readonly Line[]): Line[] {
  const kept = lines.map((_, place) =>
    lines
      .slice(Math.max(0, place - CONTEXT), place + CONTEXT + 1)
      .some((line) => line.kind !== "same"),
  );
  return lines.flatMap((line, place): Line[] => {
    if (kept[place]) return [line];
    return place === 0 || kept[place - 1] ? [{ kind: "same", text: "…" }] : [];
  });
}

/** All of it as one text, to be compared. */
export function whole(draft: WordingDraft): string {
  const { purpose, owner, keywords, only, variables, approved, words } = draft;
  const values = variables.map(
    (one) =>
      `${one.name}: ${one.type}, ${one.example}${one.fallback === null ? "" : ` (${one.fallback || "–"})`} ${one.meaning}`,
  );
  const front = [purpose, owner, keywords.join(", "), only.join(", "), ...values];
  if (Object.keys(approved).length > 0) front.push(JSON.stringify(approved));
  const said = Object.entries(words)
    .filter(([, text]) => text.trim())
    .sort()
    .map(([part, text]) => (part ? `=== ${part}\n${text.trim()}` : text.trim()));
  return [...front.filter(Boolean), "", ...said].join("\n");
}

export function ofTemplateRow(one: TemplateRow): Phrase {
  return {
    kind: "template",
    id: one.name,
    name: one.name,
    shortcut: "",
    about: one.purpose,
    keywords: [...one.keywords, one.owner],
    sounds: ["", one.sounds],
    times: one.used?.times ?? 0,
    actions: [],
    examples: {},
  };
}

/** Which locale is opened first: the reader's own, else the first in which it is worded. */
export function firstLocale(locales: readonly LocaleState[], wanted: string): string {
  return (locales.find((one) => one.locale === wanted) ?? locales[0])?.locale ?? wanted;
}

/** What somebody wrote and has not saved, over which version; kept in this browser. */
export interface Unsaved {
  readonly version: number;
  readonly draft: WordingDraft;
}

const keyOf = (login: string, name: string, locale: string) =>
  `parley:words:${login}:${name}:${locale}`;

export class UnsavedWords {
  readonly #shelf: Shelf;
  readonly #login: string;

  constructor(shelf: Shelf, login: string) {
    this.#shelf = shelf;
    this.#login = login;
  }

  get(name: string, locale: string): Unsaved | null {
    try {
      const kept: unknown = JSON.parse(this.#shelf.getItem(keyOf(this.#login, name, locale)) ?? "");
      const whole = typeof kept === "object" && kept !== null && "draft" in kept;
      return whole ? (kept as Unsaved) : null;
    } catch {
      return null;
    }
  }

  put(name: string, locale: string, unsaved: Unsaved | null): void {
    const key = keyOf(this.#login, name, locale);
    try {
      if (unsaved) this.#shelf.setItem(key, JSON.stringify(unsaved));
      else this.#shelf.removeItem(key);
    } catch {
      // A full or forbidden shelf: the words still stand in the fields.
    }
  }
}
