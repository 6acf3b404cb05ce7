import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Ask, type Problem, request } from "../../console/src/api/client";

const TRIES_END_MS = 31_000;
let asked: number[] = [];

/** A desk that gives these answers one after another, the last of them for ever. */
function desk(...answers: readonly (() => Response | Promise<Response>)[]): void {
  asked = [];
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    asked.push(Date.now());
    if (init.signal?.aborted) return Promise.reject(init.signal.reason);
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    return answer ? (async () => answer())() : Promise.reject(new Error("no answer"));
  });
}

const broken = () => Promise.reject(new TypeError("network error"));
const refused =
  (status: number, headers = {}) =>
  () =>
    Response.json({ code: "x" }, { status, headers });
const given = () => Response.json({ it: "came" });
const outcome = (method = "GET", ask: Ask = {}) =>
  request(method, "/x", ask).catch((error: unknown) => error);

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(async () => {
  // What a test leaves waiting would answer the next one.
  await vi.advanceTimersByTimeAsync(TRIES_END_MS);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("what is read is asked for again", () => {
  test.each([
    ["the line broke", broken],
    ["too often", refused(429)],
    ["a proxy without a desk", refused(502)],
    ["busy", refused(503)],
    ["too slow", refused(504)],
  ])("after %s", async (_, failure) => {
    desk(failure, failure, given);
    const answer = outcome();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await answer).toEqual({ it: "came" });
    expect(asked).toHaveLength(3);
  });

  test("with growing waits, and given up after half a minute", async () => {
    desk(refused(503));
    const answer = outcome();
    await vi.advanceTimersByTimeAsync(TRIES_END_MS);
    expect(await answer).toMatchObject({ status: 503 });
    const waits = asked.slice(1).map((at, n) => at - (asked[n] ?? 0));
    expect(waits).toEqual([375, 750, 1_500, 3_000, 6_000, 12_000]);
  });

  test.each([
    ["7", 7_375],
    ["3600", 10_375],
    ["soon", 375],
  ])("no sooner than Retry-After: %s says, within reason", async (header, ms) => {
    desk(refused(503, { "Retry-After": header }), given);
    const answer = outcome();
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toEqual({ it: "came" });
  });

  test("and the caller hears of each try that is followed by another", async () => {
    desk(broken, refused(503), given);
    const heard: Problem[] = [];
    const answer = outcome("GET", { failing: (problem) => heard.push(problem) });
    await vi.advanceTimersByTimeAsync(5_000);
    await answer;
    expect(heard.map((one) => one.status)).toEqual([0, 503]);
  });

  test("once for all who want it", async () => {
    desk(refused(503), refused(503), given);
    const answers = [outcome(), outcome()];
    await vi.advanceTimersByTimeAsync(100);
    answers.push(outcome());
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await Promise.all(answers)).toEqual([{ it: "came" }, { it: "came" }, { it: "came" }]);
    expect(asked).toHaveLength(3);
  });
});

describe("asked once", () => {
  test.each([400, 401, 403, 404, 409, 500])("is what was answered %i", async (status) => {
    desk(refused(status), given);
    expect(await outcome()).toMatchObject({ status });
    await vi.advanceTimersByTimeAsync(TRIES_END_MS);
    expect(asked).toHaveLength(1);
  });

  test("is what may be given up: a search says at once that it has failed", async () => {
    desk(refused(429), given);
    const { signal } = new AbortController();
    expect(await outcome("GET", { signal })).toMatchObject({ status: 429 });
    await vi.advanceTimersByTimeAsync(TRIES_END_MS);
    expect(asked).toHaveLength(1);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])(
    "is whatever does something: %s",
    async (method) => {
      for (const failure of [broken, refused(503)]) {
        desk(failure, given);
        const answer = outcome(method);
        await vi.advanceTimersByTimeAsync(TRIES_END_MS);
        expect(asked).toHaveLength(1);
        expect(await answer).toMatchObject({ name: "Error" });
      }
    },
  );
});
