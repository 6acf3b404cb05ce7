import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toneOf } from "../../console/src/state/promises";
import { figure, urgency } from "../../console/src/state/urgency";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.resetModules();
});
afterEach(() => void vi.useRealTimers());

test.each([
  ["between two ticks", 2_300],
  ["just before one", 2_999],
  ["on a tick itself", 3_000],
])("what is due %s is late that very instant, in picture and words alike", async (_, due) => {
  const { now, presentBefore } = await import("../../console/src/state/clock");
  const drawn: string[] = [];
  const pledge = {
    id: "p",
    owner: "lin",
    state: "open",
    due: new Date(due).toISOString(),
  } as const;
  const stop = now.subscribe(() => {
    const { leftMs, tone } = urgency(0, due, presentBefore(due));
    drawn.push(`${figure(leftMs)} ${tone} ${toneOf({ ...pledge, warned: false }, now.value)}`);
  });
  vi.advanceTimersByTime(due);
  expect(drawn.at(-1)).not.toContain("late");
  vi.advanceTimersByTime(1);
  expect(drawn.at(-1)).toBe("0:00 late late");
  stop();
});
