import { describe, expect, test } from "vitest";
import { Press, pressOf } from "../../console/src/state/press";

const MINUTE_MS = 60_000;
const reply = (text: string, send_at: string) => ({ text, send_at });
const hour = { text: "Hello", wish: "laterHour" };

describe("a press whose answer was lost", () => {
  test("is the same wish a minute later: the same instant under the same key", () => {
    const press = new Press();
    const first = press.of(reply("Hello", "11:00"), hour, 0);
    expect(press.of(reply("Hello", "11:01"), hour, MINUTE_MS)).toEqual(first);
    expect(first.body.send_at).toBe("11:00");
  });

  test.each([
    ["other words", reply("Hello again", "11:01"), { text: "Hello again", wish: "laterHour" }],
    ["another choice", reply("Hello", "tomorrow"), { ...hour, wish: "laterTomorrow" }],
    ["on a condition", reply("Hello", "11:01"), { ...hour, unless_answered: true }],
  ])("%s are another wish", (_, body, wish) => {
    const press = new Press();
    const { key } = press.of(reply("Hello", "11:00"), hour, 0);
    expect(press.of(body, wish, MINUTE_MS).key).not.toBe(key);
    expect(press.of(body, wish, MINUTE_MS).body).toEqual(body);
  });

  test("long afterwards an hour is another hour", () => {
    const press = new Press();
    const { key } = press.of(reply("Hello", "11:00"), hour, 0);
    const later = press.of(reply("Hello", "11:30"), hour, 30 * MINUTE_MS);
    expect(later.key).not.toBe(key);
    expect(later.body.send_at).toBe("11:30");
  });

  test("the same words stay the same press however late", () => {
    const press = new Press();
    const { key } = press.of({ text: "Hello" }, undefined, 0);
    expect(press.of({ text: "Hello" }, undefined, 90 * MINUTE_MS).key).toBe(key);
  });

  test("what the desk has answered is over", () => {
    const press = new Press();
    const { key } = press.of(reply("Hello", "11:00"), hour, 0);
    press.over();
    expect(press.of(reply("Hello", "11:00"), hour, 0).key).not.toBe(key);
  });

  test("what left under a key comes back under it", () => {
    const press = new Press();
    press.hold({ text: "Hello" }, "k1");
    expect(press.of({ text: "Hello" }).key).toBe("k1");
    expect(press.of({ text: "Hello!" }).key).not.toBe("k1");
  });

  test("is found again after a look elsewhere, by nobody else", () => {
    const { key } = pressOf("emma", "c1").of({ text: "Hello" });
    expect(pressOf("emma", "c1").of({ text: "Hello" }).key).toBe(key);
    expect(pressOf("emma", "c2").of({ text: "Hello" }).key).not.toBe(key);
    expect(pressOf("otto", "c1").of({ text: "Hello" }).key).not.toBe(key);
  });
});
