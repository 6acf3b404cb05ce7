import { describe, expect, test } from "vitest";
import type { EventItem, Pledge, Row } from "../../console/src/api/types";
import { promised } from "../../console/src/state/courtesy";
import { eventWords } from "../../console/src/state/eventwords";
import { dueOf, ENDED_SHOWN, inOrder, standing, toneOf } from "../../console/src/state/promises";

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 23, 10, minutes)).toISOString();
const NOW = Date.parse(at(0));

function pledge(id: string, more: Partial<Pledge> = {}): Pledge {
  const open = { state: "open", late_at: null, reason: "", ended_at: null } as const;
  return {
    id,
    conversation: "c",
    owner: "lin",
    text: id,
    due: at(60),
    made_at: at(-60),
    ...open,
    ...more,
  };
}

describe("promises", () => {
  test("the first due stands first, what is over comes after it, the newest first", () => {
    const over = (id: string, minutes: number) =>
      pledge(id, { state: "kept", ended_at: at(minutes) });
    const all = [over("old", -9), pledge("later"), over("new", -1), pledge("soon", { due: at(5) })];
    expect(inOrder(all).map((one) => one.id)).toEqual(["soon", "later", "new", "old"]);
  });

  test("of what is over only the newest are shown", () => {
    const many = [...Array(9).keys()].map((n) =>
      pledge(`${n}`, { state: "broken", ended_at: at(n) }),
    );
    expect(inOrder(many).map((one) => one.id)).toEqual(["8", "7", "6", "5", "4"]);
    expect(ENDED_SHOWN).toBe(5);
  });

  test.each([
    [{ state: "kept" }, "kept"],
    [{ state: "kept", late_at: at(1) }, "keptLate"],
    [{ state: "late", late_at: at(1) }, "late"],
    [{ state: "broken", late_at: at(1) }, "broken"],
  ] as [Partial<Pledge>, string][])("%o is %s", (more, said) => {
    expect(standing(pledge("x", more))).toBe(said);
  });

  test.each([
    [{ state: "open", due: at(9), warned: false }, "calm"],
    [{ state: "open", due: at(9), warned: true }, "soon"],
    [{ state: "open", due: at(-1), warned: true }, "late"],
    [{ state: "late", due: at(-1), warned: true }, "late"],
  ] as const)("%o is %s", (brief, tone) => {
    expect(toneOf({ id: "x", owner: "lin", ...brief }, NOW)).toBe(tone);
  });

  test.each([
    [null, null, null],
    [at(9), null, at(9)],
    [null, at(5), at(5)],
    [at(9), at(5), at(5)],
    [at(1), at(5), at(1)],
  ])("an answer owed by %s and a promise by %s: %s", (turn, promise, due) => {
    const row = {
      turn: turn && { metric: "m", opened_at: at(0), due: turn },
      promise: promise && { id: "x", owner: "lin", state: "open", due: promise, warned: false },
    } as unknown as Row;
    expect(dueOf(row)).toBe(due);
  });

  test("a promise is offered for as long as its sentence stands there", () => {
    const found = {
      text: "We answer by noon",
      findings: [],
      promise: { start: 13, end: 17, text: "We answer by noon", due: at(120) },
    };
    expect(promised(found, "Hello. We answer by noon. Bye")).toBe(found.promise);
    expect(promised(found, "We answer by ten")).toBeNull();
  });

  test("the timeline tells until when", () => {
    const event = {
      type: "event",
      kind: "promise.made",
      at: at(0),
      actor: "agent:lin",
      body: { due: NOW },
      seq: 1,
    } as unknown as EventItem;
    expect(eventWords(event)).toMatch(/10:00|:00/);
  });
});
