import { afterEach, describe, expect, test, vi } from "vitest";
import { Problem } from "../../console/src/api/client";
import { conversations } from "../../console/src/api/desk";
import { below, givenUp } from "../../console/src/state/drafted";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
afterEach(() => vi.unstubAllGlobals());

describe("a model's words", () => {
  test.each([
    ["", "Hello.", "Hello."],
    [" \n", "Hello.", "Hello."],
    ["I look. \n", "Hello.", "I look.\n\nHello."],
  ])("stand below what stands there: %j", (text, words, both) => {
    expect(below(text, words)).toBe(both);
  });

  test("are no longer waited for once they are called off, which is no fault", async () => {
    vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
      return new Promise((_resolve, reject) => {
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    });
    const abort = new AbortController();
    const waiting = conversations.draft("c1", "shop", abort.signal).catch((error) => error);
    abort.abort();
    expect(givenUp(await waiting)).toBe(true);
    expect(givenUp(new Problem(504, { code: "draft_timeout" }))).toBe(false);
  });
});

describe("why there is none", () => {
  test.each([
    ["zh-CN", "draft_limited", "120", "模型暂时不再接受请求，请自行回复，或在 2 分钟后再试。"],
    [
      "en",
      "draft_limited",
      "7",
      "The model takes no more for now. Write it yourself, or try again in 7 s.",
    ],
    ["zh-CN", "draft_timeout", "", "模型没有及时回应。请自行回复，或再试一次。"],
  ] as const)("is said in words: %s %s", async (locale, code, header, said) => {
    const { chosenLocale, sayProblem } = await import("../../console/src/i18n");
    chosenLocale.value = locale;
    expect(sayProblem(new Problem(503, { code }, header))).toBe(said);
  });
});
