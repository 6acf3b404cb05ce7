import { describe, expect, test } from "vitest";
import type { Finding } from "../../console/src/api/types";
import { isBlocked, isLookedAt, pieces, placeOf, told } from "../../console/src/state/courtesy";

function finding(start: number, end: number, level: Finding["level"] = "warn"): Finding {
  return { rule: "blame", level, start, end, message: "say it kindly" };
}

describe("what is looked at", () => {
  test.each([
    ["words", "Hello.", true],
    ["nothing", "  ", false],
    ["the name of a template", "/ganxie", false],
    ["a name in Chinese", " /退款 ", false],
    ["the sign alone", "/", false],
    ["words behind a name", "/refund or not", true],
    ["a name behind words", "Hello /refund", true],
  ])("%s", (_, text, expected) => {
    expect(isLookedAt(text)).toBe(expected);
  });
});

describe("where findings stand in the field", () => {
  test.each([
    ["letters", "abcdef", 1, 3, "bc"],
    ["behind an emoji", "😀abc", 1, 3, "ab"],
    ["an emoji itself", "a😀b", 1, 2, "😀"],
    ["Chinese", "您好不知道", 2, 5, "不知道"],
  ])("%s", (_, text, start, end, said) => {
    const place = placeOf(text, finding(start, end));
    expect(place && text.slice(...place)).toBe(said);
  });

  test("what is missing stands nowhere", () => {
    expect(placeOf("abc", finding(0, 0))).toBeNull();
  });
});

describe("what is underlined while one writes on", () => {
  const two = { text: "ab cd ef", findings: [finding(0, 2), finding(3, 5)] };
  test.each([
    ["the same words", two.text, ["ab", "cd"]],
    ["more behind", "ab cd ef gh", ["ab", "cd"]],
    ["changed between", "ab xcd ef", ["ab"]],
    ["changed before", "xab cd ef", []],
    ["emptied", "", []],
  ])("%s", (_, text, marked) => {
    const cut = pieces(two, text);
    expect(cut.flatMap((one) => (one.finding ? [one.text] : []))).toEqual(marked);
    expect(cut.map((one) => one.text).join("")).toBe(text);
  });

  test.each([
    ["the first of two alike", [finding(0, 3), finding(1, 4)], ["abc"]],
    ["what blocks", [finding(0, 3), finding(1, 4, "block")], ["bcd"]],
    ["few words, not all of them", [finding(0, 4), finding(1, 2), finding(2, 3)], ["b", "c"]],
  ])("of those that overlap %s", (_, findings, marked) => {
    const cut = pieces({ text: "abcd", findings }, "abcd");
    expect(cut.flatMap((one) => (one.finding ? [one.text] : []))).toEqual(marked);
  });
});

describe("what keeps words from going", () => {
  test.each([
    ["a block", "block", "abc", true],
    ["a warning", "warn", "abc", false],
    ["a block of other words", "block", "abcd", false],
  ] as const)("%s", (_, level, text, expected) => {
    expect(isBlocked({ text: "abc", findings: [finding(0, 1, level)] }, text)).toBe(expected);
  });

  test("it is told first, and each remark once", () => {
    const levels = ["hint", "block", "warn"] as const;
    const findings = [...levels.map((level, at) => finding(at, at + 1, level)), finding(3, 4)];
    const list = told({ text: "abcc", findings });
    expect(list.map((one) => [one.level, one.start])).toEqual([
      ["block", 1],
      ["warn", 2],
      ["hint", 0],
    ]);
  });
});
