import { beforeEach, expect, test, vi } from "vitest";
import { Problem } from "../../console/src/api/client";

const CARD = { id: "c1", seq: 1, status: "open", updated_at: "2026-11-23T10:00:00Z" };
let card: Readonly<Record<string, unknown>> = CARD;

beforeEach(() => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal("location", { hash: "#/mine/c1" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("fetch", async (path: string) => {
    const said = path.includes("/timeline") ? { items: [], more: false } : card;
    return Response.json(said);
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
