// The "/" that asks for a template: found before the cursor, replaced by words. Pure.

import type { Template } from "../api/types";

export interface Slash {
  /** Where "/" stands. */
  readonly from: number;
  readonly to: number;
  readonly query: string;
}

const BEFORE_CURSOR = /(?:^|\s)\/([\p{L}\p{N}_.-]{0,40})$/u;

export function slashAt(text: string, cursor: number): Slash | null {
  const match = BEFORE_CURSOR.exec(text.slice(0, cursor));
  if (!match) return null;
  const query = match[1] ?? "";
  return { from: cursor - query.length - 1, to: cursor, query };
}

/** Text and cursor after a template's words took the place of "/query". */
export function insert(
  text: string,
  slash: Slash,
  words: string,
): { text: string; cursor: number } {
  const before = text.slice(0, slash.from);
  return { text: before + words + text.slice(slash.to), cursor: before.length + words.length };
}

/** Those whose name or purpose has the query; names that begin with it first. */
export function matching(templates: readonly Template[], query: string): Template[] {
  const wanted = query.toLocaleLowerCase();
  const starts = (one: Template) => one.name.toLocaleLowerCase().startsWith(wanted);
  return templates
    .filter((one) => `${one.name} ${one.purpose ?? ""}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => Number(starts(b)) - Number(starts(a)) || a.name.localeCompare(b.name));
}
