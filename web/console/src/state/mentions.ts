// Colleagues named in a note: "@lin" in its words, their name on the screen. Pure.

import type { Agent } from "../api/types";

export interface Piece {
  readonly text: string;
  /** The colleague's login, where one is named. */
  readonly login?: string;
}

const NAMED = /(^|[^\p{L}\p{N}_])@([\p{L}\p{N}_.-]+)/gu;

/** A note's words in order, the colleagues among them apart; strangers stay words. */
export function mentions(text: string, agents: readonly Agent[]): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(NAMED)) {
    // "@lin." ends a sentence, and names lin.
    const name = (found[2] ?? "").replace(/[.-]+$/, "");
    const agent = agents.find((one) => one.login === name);
    if (!agent) continue;
    const at = found.index + (found[1]?.length ?? 0);
    if (at > from) pieces.push({ text: text.slice(from, at) });
    pieces.push({ text: `@${agent.name || agent.login}`, login: agent.login });
    from = at + 1 + name.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** Colleagues whose login or name has the query, those who begin with it first. */
export function colleagues(agents: readonly Agent[], query: string, me: string): Agent[] {
  const wanted = query.toLocaleLowerCase();
  const names = (one: Agent) => [one.login, one.name].map((name) => name.toLocaleLowerCase());
  const starts = (one: Agent) => names(one).some((name) => name.startsWith(wanted));
  return agents
    .filter((one) => one.login !== me && names(one).some((name) => name.includes(wanted)))
    .sort((a, b) => Number(starts(b)) - Number(starts(a)) || a.login.localeCompare(b.login));
}
