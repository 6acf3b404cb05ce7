// Web and mail addresses inside plain text; the result is data, never markup.

export interface Piece {
  readonly text: string;
  /** Present when the piece is a link; only http, https and mailto ever appear here. */
  readonly href?: string;
}

const CANDIDATE =
  /https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef\u2018-\u201d\u4e00-\u9fff]+|\b[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g;
const TRAILING = /[.,;:!?)\]}'"*_]+$/;

function trimmed(candidate: string): string {
  const bare = candidate.replace(TRAILING, "");
  const cut = candidate.slice(bare.length);
  // A closing bracket belongs to the address when its opening one does.
  const balanced = bare.includes("(") && !bare.includes(")") && cut.startsWith(")");
  return balanced ? `${bare})` : bare;
}

function hrefOf(text: string): string | null {
  if (!text.startsWith("http")) return `mailto:${text}`;
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/** The text cut into plain and linked pieces; joined again they are the text. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimmed(match[0]);
    const href = hrefOf(address);
    if (!href) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}
