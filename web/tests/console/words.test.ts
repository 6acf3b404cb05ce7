import { describe, expect, test } from "vitest";
import { en } from "../../console/src/i18n/en";
import type { WordKey } from "../../console/src/i18n/keys";
import { zh } from "../../console/src/i18n/zh";
import { CHORDS } from "../../console/src/state/chords";

const holes = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
const keys = Object.keys(en) as WordKey[];

describe("the console's words", () => {
  test("are the same keys in both languages", () => {
    expect(Object.keys(zh).sort()).toEqual([...keys].sort());
  });

  test.each(keys)("%s has the same holes in both languages", (key) => {
    expect(holes(zh[key])).toEqual(holes(en[key]));
  });

  test("are never empty, never shout, and say 您", () => {
    for (const words of [...Object.values(zh), ...Object.values(en)]) {
      expect(words.trim()).not.toBe("");
      expect(words).not.toMatch(/[!！]/);
      expect(words).not.toMatch(/你/);
    }
  });

  test("Chinese has no Latin sentence left in it", () => {
    const untranslated = keys.filter(
      (key) => zh[key] === en[key] && /[a-z]{2,} [a-z]/.test(zh[key]),
    );
    expect(untranslated).toEqual([]);
  });

  test("Chinese sets its own commas, colons and brackets", () => {
    const foreign = keys.filter((key) =>
      /[\u4e00-\u9fff}][,:(;]|[,:;)][\u4e00-\u9fff]/.test(zh[key]),
    );
    expect(foreign).toEqual([]);
  });

  test("name every command of the keyboard", () => {
    for (const { command } of CHORDS) expect(keys).toContain(`cmd_${command}`);
  });
});
