import { describe, expect, test } from "vitest";
import type { Agent, Presence, Queue } from "../../console/src/api/types";
import { CHORDS, keysOf, type Press, read } from "../../console/src/state/chords";
import { hashOf, placeFrom } from "../../console/src/state/places";
import { targets } from "../../console/src/state/targets";

function press(keys: string): Press {
  const parts = keys.split("+");
  const key = parts.at(-1) || "+";
  return {
    key: parts.includes("Ctrl") && key.length === 1 ? key.toLowerCase() : key,
    ctrlKey: parts.includes("Ctrl"),
    metaKey: false,
    altKey: parts.includes("Alt"),
    shiftKey: parts.includes("Shift"),
  };
}

describe("keys", () => {
  test.each([
    ["j", "outside", "next"],
    ["?", "outside", "help"],
    ["c", "outside", "callBack"],
    ["p", "outside", "promise"],
    ["c", "field", null],
    ["Ctrl+K", "outside", "palette"],
    ["Ctrl+K", "composer", "palette"],
    ["Ctrl+K", "field", "palette"],
    ["Ctrl+Enter", "composer", "send"],
    ["Ctrl+Shift+Enter", "composer", "sendWait"],
    ["Ctrl+Alt+Enter", "composer", "sendResolve"],
    ["Alt+Enter", "composer", "postpone"],
    ["Alt+Enter", "outside", null],
    ["Ctrl+Enter", "outside", null],
    ["j", "composer", null],
    ["j", "field", null],
    ["Ctrl+J", "outside", null],
    ["Alt+j", "outside", null],
  ] as const)("%s %s is %s", (keys, place, command) => {
    expect(read(press(keys), place, "").command).toBe(command);
  });

  test("the command key of a Mac is the control key", () => {
    const mac = { ...press("Ctrl+K"), ctrlKey: false, metaKey: true };
    expect(read(mac, "outside", "").command).toBe("palette");
  });

  test("a question mark is typed with shift", () => {
    expect(read({ ...press("?"), shiftKey: true }, "outside", "").command).toBe("help");
  });

  test("g waits for its second key", () => {
    const first = read(press("g"), "outside", "");
    expect(first).toEqual({ command: null, pending: "g" });
    expect(read(press("m"), "outside", first.pending)).toEqual({ command: "goMine", pending: "" });
    expect(read(press("x"), "outside", first.pending)).toEqual({ command: null, pending: "" });
  });

  test("no two commands share their keys", () => {
    const seen = CHORDS.map((chord) => `${chord.place} ${chord.keys}`);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("are told as they are printed", () => {
    expect(keysOf("declineOffer")).toBe("⌫");
    expect(keysOf("nonsense")).toBe("");
  });
});

describe("places", () => {
  test.each(["#/mine", "#/waiting/0192-abc", "#/resolved/a%2Fb", "#/queues", "#/channels"])(
    "%s is the address of itself",
    (hash) => {
      expect(hashOf(placeFrom(hash))).toBe(hash);
    },
  );

  test.each(["", "#", "#/nowhere", "#token"])("%j leads home", (hash) => {
    expect(hashOf(placeFrom(hash))).toBe("#/mine");
  });
});

describe("whom a conversation can be handed to", () => {
  const queue = (id: string): Queue => ({
    id,
    name: id === "after" ? "售后服务" : id,
    waiting: 1,
    offered: 0,
    assigned: 0,
    longest_wait_ms: null,
    agents_available: 1,
    open_now: true,
  });
  const agent = (login: string, presence: Presence, load: number): Agent => ({
    login,
    name: login,
    presence,
    load,
    capacity: 100,
  });
  const people = [
    agent("off", "offline", 0),
    agent("busy", "busy", 0),
    agent("full", "available", 90),
    agent("free", "available", 10),
    agent("me", "available", 0),
  ];
  const found = (text: string) =>
    targets([queue("support"), queue("after")], people, {
      text,
      me: "me",
      queue: "support",
      agent: "",
    }).map((target) => target.to);

  test("queues first, then the free before the busy; neither its own queue nor oneself", () => {
    expect(found("")).toEqual([
      "queue:after",
      "agent:free",
      "agent:full",
      "agent:busy",
      "agent:off",
    ]);
  });

  test("are found by name and id", () => {
    expect(found("售后")).toEqual(["queue:after"]);
    expect(found("FRE")).toEqual(["agent:free"]);
  });
});
