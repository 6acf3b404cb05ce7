import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventItem, Scheduled } from "../../console/src/api/types";
import { eventWords } from "../../console/src/state/eventwords";
import { fieldOf, inAnHour, inOrder, instantOf, tomorrow } from "../../console/src/state/later";

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = "Asia/Shanghai";
});
afterAll(() => {
  process.env.TZ = zone;
});

describe("when a reply for later goes", () => {
  test.each([
    ["on the minute", "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"],
    ["past the minute", "2026-11-23T10:00:01Z", "2026-11-23T11:01:00Z"],
  ])("an hour %s", (_, from, to) => {
    expect(inAnHour(Date.parse(from))).toBe(Date.parse(to));
  });

  test.each([
    ["in Shanghai", "2026-11-23T10:00:00Z", "Asia/Shanghai", "2026-11-24T01:00:00Z"],
    ["whose day there has begun", "2026-11-23T17:00:00Z", "Asia/Shanghai", "2026-11-25T01:00:00Z"],
    ["west of Greenwich", "2026-11-23T03:00:00Z", "America/New_York", "2026-11-23T14:00:00Z"],
    [
      "when its clocks go forward",
      "2026-03-07T18:00:00Z",
      "America/New_York",
      "2026-03-08T13:00:00Z",
    ],
    ["when its clocks go back", "2026-10-24T12:00:00Z", "Europe/Berlin", "2026-10-25T08:00:00Z"],
    ["at the end of a month", "2026-11-30T10:00:00Z", "UTC", "2026-12-01T09:00:00Z"],
  ])("tomorrow morning %s", (_, from, timeZone, to) => {
    expect(new Date(tomorrow(Date.parse(from), timeZone))).toEqual(new Date(to));
  });

  test("a field has the reader's own clock, both ways", () => {
    const at = Date.parse("2026-11-24T01:30:00Z");
    expect(fieldOf(at)).toBe("2026-11-24T09:30");
    expect(instantOf("2026-11-24T09:30")).toBe(at);
    expect(instantOf("")).toBeNull();
    expect(instantOf("soon")).toBeNull();
  });
});

test("what could not go stands before what waits, the first due first", () => {
  const one = (send_at: string, state: Scheduled["state"]) => ({ send_at, state }) as Scheduled;
  const all = [
    one("2026-11-25T10:00:00Z", "waiting"),
    one("2026-11-24T10:00:00Z", "waiting"),
    one("2026-11-26T10:00:00Z", "refused"),
  ];
  expect(inOrder(all).map(({ send_at }) => send_at.slice(8, 10))).toEqual(["26", "24", "25"]);
});

test.each([
  ["sent", "", "Sent what was written for later"],
  ["refused", "courtesy", "A reply for later could not be sent"],
  ["cancelled", "", "cancelled a reply for later"],
  ["cancelled", "answered", "The follow-up was cancelled: the customer wrote"],
  ["cancelled", "resolved", "The follow-up was cancelled: the conversation is over"],
])("the timeline says of one that is %s (%s)", (state, reason, said) => {
  const event = {
    kind: "reply.unscheduled",
    actor: "system",
    body: { state, reason },
  } as unknown as EventItem;
  expect(eventWords(event)).toBe(said);
});
