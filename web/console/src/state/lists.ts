// The lists of conversations: loaded by page, kept right by the live socket.

import { computed, signal } from "@preact/signals";
import { Problem } from "../api/client";
import { conversations } from "../api/desk";
import type { Row, View } from "../api/types";
import { askLater } from "./lacking";
import { login } from "./me";
import { kept } from "./prefs";
import { view } from "./route";
import { dropRow, fromLive, fromPage, listed, type Rows, waitingForMe } from "./rows";

interface Loading {
  readonly state: "unloaded" | "loading" | "loaded" | "failed";
  readonly next: string | null;
  /** Why it failed. */
  readonly trouble?: unknown;
}

const UNLOADED: Loading = { state: "unloaded", next: null };

export const rows = signal<Rows>(new Map());
export const loading = signal<Readonly<Partial<Record<View, Loading>>>>({});
export const queueFilter = kept("queue", "");

export const shownRows = computed(() =>
  listed(rows.value, view.value, login.value, queueFilter.value),
);
export const waitingMine = computed(() => waitingForMe(rows.value, login.value));

export function loadingOf(which: View): Loading {
  return loading.value[which] ?? UNLOADED;
}

export function countOf(which: View): number {
  return listed(rows.value, which, login.value, "").length;
}

function set(which: View, state: Loading): void {
  loading.value = { ...loading.value, [which]: state };
}

export async function load(which: View): Promise<void> {
  set(which, { state: "loading", next: null });
  try {
    const page = await conversations.list(which);
    rows.value = fromPage(rows.value, which, page.items, true);
    set(which, { state: "loaded", next: page.next ?? null });
  } catch (trouble) {
    set(which, { state: "failed", next: null, trouble });
    askLater(`list ${which}`, () => load(which), trouble);
  }
}

export async function loadMore(which: View): Promise<void> {
  const { state, next } = loadingOf(which);
  if (state !== "loaded" || !next) return;
  set(which, { state: "loading", next });
  try {
    const page = await conversations.list(which, { cursor: next });
    rows.value = fromPage(rows.value, which, page.items, false);
    set(which, { state: "loaded", next: page.next ?? null });
  } catch {
    set(which, { state: "loaded", next });
  }
}

/** After a gap, or at sign-in: everything that has been looked at is asked for anew. */
export async function reloadAll(): Promise<void> {
  const seen = (Object.keys(loading.value) as View[]).filter(
    (which) => loadingOf(which).state !== "unloaded",
  );
  await Promise.all([...new Set<View>([...seen, "mine", "waiting", view.value])].map(load));
}

/** Another person has signed in: nothing of the one before stays. */
export function forget(): void {
  rows.value = new Map();
  loading.value = {};
}

export function takeRow(row: Row): void {
  rows.value = fromLive(rows.value, row);
}

const stale = new Set<string>();
let refresh: ReturnType<typeof setTimeout> | undefined;
const REFRESH_MS = 300;

/** An event told that a conversation changed, but not how: ask, a few at a time. */
export function markStale(conversation: string): void {
  stale.add(conversation);
  if (refresh !== undefined) return;
  refresh = setTimeout(async () => {
    refresh = undefined;
    const ids = [...stale];
    stale.clear();
    await Promise.all(ids.map(ask));
  }, REFRESH_MS);
}

async function ask(id: string): Promise<void> {
  try {
    takeRow(await conversations.get(id));
  } catch (error) {
    // Handed on to somebody else's queue: it is out of sight, so it leaves the lists.
    if (error instanceof Problem && error.status === 404) rows.value = dropRow(rows.value, id);
  }
}
