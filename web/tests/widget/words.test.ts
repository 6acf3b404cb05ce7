import { describe, expect, test } from "vitest";
import { fill } from "../../shared/fill";
import { clock, day, size } from "../../shared/when";
import { LOCALES, localeFrom, whyRefused } from "../../widget/src/words";

const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

describe("the widget's words", () => {
  const keys = Object.keys(LOCALES.en) as (keyof typeof LOCALES.en)[];

  test.each(keys)("%s has the same holes in both languages and shouts in neither", (key) => {
    const [zh, en] = [LOCALES["zh-CN"][key], LOCALES.en[key]];
    expect(holes(zh)).toEqual(holes(en));
    expect(`${zh}${en}`).not.toMatch(/[!！]/);
    expect(zh).not.toMatch(/你/);
  });

  test.each([
    ["zh", "zh-CN"],
    ["zh-TW", "zh-CN"],
    ["en-GB", "en"],
    ["fr", "en"],
    [null, "en"],
  ])("%s is served in %s", (asked, locale) => {
    expect(localeFrom(asked)).toBe(locale);
  });

  test("a refused file is told of in the visitor's language, or without a reason", () => {
    expect(whyRefused(LOCALES["zh-CN"], "empty")).toBe("文件是空的，请重新选择。");
    expect(whyRefused(LOCALES.en, "empty")).toMatch(/empty/);
    expect(whyRefused(LOCALES["zh-CN"], "of_no_kind")).toBe("");
  });

  test("holes are filled and unknown ones left alone", () => {
    expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
  });
});

describe("instants", () => {
  const zone = "Asia/Shanghai";
  const now = Date.parse("2026-11-21T15:59:00Z"); // 23:59 in Shanghai

  test.each([
    ["2026-11-21T15:30:00Z", "today"],
    ["2026-11-21T16:00:00Z", "tomorrow"],
    ["2026-11-20T15:00:00Z", "yesterday"],
    ["2026-11-25T01:00:00Z", "Wed, Nov 25"],
  ])("%s is %s", (at, expected) => {
    expect(day(Date.parse(at), now, "en", LOCALES.en, zone)).toBe(expected);
  });

  test("a day begins at midnight of the reader's zone", () => {
    const afterMidnight = now + 31 * 60_000;
    const before = Date.parse("2026-11-21T15:30:00Z");
    expect(day(before, afterMidnight, "en", LOCALES.en, zone)).toBe("yesterday");
  });

  test("clocks have two digits and 24 hours", () => {
    expect(clock(Date.parse("2026-11-20T16:05:00Z"), "zh-CN", zone)).toBe("00:05");
  });

  test.each([
    [512, "512 B"],
    [2048, "2 KB"],
    [1_572_864, "1.5 MB"],
    [10_485_760, "10 MB"],
  ])("%i bytes are %s", (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });
});
