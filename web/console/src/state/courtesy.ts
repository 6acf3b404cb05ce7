// What the courtesy check found in the words in hand, and where in the field it stands.

import type { Finding, TypedPledge } from "../api/types";
import { isUnfinished } from "./slash";

/** An answer of the check, and the words that it read. */
export interface Found {
  readonly text: string;
  readonly findings: readonly Finding[];
  /** What the words promise, if anything. */
  readonly promise?: TypedPledge | null;
}

export const NOTHING: Found = { text: "", findings: [] };

/** Whether there is anything to look at: the name by which a template is called is nobody's words. */
export function isLookedAt(text: string): boolean {
  return text.trim() !== "" && !isUnfinished(text);
}

/** A stretch of the field; with a finding where one stands there. */
export interface Piece {
  readonly text: string;
  readonly finding: Finding | null;
}

interface Marked {
  readonly from: number;
  readonly to: number;
  readonly finding: Finding;
}

const RANK = { block: 0, warn: 1, hint: 2 } as const;

/** What keeps words from being sent first, then what is told of few of them. */
function byWeight(a: Finding, b: Finding): number {
  return RANK[a.level] - RANK[b.level] || a.end - a.start - (b.end - b.start);
}

/** Each remark once, however often its words stand there. */
export function told({ text, findings }: Found): Finding[] {
  const once = new Map<string, Finding>();
  const signs = [...text];
  for (const one of findings) {
    const key = `${one.rule}|${signs.slice(one.start, one.end).join("")}`;
    if (!once.has(key)) once.set(key, one);
  }
  return [...once.values()].sort((a, b) => RANK[a.level] - RANK[b.level] || a.start - b.start);
}

/** Whether these very words must not go; the desk holds others to it when they are sent. */
export function isBlocked(found: Found, text: string): boolean {
  return found.text === text && found.findings.some((one) => one.level === "block");
}

/** The promise of the words in hand, while what follows it is typed. */
export function promised(found: Found, text: string): TypedPledge | null {
  return found.promise && text.includes(found.promise.text) ? found.promise : null;
}

/** Where a finding stands in units of the field; null for what is missing. */
export function placeOf(text: string, finding: Finding): readonly [number, number] | null {
  if (finding.end <= finding.start) return null;
  const signs = [...text]; // the desk counts characters, of which an emoji is one
  const before = signs.slice(0, finding.start).join("").length;
  return [before, before + signs.slice(finding.start, finding.end).join("").length];
}

/** The words of the field, cut where findings stand that later typing did not touch. */
export function pieces(found: Found, text: string): Piece[] {
  const same = sameBeginning(found.text, text);
  const marked: Marked[] = [];
  for (const finding of [...found.findings].sort(byWeight)) {
    const place = placeOf(found.text, finding);
    if (!place || place[1] > same) continue;
    const [from, to] = place;
    if (marked.every((one) => to <= one.from || one.to <= from)) marked.push({ from, to, finding });
  }
  const cut: Piece[] = [];
  let at = 0;
  for (const { from, to, finding } of marked.sort((a, b) => a.from - b.from)) {
    if (from > at) cut.push({ text: text.slice(at, from), finding: null });
    cut.push({ text: text.slice(from, to), finding });
    at = to;
  }
  return [...cut, { text: text.slice(at), finding: null }];
}

function sameBeginning(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}
