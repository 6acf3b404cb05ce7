import { beforeEach, expect, test, vi } from "vitest";
import { Problem } from "../../console/src/api/client";

const CARD = { id: "c1", seq: 1, status: "open", updated_at: "2026-11-23T10:00:00Z" };
let card: Readonly<Record<string, unknown>> = CARD;
let items: readonly unknown[] = [];
let down = false;

beforeEach(() => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal("location", { hash: "#/mine/c1" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("fetch", async (path: string) => {
    if (down) return Response.json({ code: "overloaded" }, { status: 503 });
    return Response.json(path.includes("/timeline") ? { items, more: false } : card);
  });
});

test("who is refused because it goes on elsewhere is shown where", async () => {
  const { opened, within } = await import("../../console/src/state/open");
  await vi.waitFor(() => expect(opened.value?.conversation).toMatchObject(CARD));
  card = { ...CARD, seq: 2, status: "resolved", continued_in: "c2" };
  const refusal = (code: string) => within("c1", Promise.reject(new Problem(409, { code })));
  await expect(refusal("resolved")).rejects.toMatchObject({ code: "resolved" });
  expect(opened.value?.conversation?.continued_in).toBeUndefined();
  await expect(refusal("continued")).rejects.toMatchObject({ code: "continued" });
  await vi.waitFor(() => expect(opened.value?.conversation?.continued_in).toBe("c2"));
});

test("read anew after a gap, the card stays; while the desk cannot answer it is asked again", async () => {
  const { opened, refresh, reload } = await import("../../console/src/state/open");
  items = [{ type: "event", seq: 1, kind: "conversation.opened" }];
  await refresh("c1");
  expect(opened.value?.items).toHaveLength(1);
  vi.useFakeTimers();
  down = true;
  void reload();
  await vi.advanceTimersByTimeAsync(31_000);
  expect(opened.value?.conversation).toMatchObject({ id: "c1" });
  expect(opened.value?.items).toHaveLength(0);
  expect(opened.value?.problem).toContain("asked again");
  down = false;
  items = [...items, { type: "event", seq: 2, kind: "turn.opened" }];
  await vi.advanceTimersByTimeAsync(30_000);
  expect(opened.value?.items).toHaveLength(2);
  expect(opened.value?.problem).toBeNull();
  vi.useRealTimers();
});
