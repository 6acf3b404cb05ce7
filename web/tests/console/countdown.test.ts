import { describe, expect, test } from "vitest";
import { leftOf, truerSkew, wholeSeconds } from "../../console/src/state/countdown";
import { figure, urgency } from "../../console/src/state/urgency";

const S = 1_000;

describe("the desk's clock", () => {
  test.each([
    ["the first frame is believed", null, -3_200, -3_200],
    ["a quicker frame knows better", -3_200, -3_050, -3_050],
    ["a slower one is slow, the clock is not", -3_050, -7_000, -3_050],
    ["our clock was set on", 200, -60 * S, -60 * S],
    ["our clock was set back", 200, 60 * S, 60 * S],
  ])("%s", (_, known, heard, skew) => {
    expect(truerSkew(known, heard)).toBe(skew);
  });
});

describe("a countdown", () => {
  test.each([
    ["begins with all of it", 30 * S, 30],
    ["a second that has begun is still there", 29 * S + 1, 30],
    ["and goes when it is over", 29 * S, 29],
    ["the last", 1, 1],
    ["over", 0, 0],
    ["not late yet", -999, 0],
    ["late", -S, -1],
  ])("%s", (_, ms, seconds) => {
    expect(wholeSeconds(ms) + 0).toBe(seconds);
  });

  test("of thirty seconds never shows thirty-one, though our clock runs behind the desk's", () => {
    for (const behind of [0, 80, 900, 4_000]) {
      expect(leftOf(0, 30 * S, -behind)).toBe(30 * S);
      expect(figure(urgency(0, 30 * S, -behind).leftMs)).toBe("0:30");
    }
  });

  test("what was due before it began is late, and no more than that", () => {
    expect(leftOf(10 * S, 4 * S, 5 * S)).toBe(-S);
  });
});
