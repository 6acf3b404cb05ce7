import { describe, expect, test } from "vitest";
import type { Capabilities, Conversation, Route, Template } from "../../console/src/api/types";
import { Drafts, type Shelf } from "../../console/src/state/drafts";
import { meter, segments, units } from "../../console/src/state/meter";
import { routeFor, routeKey, windowLeft } from "../../console/src/state/routes";
import { insert, matching, slashAt } from "../../console/src/state/slash";

describe("length as a channel counts it", () => {
  test.each([
    ["nothing", "", 0],
    ["160 of GSM-7", "a".repeat(160), 1],
    ["161 of GSM-7", "a".repeat(161), 2],
    ["306 in two parts", "a".repeat(306), 2],
    ["307 in three", "a".repeat(307), 3],
    ["the euro sign is two", `${"a".repeat(159)}€`, 2],
    ["70 Chinese characters", "好".repeat(70), 1],
    ["71 Chinese characters", "好".repeat(71), 2],
    ["35 emoji", "😀".repeat(35), 1],
    ["an emoji is never split", `${"好".repeat(66)}😀${"好".repeat(66)}`, 3],
    ["one Chinese character turns all into UCS-2", `${"a".repeat(70)}好`, 2],
  ])("SMS: %s", (_, text, expected) => {
    expect(segments(text)).toBe(expected);
  });

  test.each([
    ["characters", "好😀", 2],
    ["utf16", "好😀", 3],
    ["bytes", "好😀", 7],
  ] as const)("%s", (unit, text, expected) => {
    expect(units(text, unit)).toBe(expected);
  });

  const wechat: Capabilities = { max_text: 10, text_unit: "bytes", attachments: 1 };

  test.each([
    ["", false, false],
    ["好", false, false],
    ["好好a1", true, false],
    ["好好好好", true, true],
  ])("the meter for %j: shown %s, over %s", (text, shown, over) => {
    expect(meter(text, wechat)).toMatchObject({ shown, over });
  });
});

describe("the slash", () => {
  test.each([
    ["at the start", "/gre", 4, { from: 0, to: 4, query: "gre" }],
    ["after a word", "您好 /致", 5, { from: 3, to: 5, query: "致" }],
    ["on a new line", "a\n/", 3, { from: 2, to: 3, query: "" }],
    ["not inside an address", "https://a.cn/x", 14, null],
    ["not inside a word", "and/or", 6, null],
    ["not once a space follows", "/gre ", 5, null],
  ] as const)("%s", (_, text, cursor, expected) => {
    expect(slashAt(text, cursor)).toEqual(expected);
  });

  test("gives way to the template's words, and the cursor stands behind them", () => {
    const slash = slashAt("a /gr b", 5);
    expect(slash && insert("a /gr b", slash, "您好")).toEqual({ text: "a 您好 b", cursor: 4 });
  });

  test("finds by name and purpose, names that begin with it first", () => {
    const template = (name: string, purpose = ""): Template => ({ name, purpose, locales: [] });
    const all = [template("late_apology"), template("apology"), template("hold", "请稍候")];
    expect(matching(all, "apo").map((one) => one.name)).toEqual(["apology", "late_apology"]);
    expect(matching(all, "稍").map((one) => one.name)).toEqual(["hold"]);
  });
});

describe("the way of an answer", () => {
  const route = (account: string, usable: boolean): Route => ({
    account,
    channel: account,
    identity: `${account}:1`,
    usable,
  });
  const conversation = (channels: Route[]) =>
    ({ account: "wechat", channels }) as unknown as Conversation;
  const [wechat, shut, sms] = [route("wechat", true), route("wechat", false), route("sms", true)];
  const holding: Route = { ...shut, holds: true };

  test.each([
    ["the customer's own", [sms, wechat], null, wechat],
    ["the one chosen", [wechat, sms], sms, sms],
    ["not a chosen one that has shut", [shut, sms], shut, sms],
    ["any that still reaches", [shut, sms], null, sms],
    ["one that holds, when it is chosen", [holding, sms], holding, holding],
    ["any that reaches before one that holds", [holding, sms], null, sms],
    ["one that holds before none", [holding], null, holding],
    ["none", [shut], null, null],
  ] as [string, Route[], Route | null, Route | null][])("%s", (_, routes, chosen, expected) => {
    expect(routeFor(conversation(routes), chosen && routeKey(chosen))).toBe(expected);
  });

  test("knows how long a window stays open", () => {
    const closing = { ...wechat, window_closes_at: "2026-11-21T10:00:00Z" };
    expect(windowLeft(closing, Date.parse("2026-11-21T09:00:00Z"))).toBe(3_600_000);
    expect(windowLeft(wechat, 0)).toBeNull();
  });
});

describe("drafts", () => {
  const shelf = (): Shelf & { readonly map: Map<string, string> } => {
    const map = new Map<string, string>();
    return {
      map,
      getItem: (key) => map.get(key) ?? null,
      setItem: (key, value) => void map.set(key, value),
      removeItem: (key) => void map.delete(key),
    };
  };

  test("are kept per person, conversation and kind", () => {
    const store = shelf();
    const mine = new Drafts(store, "lin");
    mine.put("c1", "reply", { text: "您好" });
    mine.put("c1", "note", { text: "记得跟进" });
    expect(new Drafts(store, "lin").get("c1", "reply").text).toBe("您好");
    expect(mine.get("c1", "note").text).toBe("记得跟进");
    expect(mine.get("c2", "reply").text).toBe("");
    expect(new Drafts(store, "wang").get("c1", "reply").text).toBe("");
  });

  test("leave nothing behind once emptied", () => {
    const store = shelf();
    const drafts = new Drafts(store, "lin");
    drafts.put("c1", "reply", { text: "x" });
    drafts.put("c1", "reply", { text: "" });
    expect(store.map.size).toBe(0);
  });

  test("survive a shelf that is full, and one that holds nonsense", () => {
    const full: Shelf = {
      getItem: () => "not json",
      setItem: () => {
        throw new Error("full");
      },
      removeItem: () => undefined,
    };
    const drafts = new Drafts(full, "lin");
    expect(() => drafts.put("c", "reply", { text: "x" })).not.toThrow();
    expect(drafts.get("c", "reply")).toEqual({ text: "" });
  });
});
