import { describe, expect, test } from "vitest";
import { MOST_SOUGHT, soughtIn } from "../../console/src/state/sought";

describe("what a search asks for", () => {
  test.each([
    ["words, without what stands around them", "  Li  Lei ", "Li  Lei"],
    ["a pasted NUL is no more than a gap", "Li\u0000Lei\u0000", "Li Lei"],
    ["nothing that is seen is nothing", "\u0000\t\n", ""],
    ["no more than the desk takes", "x".repeat(201), "x".repeat(MOST_SOUGHT)],
    ["characters, not their halves", "😀".repeat(201), "😀".repeat(MOST_SOUGHT)],
    ["no gap at the cut", `${"x".repeat(199)} y`, "x".repeat(199)],
  ])("%s", (_, text, sought) => {
    expect(soughtIn(text)).toBe(sought);
  });
});
