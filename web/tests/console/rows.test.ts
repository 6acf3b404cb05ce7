import { describe, expect, test } from "vitest";
import type { Row, View } from "../../console/src/api/types";
import {
  dropRow,
  fromLive,
  fromPage,
  listed,
  newest,
  type Rows,
  waitingForMe,
} from "../../console/src/state/rows";

const T0 = Date.parse("2026-11-21T09:00:00Z");
const at = (minutes: number) => new Date(T0 + minutes * 60_000).toISOString();

function row(id: string, more: Partial<Row> = {}): Row {
  return {
    id,
    status: "open",
    channel: "webchat",
    account: "shop",
    contact: { id: `p-${id}`, name: id, vip: false },
    preview: null,
    seq: 1,
    updated_at: at(0),
    opened_at: at(0),
    work: { id: `w-${id}`, state: "assigned", queue: "q", agent: "lin", enqueued_at: at(0) },
    turn: null,
    ...more,
  };
}

const due = (minutes: number) => ({ metric: "first_response", opened_at: at(0), due: at(minutes) });
const ids = (rows: Rows, view: View, queue = "") =>
  listed(rows, view, "lin", queue).map((one) => one.id);
const of = (...rows: Row[]) => rows.reduce(fromLive, new Map() as Rows);
const WAITING = { id: "w", state: "waiting", queue: "q", agent: null, enqueued_at: at(0) };

describe("a list", () => {
  test("stands in the order in which answers are due; then by the latest change", () => {
    const rows = of(
      row("quiet", { updated_at: at(1) }),
      row("later", { turn: due(9) }),
      row("newest", { updated_at: at(2) }),
      row("first", { turn: due(3) }),
      row("late", { turn: due(-3) }),
    );
    expect(ids(rows, "mine")).toEqual(["late", "first", "later", "newest", "quiet"]);
  });

  test.each([
    ["mine and open", row("x"), ["mine", "all"]],
    ["mine and pending", row("x", { status: "pending" }), ["mine", "all"]],
    ["waiting for anybody", row("x", { work: WAITING }), ["waiting", "all"]],
    ["offered", row("x", { work: { ...WAITING, state: "offered" } }), ["waiting", "all"]],
    [
      "a colleague's",
      row("x", { work: { ...WAITING, state: "assigned", agent: "wang" } }),
      ["all"],
    ],
    ["without work", row("x", { work: null }), ["all"]],
    ["resolved", row("x", { status: "resolved" }), ["resolved"]],
  ] as [string, Row, View[]][])("%s", (_, one, views) => {
    const found = (["mine", "waiting", "all", "resolved"] as View[]).filter((view) =>
      ids(of(one), view).includes("x"),
    );
    expect(found).toEqual(views);
  });

  test("shows one queue when asked to", () => {
    const rows = of(row("a"), row("b", { work: { ...WAITING, queue: "other" } }));
    expect(ids(rows, "all", "other")).toEqual(["b"]);
  });

  test("holds what the desk put there, though our own rule would not, until news comes", () => {
    const odd = row("odd", { work: null });
    const rows = fromPage(new Map(), "mine", [odd], true);
    expect(ids(rows, "mine")).toEqual(["odd"]);
    expect(ids(fromLive(rows, { ...odd, seq: 2 }), "mine")).toEqual([]);
  });

  test("loses on reload what the desk no longer puts there", () => {
    const rows = fromPage(new Map(), "mine", [row("odd", { work: null })], true);
    expect(ids(fromPage(rows, "mine", [], true), "mine")).toEqual([]);
  });

  test("keeps earlier pages when a further page comes", () => {
    const rows = fromPage(new Map(), "mine", [row("a", { work: null })], true);
    const more = fromPage(rows, "mine", [row("b", { work: null })], false);
    expect(ids(more, "mine")).toEqual(["a", "b"]);
  });
});

describe("a row", () => {
  test("is never replaced by an older version, whichever way it comes", () => {
    const now = of(row("a", { seq: 5, subject: "new" }));
    const old = row("a", { seq: 4, subject: "old" });
    expect(fromLive(now, old).get("a")?.row.subject).toBe("new");
    expect(fromPage(now, "mine", [old], true).get("a")?.row.subject).toBe("new");
  });

  test("that left our sight leaves every list", () => {
    expect(dropRow(of(row("a")), "a").size).toBe(0);
  });

  test("counts for the title while its customer waits", () => {
    const rows = of(
      row("a", { turn: due(3) }),
      row("b"),
      row("c", { turn: due(1), work: WAITING }),
    );
    expect(waitingForMe(rows, "lin")).toBe(1);
  });
});

describe("what a card shows of a conversation", () => {
  const told = row("a", { seq: 4 });
  test.each<[string, Rows, number]>([
    ["what came since the offer", of(row("a", { seq: 6 })), 6],
    ["the offer's own, when nothing came", of(row("b", { seq: 9 })), 4],
    ["not what was known before", of(row("a", { seq: 2 })), 4],
  ])("%s", (_, rows, seq) => {
    expect(newest(rows, told).seq).toBe(seq);
  });
});
