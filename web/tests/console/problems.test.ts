import { beforeEach, describe, expect, test, vi } from "vitest";
import { Problem, request } from "../../console/src/api/client";

beforeEach(() => vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined }));

const OWN = { detail: "That was too often.", what_to_do: "Wait as long as Retry-After says." };

describe("how long to wait", () => {
  test.each([
    ["en", "too_many_requests", "12", "That was too often. Please try again in 12 s."],
    ["en", "too_many_requests", "90", "That was too often. Please try again in 1 min."],
    ["en", "too_many_requests", "", "That was too often. Please try again in a moment."],
    ["en", "stopping", "5", "The desk restarts. Please try again in 5 s."],
    ["zh-CN", "too_many_requests", "12", "操作过于频繁，请在 12 秒后再试。"],
    ["zh-CN", "too_many_requests", "soon", "操作过于频繁，请稍后再试。"],
    ["zh-CN", "unavailable", "3", "服务器暂时不能保存，请在 3 秒后再试。"],
    ["zh-CN", "overloaded", "3", "服务器繁忙，正优先处理客户来信。请在 3 秒后再试。"],
  ] as const)("is said in words: %s %s %s", async (locale, code, header, said) => {
    const { chosenLocale, sayProblem } = await import("../../console/src/i18n");
    chosenLocale.value = locale;
    expect(sayProblem(new Problem(429, { code, ...OWN }, header))).toBe(said);
  });

  test("is what the answer's header says", async () => {
    const headers = { "Retry-After": "7" };
    vi.stubGlobal("fetch", async () => new Response("{}", { status: 429, headers }));
    const refused: unknown = await request("POST", "/x").catch((error) => error);
    expect(refused).toMatchObject({ status: 429, waitMs: 7_000 });
  });
});

describe("an answer that breaks off", () => {
  const broken = (how: unknown) => {
    const body = new ReadableStream({
      start(out) {
        out.enqueue(new TextEncoder().encode('{"findings": ['));
        out.error(how);
      },
    });
    vi.stubGlobal("fetch", async () => new Response(body));
    return request("POST", "/x").catch((error) => error);
  };

  test.each([new TypeError("network error"), new DOMException("", "TimeoutError")])(
    "by itself has not arrived: %s",
    async (how) => {
      vi.useFakeTimers();
      const answer = broken(how);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await answer).toMatchObject({ code: "unreachable" });
      vi.useRealTimers();
    },
  );

  test("because it was given up is no answer either", async () => {
    const given = new DOMException("", "AbortError");
    expect(await broken(given)).toBe(given);
  });
});
