import { describe, expect, test } from "vitest";
import type { EventItem, Item, MessageItem, NoteItem } from "../../console/src/api/types";
import { type Block, blocks, merge, newestInbound, settle } from "../../console/src/state/timeline";

const T0 = Date.parse("2026-11-21T04:00:00Z");

function message(seq: number, more: Partial<MessageItem> & { after?: number } = {}): MessageItem {
  const { after = seq, ...fields } = more;
  return {
    type: "message",
    id: `m${seq}`,
    seq,
    direction: "in",
    kind: "text",
    author: { kind: "contact", id: "p", name: "王小明" },
    account: "shop",
    channel: "webchat",
    text: `words ${seq}`,
    state: "received",
    at: new Date(T0 + after * 1_000).toISOString(),
    ...fields,
  };
}

const event = (seq: number, kind = "conversation.opened"): EventItem => ({
  type: "event",
  seq,
  kind,
  at: new Date(T0 + seq * 1_000).toISOString(),
  actor: "desk",
  body: {},
});

const note = (seq: number): NoteItem => ({
  type: "note",
  id: `n${seq}`,
  seq,
  author: { kind: "agent", id: "lin", name: "林" },
  text: "note",
  at: new Date(T0 + seq * 1_000).toISOString(),
});

const all = () => true;
const shape = (items: Item[], shown: (one: EventItem) => boolean = all) =>
  blocks(items, shown).map((block: Block) =>
    block.kind === "day" ? "day" : `${block.kind} ${block.items.map((one) => one.seq).join(",")}`,
  );

describe("merging", () => {
  test("puts items in order, each once, the later version in place of the earlier", () => {
    const first = merge([], [message(3), message(1)]);
    const merged = merge(first, [message(2), message(3, { state: "read" })]);
    expect(merged.map((item) => item.seq)).toEqual([1, 2, 3]);
    expect(merged[2]).toMatchObject({ state: "read" });
  });

  test("a note and a message of one number are two items", () => {
    expect(merge([message(1)], [note(1)])).toHaveLength(2);
  });
});

describe("grouping", () => {
  test("joins one author's messages of a minute", () => {
    expect(shape([message(1), message(2), message(3)])).toEqual(["day", "messages 1,2,3"]);
  });

  test.each([
    ["another author", { author: { kind: "agent", id: "lin" }, direction: "out" }],
    ["another channel", { channel: "sms", account: "sms" }],
    ["a minute later", { after: 61 }],
  ] as [string, Partial<MessageItem>][])("%s begins a new group", (_, more) => {
    expect(shape([message(1), message(2, more)])).toEqual(["day", "messages 1", "messages 2"]);
  });

  test("names the channel only where it changes", () => {
    const items = [
      message(1),
      message(2, { direction: "out", author: { kind: "agent", id: "lin" } }),
      message(3, { channel: "sms", account: "sms" }),
      message(4, { after: 100, channel: "sms", account: "sms" }),
    ];
    const channels = blocks(items, all).flatMap((block) =>
      block.kind === "messages" ? [block.channel] : [],
    );
    expect(channels).toEqual(["webchat", null, "sms", null]);
  });

  test("folds events that follow each other, and drops the silent ones", () => {
    const items = [event(1), event(2, "silent"), event(3), message(4), event(5)];
    const shown = (one: EventItem) => one.kind !== "silent";
    expect(shape(items, shown)).toEqual(["day", "events 1,3", "messages 4", "events 5"]);
  });

  test("a silent event does not part a group", () => {
    expect(shape([message(1), event(2), message(3)], () => false)).toEqual(["day", "messages 1,3"]);
  });

  test("notes never join messages", () => {
    expect(shape([message(1), note(2), note(3), message(4)])).toEqual([
      "day",
      "messages 1",
      "notes 2,3",
      "messages 4",
    ]);
  });

  test("tells each new day", () => {
    expect(shape([message(1), message(2, { after: 48 * 3_600 })])).toEqual([
      "day",
      "messages 1",
      "day",
      "messages 2",
    ]);
  });
});

describe("a report", () => {
  const state = (from: MessageItem["state"], to: string) =>
    (settle([message(1, { state: from })], "m1", to, null)[0] as MessageItem).state;

  test.each([
    ["queued", "sent", "sent"],
    ["sent", "delivered", "delivered"],
    ["read", "delivered", "read"],
    ["delivered", "sent", "delivered"],
    ["unknown", "sent", "sent"],
    ["sent", "failed", "failed"],
    ["failed", "delivered", "delivered"],
  ] as const)("after %s, %s leaves %s", (from, to, expected) => {
    expect(state(from, to)).toBe(expected);
  });
});

test("the read mark is the customer's newest words", () => {
  expect(newestInbound([message(1), message(4), message(5, { direction: "out" }), event(6)])).toBe(
    4,
  );
  expect(newestInbound([event(1)])).toBe(0);
});
