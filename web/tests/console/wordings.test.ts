import { describe, expect, test } from "vitest";
import { hashOf, placeFrom } from "../../console/src/state/places";
import {
  BLANK,
  barring,
  channelOf,
  difference,
  FRONT,
  firstLocale,
  near,
  partsOf,
  same,
  shownFor,
  toldOf,
  UnsavedWords,
  type WordingDraft,
  whole,
} from "../../console/src/state/wordings";

const draft = (words: Record<string, string>, some: Partial<WordingDraft> = {}): WordingDraft => ({
  ...BLANK,
  ...some,
  words,
});

describe("what keeps words from being saved", () => {
  const at = (part: string, level: "hint" | "warn" | "block") => ({
    ...{ part, line: 1, level, text: "…", rule: "abuse" },
  });
  const fault = { part: "sms", line: 2, text: "…" };
  test.each([
    ["nothing", [], [], null],
    ["a warning does not", [], [at("", "warn"), at("sms", "hint")], null],
    ["what is blocked", [], [at("sms", "block")], { why: "courtesy", parts: ["sms"] }],
    [
      "each part once",
      [],
      [at("", "block"), at("", "block"), at("sms", "warn"), at("email", "block")],
      { why: "courtesy", parts: ["", "email"] },
    ],
    ["faults first", [fault], [at("", "block")], { why: "faults", parts: ["sms"] }],
  ])("%s", (_, faults, remarks, expected) => {
    expect(barring({ faults, remarks, shown: [] })).toEqual(expected);
  });
});

describe("the parts of a template", () => {
  test.each([
    ["", ""],
    ["sms", "sms"],
    ["email_subject", "email"],
    ["email_html", "email"],
  ])("%s belongs to the channel %s", (part, channel) => {
    expect(channelOf(part)).toBe(channel);
  });

  test("for any first, then each channel of the desk and of the template, a mail's by it", () => {
    expect(partsOf(draft({ "": "a", voice: "b", sms: "" }), ["webchat", "email"])).toEqual([
      "",
      "email",
      "email_subject",
      "email_html",
      "voice",
      "webchat",
    ]);
  });

  test("a part is shown as its channel is, else as any", () => {
    const shown = [{ channel: "" }, { channel: "email" }];
    expect(shownFor("email_html", shown)).toBe(shown[1]);
    expect(shownFor("sms", shown)).toBe(shown[0]);
    expect(shownFor(FRONT, shown)).toBe(shown[0]);
    expect(shownFor("sms", [])).toBeNull();
  });

  test("what is told of a part, by its lines", () => {
    const told = [
      { part: "", line: 3, text: "c" },
      { part: "sms", line: 1, text: "b" },
      { part: "", line: 1, text: "a" },
      { part: "", line: 1, text: "a" },
    ];
    expect(toldOf("", told).map((one) => one.text)).toEqual(["a", "c"]);
  });
});

describe("two of them", () => {
  test("are the same whatever is empty, and in whichever order", () => {
    expect(same(draft({ "": "a", sms: " " }), draft({ "": "a\n" }))).toBe(true);
    expect(same(draft({ sms: "b", "": "a" }), draft({ "": "a", sms: "b" }))).toBe(true);
    expect(same(draft({ "": "a" }), draft({ "": "b" }))).toBe(false);
    expect(same(draft({ "": "a" }), draft({ "": "a" }, { owner: "x" }))).toBe(false);
  });

  test.each([
    ["nothing", "", "", ""],
    ["equal", "a\nb", "a\nb", " a| b"],
    ["one line", "a\nb\nc", "a\nx\nc", " a|-b|+x| c"],
    ["more", "a\nc", "a\nb\nc\nd", " a|+b| c|+d"],
    ["less", "a\nb\nc", "c", "-a|-b| c"],
    ["all", "", "a", "+a"],
  ])("differ by %s", (_, before, after, expected) => {
    const marks = { same: " ", gone: "-", new: "+" };
    const lines = difference(before, after).map((line) => marks[line.kind] + line.text);
    expect(lines.join("|")).toBe(expected);
  });

  test("what is far from a change is left out", () => {
    const lines = difference("1\n2\n3\n4\n5\n6\n7", "1\n2\n3\nx\n5\n6\n7");
    expect(near(lines).map((line) => line.text)).toEqual(["…", "2", "3", "4", "x", "5", "6", "…"]);
    expect(near(difference("a\nb", "a\nb")).map((line) => line.text)).toEqual(["…"]);
  });

  test("are compared whole: what stands above the words too", () => {
    const name = {
      name: "order",
      type: "line",
      example: "7",
      meaning: "its number",
      fallback: null,
    };
    const text = whole(draft({ "": "a", sms: "b" }, { purpose: "p", variables: [name] }));
    expect(text).toBe("p\norder: line, 7 its number\n\na\n=== sms\nb");
  });
});

test("the reader's own locale is opened first, else one in which there are words", () => {
  const one = (locale: string) => ({
    locale,
    channels: [],
    origin: "shipped" as const,
    version: 0,
    changed_by: "",
    changed_at: null,
    file_changed: false,
  });
  expect(firstLocale([one("en"), one("zh-CN")], "zh-CN")).toBe("zh-CN");
  expect(firstLocale([one("en")], "zh-CN")).toBe("en");
  expect(firstLocale([], "zh-CN")).toBe("zh-CN");
});

describe("what is not saved", () => {
  const shelf = new Map<string, string>();
  const words = new UnsavedWords(
    {
      getItem: (key) => shelf.get(key) ?? null,
      setItem: (key, value) => void shelf.set(key, value),
      removeItem: (key) => void shelf.delete(key),
    },
    "sue",
  );

  test("stays until it is saved or discarded, each template and locale by itself", () => {
    words.put("greeting", "en", { version: 2, draft: draft({ "": "a" }) });
    expect(words.get("greeting", "en")?.version).toBe(2);
    expect(words.get("greeting", "zh-CN")).toBeNull();
    words.put("greeting", "en", null);
    expect(words.get("greeting", "en")).toBeNull();
  });

  test("what is no draft is none", () => {
    shelf.set("parley:words:sue:greeting:en", "[]");
    expect(words.get("greeting", "en")).toBeNull();
    shelf.set("parley:words:sue:greeting:en", "{");
    expect(words.get("greeting", "en")).toBeNull();
  });
});

test.each([
  ["#/templates", { page: "templates", name: "", locale: "" }],
  ["#/templates/greeting/zh-CN", { page: "templates", name: "greeting", locale: "zh-CN" }],
] as const)("%s is a place", (hash, place) => {
  expect(placeFrom(hash)).toEqual(place);
  expect(hashOf(place)).toBe(hash);
});

test("a broken address is the list", () => {
  expect(placeFrom("#/templates/%E0%A4/en")).toEqual({ page: "templates", name: "", locale: "en" });
});
