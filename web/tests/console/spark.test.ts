import { describe, expect, test } from "vitest";
import { HEIGHT, path, total, WIDTH } from "../../console/src/state/spark";

describe("a spark line", () => {
  test.each<[string, readonly number[], string]>([
    ["rises to its largest count", [0, 1, 2], `M0 ${HEIGHT}L${WIDTH / 2} ${HEIGHT / 2}L${WIDTH} 0`],
    ["lies flat when nothing was asked", [0, 0], `M0 ${HEIGHT}L${WIDTH} ${HEIGHT}`],
  ])("%s", (_, counts, drawn) => {
    expect(path(counts)).toBe(drawn);
  });

  test("is as wide when nothing is known yet", () => {
    expect(path([])).toMatch(new RegExp(`^M0 ${HEIGHT}.*L${WIDTH} ${HEIGHT}$`));
  });

  test("is told by its sum", () => {
    expect(total([1, 0, 4])).toBe(5);
  });
});
