// Which conversations stand in which list, and in which order. Pure.

import type { Row, View } from "../api/types";
import { dueOf } from "./promises";

export interface Listed {
  readonly row: Row;
  /** Lists in which the desk itself put this very version of the row. */
  readonly said: ReadonlySet<View>;
}

export type Rows = ReadonlyMap<string, Listed>;

const NOWHERE: ReadonlySet<View> = new Set();

/** Rows as a list of the desk gave them. A row that is older than ours is not taken. */
export function fromPage(rows: Rows, view: View, page: readonly Row[], whole: boolean): Rows {
  const next = new Map(rows);
  if (whole) {
    for (const [id, listed] of rows) {
      if (!listed.said.has(view)) continue;
      next.set(id, { ...listed, said: without(listed.said, view) });
    }
  }
  for (const row of page) {
    const known = next.get(row.id);
    if (known && known.row.seq > row.seq) continue;
    next.set(row.id, { row, said: new Set([...(known?.said ?? []), view]) });
  }
  return next;
}

/** A row as the live socket tells it: from now on its own fields say where it belongs. */
export function fromLive(rows: Rows, row: Row): Rows {
  const known = rows.get(row.id);
  if (known && known.row.seq > row.seq) return rows;
  return new Map(rows).set(row.id, { row, said: NOWHERE });
}

/** A row as it is known by now, wherever it was told. */
export function newest(rows: Rows, told: Row): Row {
  const known = rows.get(told.id)?.row;
  return known && known.seq > told.seq ? known : told;
}

export function dropRow(rows: Rows, id: string): Rows {
  const next = new Map(rows);
  next.delete(id);
  return next;
}

function without(said: ReadonlySet<View>, view: View): ReadonlySet<View> {
  return new Set([...said].filter((other) => other !== view));
}

const BELONGS: Readonly<Record<View, (row: Row, login: string) => boolean>> = {
  mine: (row, login) => row.status !== "resolved" && row.work?.agent === login,
  waiting: (row) => row.work?.state === "waiting" || row.work?.state === "offered",
  all: (row) => row.status !== "resolved",
  resolved: (row) => row.status === "resolved",
};

export function belongs(listed: Listed, view: View, login: string): boolean {
  return listed.said.has(view) || BELONGS[view](listed.row, login);
}

const FAR = Number.POSITIVE_INFINITY;

function dueAt(row: Row): number {
  const due = dueOf(row);
  return due ? Date.parse(due) : FAR;
}

function updatedAt(row: Row): number {
  return Date.parse(row.updated_at);
}

/** What must be answered first stands first; then those that wait for nothing, newest first. */
function byDue(a: Row, b: Row): number {
  const [dueA, dueB] = [dueAt(a), dueAt(b)];
  if (dueA !== dueB) return dueA - dueB;
  return updatedAt(b) - updatedAt(a) || (a.id < b.id ? -1 : 1);
}

function byChange(a: Row, b: Row): number {
  return updatedAt(b) - updatedAt(a) || (a.id < b.id ? -1 : 1);
}

export function listed(rows: Rows, view: View, login: string, queue: string): Row[] {
  const found: Row[] = [];
  for (const one of rows.values()) {
    if (queue && one.row.work?.queue !== queue) continue;
    if (belongs(one, view, login)) found.push(one.row);
  }
  return found.sort(view === "resolved" ? byChange : byDue);
}

/** A customer waits for a word. */
export function waits(row: Row): boolean {
  return row.turn !== null;
}

/** How many of mine wait for a word from me. */
export function waitingForMe(rows: Rows, login: string): number {
  return listed(rows, "mine", login, "").filter(waits).length;
}
