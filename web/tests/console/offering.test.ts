import { describe, expect, it } from "vitest";
import type { ApprovedTemplate } from "../../console/src/api/types";
import { filled, preview } from "../../console/src/views/compose/approved";
import { choicesOf } from "../../console/src/views/compose/choices";

function template(
  text: string,
  places: readonly string[],
  header: ApprovedTemplate["header"] = "",
) {
  return { name: "parcel", language: "en_US", text, header, places };
}

describe("choices", () => {
  it("are lines, each once, without empty ones", () => {
    expect(choicesOf(" Red \n\nDark   blue\nRed\n")).toEqual([
      { id: "1", label: "Red" },
      { id: "2", label: "Dark blue" },
    ]);
    expect(choicesOf(" \n")).toEqual([]);
  });
});

describe("an approved template", () => {
  it("gives numbered values in the order of their numbers", () => {
    const { parameters } = filled(template("{{2}} {{1}}", ["2", "1"]), { 1: "a", 2: "b" }, "x");
    expect(parameters).toEqual(["a", "b"]);
  });
  it("gives named ones by their names, and words for a header of words alone", () => {
    const named = template("{{who}}", ["who"], "text");
    expect(filled(named, { who: "Ada" }, "News")).toEqual({
      name: "parcel",
      language: "en_US",
      parameters: { who: "Ada" },
      header: "News",
    });
    expect(filled(template("Hi", []), {}, "News")).not.toHaveProperty("header");
  });
  it("shows what will be read", () => {
    expect(preview(template("Dear {{ 1 }}, {{2}}", ["1", "2"]), { 1: "$& Ada" })).toBe(
      "Dear $& Ada, {{2}}",
    );
  });
});
