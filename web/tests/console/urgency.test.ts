import { describe, expect, test } from "vitest";
import { figure, spoken, urgency } from "../../console/src/state/urgency";

const S = 1_000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe("a clock's urgency", () => {
  test.each([
    ["just begun", 0, 10 * M, "calm", 1],
    ["half gone", 5 * M, 10 * M, "calm", 0.5],
    ["the last quarter", 7.5 * M, 10 * M, "soon", 0.25],
    ["the last minute of three", 2 * M, 3 * M, "soon", 1 / 3],
    ["an offer of thirty seconds does not begin as soon", 0, 30 * S, "calm", 1],
    ["an offer's last quarter", 24 * S, 30 * S, "soon", 0.2],
    ["on the due instant it is not late yet", 10 * M, 10 * M, "soon", 0],
    ["past it", 11 * M, 10 * M, "late", 0],
  ] as const)("%s", (_, now, due, tone, share) => {
    const found = urgency(0, due, now);
    expect(found.tone).toBe(tone);
    expect(found.share).toBeCloseTo(share);
  });

  test("a due instant before the opening is late, not a division by zero", () => {
    expect(urgency(10, 10, 11).tone).toBe("late");
  });
});

describe("the figure beside a ring", () => {
  test.each([
    [0, "0:00"],
    [400, "0:01"],
    [59 * S, "0:59"],
    [4 * M + 32 * S, "4:32"],
    [59 * M + 59 * S, "59:59"],
    [H, "1h00"],
    [H - 400, "1h00"],
    [25 * H + 5 * M, "25h05"],
    [3 * D + H, "3d"],
    [-400, "0:00"],
    [-S, "−0:01"],
    [-(M + 22 * S), "−1:22"],
    [-(2 * H + 3 * M), "−2h03"],
    [-(5 * D), "−5d"],
  ])("%i ms is %s", (ms, text) => {
    expect(figure(ms)).toBe(text);
  });
});

describe("a duration in words", () => {
  const words = { seconds: "{n} s", minutes: "{n} min", hours: "{n} h", days: "{n} d" };

  test.each([
    [42 * S, "42 s"],
    [41 * S + 400, "42 s"],
    [M - 400, "1 min"],
    [-400, "0 s"],
    [-42 * S, "42 s"],
    [90 * S, "1 min"],
    [119 * M, "119 min"],
    [2 * H, "2 h"],
    [47 * H, "47 h"],
    [2 * D, "2 d"],
  ])("%i ms is %s", (ms, text) => {
    expect(spoken(ms, words)).toBe(text);
  });
});
