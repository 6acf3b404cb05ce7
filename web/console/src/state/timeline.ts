// One conversation's items in order, and how they are grouped for the eye. Pure.

import type { EventItem, Item, MessageItem, NoteItem } from "../api/types";

export function itemKey(item: Item): string {
  return item.type === "event" ? `event:${item.seq}` : `${item.type}:${item.id}`;
}

/** Items by sequence; a later version of the same item takes the place of the earlier. */
export function merge(items: readonly Item[], more: readonly Item[]): Item[] {
  const known = new Map(items.map((item) => [itemKey(item), item]));
  for (const item of more) known.set(itemKey(item), item);
  return [...known.values()].sort(
    (a, b) => (a.seq ?? 0) - (b.seq ?? 0) || RANK[a.type] - RANK[b.type],
  );
}

/** A message and the event that tells of it share a sequence number. */
const RANK = { event: 0, message: 1, note: 2 } as const;

const STATE_RANK: Readonly<Record<string, number>> = {
  held: 0,
  queued: 1,
  sending: 1,
  unknown: 2,
  sent: 3,
  failed: 4,
  delivered: 5,
  read: 6,
  received: 7,
};

/** A report may come in any order; a state never goes back. */
export function settle(
  items: readonly Item[],
  message: string,
  state: string,
  reason: string | null,
): Item[] {
  return items.map((item) => {
    if (item.type !== "message" || item.id !== message) return item;
    const further = (STATE_RANK[state] ?? 0) > (STATE_RANK[item.state] ?? 0);
    return further ? { ...item, state: state as MessageItem["state"], reason } : item;
  });
}

export type Block =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | {
      readonly kind: "messages";
      readonly key: string;
      readonly items: readonly MessageItem[];
      /** Named only where it differs from the message before. */
      readonly channel: string | null;
    }
  | { readonly kind: "notes"; readonly key: string; readonly items: readonly NoteItem[] }
  | { readonly kind: "events"; readonly key: string; readonly items: readonly EventItem[] };

const GROUP_MS = 60_000;

export function authorKey(item: MessageItem | NoteItem): string {
  if (typeof item.author === "string") return item.author;
  return `${item.author.kind}:${item.author.id ?? item.author.name ?? ""}`;
}

function dayOf(at: number): string {
  return new Date(at).toDateString();
}

/** Grouped by author and minute; the day and the channel are told where they change. */
export function blocks(items: readonly Item[], shown: (event: EventItem) => boolean): Block[] {
  const found: Block[] = [];
  let day = "";
  let channel = "";
  for (const item of items) {
    if (item.type === "event" && !shown(item)) continue;
    const at = Date.parse(item.at);
    const today = dayOf(at);
    const newDay = today !== day;
    if (newDay) found.push({ kind: "day", key: `day:${today}`, at });
    day = today;
    const way = item.type === "message" ? `${item.channel}:${item.account}` : channel;
    const last = found.at(-1);
    if (last && way === channel && joins(last, item)) {
      found[found.length - 1] = { ...last, items: [...last.items, item] } as Block;
    } else found.push(begin(item, way !== channel));
    channel = way;
  }
  return found;
}

function joins(block: Block, item: Item): block is Exclude<Block, { kind: "day" }> {
  if (block.kind === "events") return item.type === "event";
  const last = "items" in block ? block.items.at(-1) : undefined;
  if (!last || item.type === "event" || last.type !== item.type) return false;
  return (
    authorKey(last) === authorKey(item) && Date.parse(item.at) - Date.parse(last.at) < GROUP_MS
  );
}

function begin(item: Item, newChannel: boolean): Block {
  const key = itemKey(item);
  if (item.type === "event") return { kind: "events", key, items: [item] };
  if (item.type === "note") return { kind: "notes", key, items: [item] };
  return { kind: "messages", key, items: [item], channel: newChannel ? item.channel : null };
}

/** The newest words of the customer, for the read mark. */
export function newestInbound(items: readonly Item[]): number {
  const last = items.findLast((item) => item.type === "message" && item.direction === "in");
  return last?.seq ?? 0;
}
