import { describe, expect, test } from "vitest";
import { fill } from "../../shared/fill";

const FILES = "up to {n} {n|file|files}";

describe("words with holes", () => {
  test.each([
    ["a value", "for {name}", { name: "Tom" }, "for Tom"],
    ["one", FILES, { n: 1 }, "up to 1 file"],
    ["none", FILES, { n: 0 }, "up to 0 files"],
    ["many", FILES, { n: 21 }, "up to 21 files"],
    ["an unknown hole", FILES, {}, FILES],
    ["a value that looks like a hole", "{a} {b}", { a: "{b}", b: 2 }, "{b} 2"],
  ])("%s", (_label, words, values, said) => {
    expect(fill(words, values)).toBe(said);
  });
});
