// What "/" offers: templates and quick replies as one list, found by words, shortcut and sound. Pure.

import type { Action, QuickReply, Template } from "../api/types";

export interface Phrase {
  readonly kind: "template" | "quick_reply" | "macro";
  /** A template's name; the id of what people wrote. */
  readonly id: string;
  readonly name: string;
  readonly shortcut: string;
  /** What it is for, or what it says. */
  readonly about: string;
  /** Whatever else one may look for. */
  readonly keywords: readonly string[];
  /** The pinyin of its name, or of what it is for, and of its words. */
  readonly sounds: readonly string[];
  readonly times: number;
  /** What it does beside speaking. */
  readonly actions: readonly Action[];
  /** By place, what may stand there. */
  readonly examples: Readonly<Record<string, string>>;
}

export function ofTemplate(one: Template): Phrase {
  return {
    kind: "template",
    id: one.name,
    name: one.name,
    shortcut: "",
    about: one.purpose ?? "",
    keywords: one.keywords ?? [],
    sounds: one.sounds ?? [],
    times: one.used?.times ?? 0,
    actions: [],
    examples: Object.fromEntries(
      (one.variables ?? []).map((place) => [place.name, place.example ?? ""]),
    ),
  };
}

export function ofQuickReply(one: QuickReply): Phrase {
  const { id, name, shortcut, text, sounds, actions } = one;
  return {
    kind: actions.length > 0 ? "macro" : "quick_reply",
    id,
    name,
    shortcut,
    about: text,
    keywords: [text],
    sounds,
    times: one.used?.times ?? 0,
    actions,
    examples: {},
  };
}

/** Whether it is meant for a customer of this language on this channel. */
export function fits(one: QuickReply, language: string, channel: string): boolean {
  const of = (locale: string) => locale.split("-")[0];
  const spoken = !one.locale || !language || of(one.locale) === of(language);
  return spoken && (one.channels.length === 0 || one.channels.includes(channel));
}

/**
 * At which syllable something begins to sound like this, written out or by first letters: 0, or a
 * later one; null where it does not.
 */
export function soundsAt(sounds: string, wanted: string): number | null {
  if (!sounds || !wanted) return null;
  const syllables = sounds.split(" ");
  const initials = syllables.map((one) => one[0]).join("");
  const at = initials.indexOf(wanted);
  const spelt = syllables.join("");
  if (!spelt.includes(wanted)) return at < 0 ? null : at;
  let begin = 0;
  for (const [place, syllable] of syllables.entries()) {
    if (spelt.startsWith(wanted, begin)) return at < 0 ? place : Math.min(at, place);
    begin += syllable.length;
  }
  return at < 0 ? null : at;
}

const AWAY = 6;

/**
 * How near: by its shortcut, the beginning of its name, a keyword, how its name sounds, any word of
 * it, or how any of them sounds.
 */
function rank(one: Phrase, wanted: string): number {
  const [shortcut = "", name = "", ...words] = [
    one.shortcut,
    one.name,
    one.about,
    ...one.keywords,
  ].map((word) => word.toLocaleLowerCase());
  if (wanted && shortcut === wanted) return 0;
  if (name.startsWith(wanted) || shortcut.startsWith(wanted)) return 1;
  if (words.includes(wanted)) return 2;
  if (soundsAt(one.sounds[0] ?? "", wanted) === 0) return 3;
  if ([name, ...words].some((word) => word.includes(wanted))) return 4;
  return one.sounds.some((each) => soundsAt(each, wanted) !== null) ? 5 : AWAY;
}

/** Those that are meant, the nearest first; of equals those that are used most. */
export function matching(phrases: readonly Phrase[], query: string): Phrase[] {
  const wanted = query.toLocaleLowerCase();
  return phrases
    .map((one) => ({ one, near: rank(one, wanted) }))
    .filter(({ near }) => near < AWAY)
    .sort(
      (a, b) =>
        a.near - b.near || b.one.times - a.one.times || a.one.name.localeCompare(b.one.name),
    )
    .map(({ one }) => one);
}
