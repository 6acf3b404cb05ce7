import { describe, expect, test } from "vitest";
import type { QuickReply } from "../../console/src/api/types";
import {
  fits,
  matching,
  ofQuickReply,
  ofTemplate,
  soundsAt,
} from "../../console/src/state/phrases";

const quick = (name: string, some: Partial<QuickReply> = {}): QuickReply => ({
  id: name,
  name,
  shortcut: "",
  text: "…",
  template: "",
  actions: [],
  locale: "",
  channels: [],
  shared: false,
  mine: true,
  sounds: ["", ""],
  version: 1,
  changed_by: "agent:emma",
  changed_at: "2026-01-01T00:00:00Z",
  used: null,
  ...some,
});

describe("how Chinese sounds", () => {
  test.each([
    ["written out", "tuihuo", 0],
    ["half a syllable", "tuih", 0],
    ["by first letters", "thlc", 0],
    ["from a later syllable on", "liucheng", 2],
    ["first letters from a later one on", "lc", 2],
    ["not from within a syllable", "uihuo", null],
    ["not across what is left out", "tuiliu", null],
    ["nothing asked", "", null],
  ])("%s", (_, wanted, expected) => {
    expect(soundsAt("tui huo liu cheng", wanted)).toBe(expected);
  });

  test("what has no sound sounds like nothing", () => {
    expect(soundsAt("", "t")).toBeNull();
  });
});

describe("what / offers", () => {
  const used = (times: number) => ({ times, last_at: "2026-01-01T00:00:00Z", last_by: "agent:a" });
  const all = [
    ofQuickReply(
      quick("退货流程", { shortcut: "th", sounds: ["tui huo liu cheng", "qing ji hui"] }),
    ),
    ofQuickReply(quick("Thanks", { text: "Thank you for the photo.", used: used(9) })),
    ofQuickReply(quick("发票", { text: "the invoice", sounds: ["fa piao", ""], used: used(2) })),
    ofTemplate({ name: "thanks_again", purpose: "for coming back", locales: [], used: used(1) }),
    ofTemplate({
      name: "parcel_delayed",
      purpose: "快递延误，说明原因",
      keywords: ["催件", "late"],
      sounds: ["kuai di yan wu shuo ming yuan yin", "cui jian", ""],
      locales: [],
    }),
  ];

  test.each([
    ["th", ["退货流程", "Thanks", "thanks_again", "发票"]],
    ["thanks", ["Thanks", "thanks_again"]],
    ["tuihuo", ["退货流程"]],
    ["jh", ["退货流程"]],
    ["fp", ["发票"]],
    ["kuaidi", ["parcel_delayed"]],
    ["kdyw", ["parcel_delayed"]],
    ["cuijian", ["parcel_delayed"]],
    ["cj", ["parcel_delayed"]],
    ["yuan", ["parcel_delayed"]],
    ["退货", ["退货流程"]],
    ["PHOTO", ["Thanks"]],
    ["nothing like it", []],
    ["", ["Thanks", "发票", "thanks_again", "parcel_delayed", "退货流程"]],
  ])("%j finds the nearest first, of equals what is used most", (query, names) => {
    expect(matching(all, query).map((one) => one.name)).toEqual(names);
  });

  test("what is written so goes before what only sounds so, however often that is used", () => {
    const sounds = quick("催", { sounds: ["x", "ta cui"], used: used(50) });
    const written = quick("Circuit", { used: null });
    expect(matching([sounds, written].map(ofQuickReply), "cui").map((one) => one.name)).toEqual([
      "Circuit",
      "催",
    ]);
  });

  test("what does more than speak is a macro, marked by what it does", () => {
    const actions = [{ do: "vip", vip: true }] as const;
    expect(ofQuickReply(quick("x", { actions }))).toMatchObject({ kind: "macro", actions });
  });

  test.each([
    ["any", {}, "en", "sms", true],
    ["the language", { locale: "zh-CN" }, "zh-TW", "sms", true],
    ["another language", { locale: "zh-CN" }, "en", "sms", false],
    ["a customer of whom nobody knows the language", { locale: "zh-CN" }, "", "sms", true],
    ["the channel", { channels: ["sms"] }, "en", "sms", true],
    ["another channel", { channels: ["email"] }, "en", "sms", false],
  ])("%s", (_, some, language, channel, expected) => {
    expect(fits(quick("x", some), language, channel)).toBe(expected);
  });
});
