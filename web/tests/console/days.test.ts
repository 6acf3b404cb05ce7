import { describe, expect, test } from "vitest";
import { dayOf, lastDays, spanOf } from "../../console/src/state/days";

const at = (...parts: [number, number, number, number?]) => new Date(...parts).getTime();

describe("days as people choose them", () => {
  test("the week up to now has seven of them", () => {
    expect(lastDays(at(2026, 2, 3, 23))).toEqual(["2026-02-25", "2026-03-03"]);
  });

  test.each([
    ["one day", "2026-03-03", "2026-03-03", at(2026, 2, 3), at(2026, 2, 4)],
    ["in either order", "2026-03-03", "2026-02-27", at(2026, 1, 27), at(2026, 2, 4)],
    ["over a new year", "2025-12-31", "2026-01-01", at(2025, 11, 31), at(2026, 0, 2)],
  ] as const)("%s is from midnight to midnight", (_, first, last, from, to) => {
    const span = spanOf(first, last);
    expect([Date.parse(span?.from ?? ""), Date.parse(span?.to ?? "")]).toEqual([from, to]);
  });

  test("a field that was emptied asks nothing", () => {
    expect(spanOf("", "2026-03-03")).toBeNull();
  });

  test("a day is the reader's own", () => {
    expect(dayOf(at(2026, 0, 31), 1)).toBe("2026-02-01");
  });
});
