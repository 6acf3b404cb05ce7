// The language in force and its words. Components that read them are drawn anew when it changes.

import { computed, signal } from "@preact/signals";
import { fill, type Values } from "../../../shared/fill";
import { clock, day } from "../../../shared/when";
import { Problem, passes } from "../api/client";
import { kept } from "../state/prefs";
import { spoken } from "../state/urgency";
import { en } from "./en";
import type { Template, WordKey } from "./keys";
import { zh } from "./zh";

export const LOCALES = { "zh-CN": zh, en } as const;
export type Locale = keyof typeof LOCALES;
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = {
  "zh-CN": "简体中文",
  en: "English",
};

export function localeFrom(asked: string | null | undefined): Locale {
  return /^zh/i.test(asked ?? "") ? "zh-CN" : "en";
}

/** What the person chose on this browser; else what the desk says; else the browser's own. */
export const chosenLocale = kept<Locale | "">("locale", "");
export const deskLocale = signal<string | null>(null);

export const locale = computed<Locale>(
  () => chosenLocale.value || localeFrom(deskLocale.value ?? navigator.language),
);
export const words = computed<Template>(() => LOCALES[locale.value]);

export function say(key: WordKey, values: Values = {}): string {
  return fill(words.value[key], values);
}

/** Whether there are words for a key. */
export function isWord(key: string): key is WordKey {
  return key in en;
}

/** Words for a code of the desk, "passed_busy" say; the code itself where there are none. */
export function sayCode(prefix: string, code: string): string {
  const key = prefix + code;
  return isWord(key) ? words.value[key] : code.replaceAll("_", " ");
}

/** What happened, and what to do: the desk's own sentence where it speaks our language. */
export function sayProblem(error: unknown): string {
  if (!(error instanceof Problem)) return say("err_unknown");
  const key = `err_${error.code}`;
  if (isWord(key) && words.value[key].includes("{when}"))
    return say(key, { when: sayNextTry(error.waitMs) });
  const own = [error.extra.detail, error.whatToDo].filter(Boolean).join(" ");
  if (locale.value === "en" && own) return own;
  return isWord(key) ? say(key, told(error.extra)) : own || say("err_unknown");
}

/** Why what is only read is not here; what passes is asked for again by itself. */
export function sayUnread(error: unknown): string {
  if (!passes(error)) return sayProblem(error);
  return words.value[error.status === 0 ? "outOfReach" : "tooBusy"];
}

/** What a refusal names, to stand in its words. */
function told(extra: Problem["extra"]): Values {
  const plain = (value: unknown) => typeof value === "string" || typeof value === "number";
  return Object.fromEntries(Object.entries(extra).filter(([, value]) => plain(value))) as Values;
}

function sayNextTry(waitMs: number | null): string {
  return waitMs === null ? say("tryLater") : say("tryIn", { time: sayFor(waitMs) });
}

export function sayClock(at: number): string {
  return clock(at, locale.value);
}

export function sayDay(at: number, now: number): string {
  return day(at, now, locale.value, words.value);
}

/** "14:05" of today, "yesterday 14:05" and so on of other days. */
export function sayWhen(at: number, now: number): string {
  const name = sayDay(at, now);
  return name === words.value.today ? sayClock(at) : `${name} ${sayClock(at)}`;
}

export function sayFor(ms: number): string {
  return spoken(ms, words.value);
}

/** What is known of who reads these is the script and not the place. */
const SCRIPTS: Readonly<Record<string, string>> = { "zh-CN": "zh-Hans", "zh-TW": "zh-Hant" };

/** A language by its name in the reader's own language; the code where nobody knows one. */
export function sayLanguage(code: string): string {
  if (!code) return "–";
  try {
    const named = SCRIPTS[code] ?? code;
    return new Intl.DisplayNames([locale.value], { type: "language" }).of(named) ?? code;
  } catch {
    return code;
  }
}
