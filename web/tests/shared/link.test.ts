import { describe, expect, test } from "vitest";
import {
  BEAT_MS,
  backoffMs,
  IDLE,
  type Link,
  type LinkEffect,
  type LinkInput,
  SILENCE_MS,
  step,
} from "../../shared/link";

function run(inputs: readonly LinkInput[], random = 0.5): { link: Link; last: string[] } {
  let link = IDLE;
  let last: readonly LinkEffect[] = [];
  for (const input of inputs) [link, last] = step(link, input, random);
  return { link, last: last.map(label) };
}

function label(effect: LinkEffect): string {
  if (effect.do === "wait") return `wait ${effect.name} ${effect.ms}`;
  return effect.do === "clear" ? `clear ${effect.name}` : effect.do;
}

const LIVE: readonly LinkInput[] = [{ kind: "start" }, { kind: "opened" }, { kind: "welcomed" }];

describe("a link", () => {
  test("opens when started, greets when open and lives once welcomed", () => {
    expect(run([{ kind: "start" }]).last).toContain("open");
    expect(run([{ kind: "start" }, { kind: "opened" }]).last[0]).toBe("hello");
    expect(run(LIVE).link.phase).toBe("live");
  });

  test("is not opened twice by two starts", () => {
    expect(run([{ kind: "start" }, { kind: "start" }]).last).toEqual([]);
  });

  test("asks for a sign of life after a quiet spell, and takes any frame for one", () => {
    const beat: LinkInput = { kind: "timer", name: "beat" };
    expect(run([...LIVE, beat]).last).toEqual(["ping", `wait silence ${SILENCE_MS}`]);
    expect(run([...LIVE, beat, { kind: "heard" }]).last).toEqual([
      "clear silence",
      `wait beat ${BEAT_MS}`,
    ]);
  });

  test("gives a silent socket up and tries again", () => {
    const { link, last } = run([...LIVE, { kind: "timer", name: "silence" }]);
    expect(link.phase).toBe("waiting");
    expect(last[0]).toBe("close");
    expect(last.at(-1)).toMatch(/^wait retry/);
  });

  test("gives a server up that opens but never welcomes", () => {
    const silence: LinkInput = { kind: "timer", name: "silence" };
    expect(run([{ kind: "start" }, { kind: "opened" }, silence]).link.phase).toBe("waiting");
    expect(run([{ kind: "start" }, silence]).link.phase).toBe("waiting");
  });

  test("tries at once when the network returns or the page wakes", () => {
    const { link, last } = run([...LIVE, { kind: "closed", code: 1006 }, { kind: "nudged" }]);
    expect(link.phase).toBe("connecting");
    expect(last).toContain("open");
    expect(run([...LIVE, { kind: "nudged" }]).last[0]).toBe("ping");
  });

  test.each([
    [4401, "signed_out"],
    [4403, "refused"],
  ] as const)("stops for good on %i", (code, why) => {
    const { link } = run([...LIVE, { kind: "closed", code }]);
    expect(link).toEqual({ phase: "stopped", attempt: 0, stopped: why });
    expect(run([...LIVE, { kind: "closed", code }, { kind: "nudged" }]).link.phase).toBe("stopped");
  });

  test("counts failures up to the next welcome", () => {
    const closed: LinkInput = { kind: "closed", code: 1006 };
    const retry: LinkInput = { kind: "timer", name: "retry" };
    const failing = [...LIVE, closed, retry, closed, retry, closed];
    expect(run(failing).link.attempt).toBe(3);
    expect(run([...failing, ...[retry, ...LIVE.slice(1)]]).link.attempt).toBe(0);
  });

  test("clears every timer when stopped", () => {
    expect(run([...LIVE, { kind: "stop" }]).last).toEqual([
      "clear retry",
      "clear beat",
      "clear silence",
      "close",
    ]);
  });

  test("ignores what a socket says after it was closed", () => {
    const waiting = run([...LIVE, { kind: "closed", code: 1006 }]).link;
    for (const kind of ["opened", "welcomed", "heard"] as const)
      expect(step(waiting, { kind }, 0.5)[0]).toBe(waiting);
    expect(step(waiting, { kind: "closed", code: 1006 }, 0.5)[0]).toBe(waiting);
  });
});

describe("the wait before the next try", () => {
  test.each([
    ["the first is short", 1006, 0, 0, 250],
    ["the first has a bound", 1006, 0, 1, 500],
    ["it doubles", 1006, 3, 0, 2_000],
    ["it ends at half a minute", 1006, 50, 1, 30_000],
    ["a restarting node spreads its visitors from at once", 1012, 0, 0, 0],
    ["a restarting node spreads its visitors over ten seconds", 1012, 0, 1, 10_000],
    ["a node that stays down is asked ever less", 1012, 4, 0, 4_000],
    ["one that was too slow waits longer", 1013, 0, 0, 5_250],
  ] as const)("%s", (_, code, attempt, random, expected) => {
    expect(backoffMs(code, attempt, random)).toBe(expected);
  });
});
