// "/" asks for a template, ":" for an emoji, "@" for a colleague: found before the cursor, replaced by words. Pure.

export type Sign = "/" | ":" | "@";

export interface Slash {
  readonly sign: Sign;
  /** Where the sign stands. */
  readonly from: number;
  readonly to: number;
  readonly query: string;
}

const BEFORE_CURSOR = /(?:^|\s)([/:：@])([\p{L}\p{N}_.-]{0,40})$/u;
/** Chinese is written without spaces: a colleague may be named right behind a word of it. */
const AFTER_HAN = /(?<=[\p{Script=Han}，。！？、：])(@)([\p{L}\p{N}_.-]{0,40})$/u;
const SIGNS: Readonly<Record<string, Sign>> = { "/": "/", ":": ":", "：": ":", "@": "@" };

/** What is asked for at the cursor by one of these signs; ":" only with a letter behind it. */
export function askedAt(text: string, cursor: number, signs: readonly Sign[]): Slash | null {
  const before = text.slice(0, cursor);
  const match = BEFORE_CURSOR.exec(before) ?? AFTER_HAN.exec(before);
  const sign = SIGNS[match?.[1] ?? ""];
  const query = match?.[2] ?? "";
  if (!sign || !signs.includes(sign) || (sign === ":" && !/^\p{L}/u.test(query))) return null;
  return { sign, from: cursor - query.length - 1, to: cursor, query };
}

const TEMPLATE_ALONE = /^\s*\/[\p{L}\p{N}_.-]*\s*$/u;

/** Whether nothing is written but a template's name, whose words never came. */
export function isUnfinished(text: string): boolean {
  return TEMPLATE_ALONE.test(text);
}

/** Text and cursor after words took the place of the sign and its query. */
export function insert(
  text: string,
  slash: Slash,
  words: string,
): { text: string; cursor: number } {
  const before = text.slice(0, slash.from);
  return { text: before + words + text.slice(slash.to), cursor: before.length + words.length };
}
