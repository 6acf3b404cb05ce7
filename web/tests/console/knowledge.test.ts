import { describe, expect, test } from "vitest";
import type { Item } from "../../console/src/api/types";
import { lastAsked } from "../../console/src/state/knowledge";

const said = (direction: "in" | "out", text: string) =>
  ({ type: "message", direction, text }) as Item;
const noted = { type: "note", text: "退款？" } as Item;

describe("what an article is looked for with", () => {
  test.each([
    [
      "the customer's newest words",
      [said("in", "多久到"), said("in", "退款多久到账")],
      "退款多久到账",
    ],
    ["not ours, nor a note", [said("in", "运费多少"), said("out", "您好"), noted], "运费多少"],
    ["not a picture without words", [said("in", "运费多少"), said("in", " ")], "运费多少"],
    ["nothing where nobody has asked", [said("out", "您好")], ""],
    ["no more than the desk takes", [said("in", "x".repeat(900))], "x".repeat(200)],
  ])("%s", (_, items, asked) => {
    expect(lastAsked(items)).toBe(asked);
  });
});
