// What a search asks the desk for: no more than it takes. Pure.

/** As many characters as the desk searches for. */
export const MOST_SOUGHT = 200;

/** Pasted words may bring signs that nobody sees. */
export function soughtIn(text: string): string {
  const plain = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  return [...plain].slice(0, MOST_SOUGHT).join("").trim();
}
