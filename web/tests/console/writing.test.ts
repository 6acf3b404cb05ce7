import { describe, expect, test } from "vitest";
import type { Agent, Capabilities, Conversation, Route } from "../../console/src/api/types";
import { Drafts, type Shelf } from "../../console/src/state/drafts";
import { emojiFor } from "../../console/src/state/emoji";
import { colleagues, mentions } from "../../console/src/state/mentions";
import { meter, segments, units } from "../../console/src/state/meter";
import { matching, ofTemplate } from "../../console/src/state/phrases";
import { routeFor, routeKey, windowLeft } from "../../console/src/state/routes";
import { askedAt, insert, isUnfinished, type Sign } from "../../console/src/state/slash";

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

const ALL: readonly Sign[] = ["/", ":", "@"];

describe("signs that ask for something", () => {
  test.each([
    ["at the start", "/gre", 4, { sign: "/", from: 0, to: 4, query: "gre" }],
    ["after a word", "您好 /致", 5, { sign: "/", from: 3, to: 5, query: "致" }],
    ["on a new line", "a\n/", 3, { sign: "/", from: 2, to: 3, query: "" }],
    ["an emoji", "thanks :smi", 11, { sign: ":", from: 7, to: 11, query: "smi" }],
    ["an emoji by a Chinese keyboard", "好 ：微", 4, { sign: ":", from: 2, to: 4, query: "微" }],
    ["a colleague", "@li", 3, { sign: "@", from: 0, to: 3, query: "li" }],
    ["a colleague behind a Chinese word", "请@li", 4, { sign: "@", from: 1, to: 4, query: "li" }],
    ["not inside an address", "https://a.cn/x", 14, null],
    ["not inside a mail address", "a@b", 3, null],
    ["not inside a word", "and/or", 6, null],
    ["not a time", "at 10:30", 8, null],
    ["not a colon by itself", "one :", 5, null],
    ["not a colon of a Chinese sentence", "地址：北京", 5, null],
    ["not once a space follows", "/gre ", 5, null],
  ] as const)("%s", (_, text, cursor, expected) => {
    expect(askedAt(text, cursor, ALL)).toEqual(expected);
  });

  test("only where they mean something", () => {
    expect(askedAt("@li", 3, ["/", ":"])).toBeNull();
  });

  test("gives way to the template's words, and the cursor stands behind them", () => {
    const slash = askedAt("a /gr b", 5, ALL);
    expect(slash && insert("a /gr b", slash, "您好")).toEqual({ text: "a 您好 b", cursor: 4 });
  });

  test.each([
    ["/refund", true],
    [" /致歉 ", true],
    ["/", true],
    ["/refund is on its way", false],
    ["see /refund", false],
    ["", false],
  ])("%j alone is no reply: %s", (text, expected) => {
    expect(isUnfinished(text)).toBe(expected);
  });

  test("finds by name and purpose, names that begin with it first", () => {
    const template = (name: string, purpose = "") => ofTemplate({ name, purpose, locales: [] });
    const all = [template("late_apology"), template("apology"), template("hold", "请稍候")];
    expect(matching(all, "apo").map((one) => one.name)).toEqual(["apology", "late_apology"]);
    expect(matching(all, "稍").map((one) => one.name)).toEqual(["hold"]);
  });

  test.each([
    ["道歉", ["apology", "late"]],
    ["对不起", ["apology"]],
    ["Sorry", ["apology", "late"]],
    ["致歉", ["apology", "late"]],
    ["late", ["late"]],
    ["退款", []],
  ])("finds %s by what it is known by in any language", (query, names) => {
    const template = (name: string, purpose: string, keywords: string[]) =>
      ofTemplate({ name, purpose, keywords, locales: [] });
    const all = [
      template("late", "it leaves later: sorry", ["it leaves later: sorry", "延迟，致歉", "道歉"]),
      template("apology", "for a long wait", ["sorry", "致歉", "道歉", "对不起"]),
    ];
    expect(matching(all, query).map((one) => one.name)).toEqual(names);
  });
});

describe("emoji", () => {
  test("are found by their names in either language", () => {
    expect(emojiFor("smi").map((one) => one.sign)).toContain("😊");
    expect(emojiFor("谢").map((one) => one.sign)).toEqual(["🙏"]);
    expect(emojiFor("zzz")).toEqual([]);
  });
});

describe("colleagues in a note", () => {
  const agent = (login: string, name: string): Agent => ({
    login,
    name,
    presence: "available",
    load: 0,
    capacity: 100,
  });
  const desk = [agent("lin", "林晓 Lin Xiao"), agent("emma", "Emma Clarke")];

  test.each([
    ["one", "ask @lin please", ["ask ", "@林晓 Lin Xiao", " please"]],
    ["at the end of a sentence", "See @emma.", ["See ", "@Emma Clarke", "."]],
    ["behind a Chinese comma", "麻烦，@lin 看看", ["麻烦，", "@林晓 Lin Xiao", " 看看"]],
    ["a stranger stays a word", "ask @nobody", ["ask @nobody"]],
    ["a mail address names nobody", "x@lin.cn", ["x@lin.cn"]],
    ["nobody", "", []],
  ])("%s", (_, text, expected) => {
    expect(mentions(text, desk).map((piece) => piece.text)).toEqual(expected);
  });

  test("are found by login and name, never oneself", () => {
    expect(colleagues(desk, "xiao", "emma").map((one) => one.login)).toEqual(["lin"]);
    expect(colleagues(desk, "", "emma").map((one) => one.login)).toEqual(["lin"]);
    expect(colleagues(desk, "e", "").map((one) => one.login)).toEqual(["emma"]);
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
