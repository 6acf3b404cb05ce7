import { beforeEach, expect, test, vi } from "vitest";

let refusal: string | null = null;
let sent: unknown[] = [];

beforeEach(() => {
  sent = [];
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("fetch", async (path: string, ask: { body?: string }) => {
    if (!path.endsWith("/transfer")) return Response.json({ items: [] });
    sent.push(JSON.parse(ask.body ?? "{}"));
    if (refusal) return Response.json({ code: refusal }, { status: 409 });
    return Response.json({ done: true });
  });
});

async function handOn(permissions: readonly string[], force = false) {
  const { me } = await import("../../console/src/state/me");
  const { transfer } = await import("../../console/src/state/actions");
  me.value = { login: "chen", permissions } as unknown as typeof me.value;
  const full = vi.fn();
  const done = await transfer("c1", "agent:emma", { force, full });
  return { done, full: full.mock.calls.length };
}

const SUPERVISOR = ["work:take", "conversation:read:all"];

test.each([
  ["a supervisor, no room", SUPERVISOR, "no_capacity", 1],
  ["a supervisor, nobody there", SUPERVISOR, "not_there", 0],
  ["an agent, no room", ["work:take"], "no_capacity", 0],
  ["a supervisor, done", SUPERVISOR, null, 0],
])("it may be forced after: %s", async (_label, permissions, code, full) => {
  refusal = code;
  expect(await handOn(permissions)).toEqual({ done: code === null, full });
  expect(sent).toEqual([{ to: "agent:emma" }]);
});

test("who presses once more says so", async () => {
  refusal = null;
  expect(await handOn(SUPERVISOR, true)).toEqual({ done: true, full: 0 });
  expect(sent).toEqual([{ to: "agent:emma", force: true }]);
});
