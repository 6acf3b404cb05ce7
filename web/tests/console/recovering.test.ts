import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const LONG_MS = 60_000;
/** Just after the last of the tries, with every wait in the middle of what it may be. */
const TRIED_MS = 24_000;
const ME = { login: "emma", locale: "en", permissions: [], channels: [] };
type Answer = () => Response | Promise<Response>;
let answers: Record<string, Answer> = {};

const down: Answer = () => Promise.reject(new TypeError("network error"));
const busy: Answer = () => Response.json({ code: "overloaded" }, { status: 503 });
const listed =
  (...items: readonly object[]) =>
  () =>
    Response.json({ items });

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const shelf = { getItem: (key: string) => (key.endsWith("known") ? "true" : null) };
  vi.stubGlobal("localStorage", { ...shelf, setItem: () => undefined });
  vi.stubGlobal("location", { hash: "#/all", search: "", pathname: "/" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("fetch", async (path: string) => {
    const name = path.replace("/api/v1/", "").replace(/[?/].*/, "");
    return (answers[name] ?? listed())();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("at the start", () => {
  const began = async () => {
    const state = await import("../../console/src/state/me");
    void state.boot();
    await vi.advanceTimersByTimeAsync(100);
    return state;
  };

  test.each([
    ["cannot be reached", down, "cannot be reached"],
    ["is busy", busy, "cannot answer just now"],
  ])("a desk that %s is asked until it answers, and shows no door", async (_, failure, said) => {
    answers = { session: failure };
    const { me, unanswered } = await began();
    const { sayUnread } = await import("../../console/src/i18n");
    expect(sayUnread(unanswered.value)).toContain(said);
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(me.value).toBeUndefined();
    answers = { session: () => Response.json(ME) };
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(me.value).toMatchObject({ login: "emma" });
  });

  test("a desk that knows nobody shows the door at once", async () => {
    answers = { session: () => Response.json({ code: "signed_out" }, { status: 401 }) };
    expect((await began()).me.value).toBeNull();
  });
});

describe("what failed for longer than it was asked for", () => {
  const OFFER = { id: "o1", expires_at: "2999-01-01T00:00:00Z" };
  const ROW = { id: "c1", seq: 1, status: "open", updated_at: "2026-11-23T10:00:00Z" };
  const COMING = {
    offers: listed(OFFER),
    agents: listed({ login: "emma", name: "Emma Clarke" }),
    queues: listed({ id: "q1", name: "Orders" }),
    conversations: listed(ROW),
  };

  const modules = async () => ({
    offers: await import("../../console/src/state/offers"),
    names: await import("../../console/src/state/directory"),
    lists: await import("../../console/src/state/lists"),
  });
  type Modules = Awaited<ReturnType<typeof modules>>;

  function expectAll({ offers, names, lists }: Modules): void {
    expect(offers.offers.value).toHaveLength(1);
    expect(names.agentName("emma")).toBe("Emma Clarke");
    expect(names.queueName("q1")).toBe("Orders");
    expect(lists.loadingOf("all").state).toBe("loaded");
  }

  function expectNothing({ offers, names, lists }: Modules): void {
    expect(offers.offers.value).toHaveLength(0);
    expect(names.introduced.value).toBe(false);
    expect(lists.loadingOf("all").state).toBe("failed");
  }

  test("is asked for again by itself", async () => {
    const all = await modules();
    answers = Object.fromEntries(Object.keys(COMING).map((name) => [name, busy]));
    void all.offers.loadOffers();
    void all.names.loadDirectory();
    void all.lists.load("all");
    await vi.advanceTimersByTimeAsync(TRIED_MS);
    expectNothing(all);
    answers = COMING;
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expectAll(all);
  });

  test("is asked for at once when the line is live anew", async () => {
    const lines: Line[] = [];
    class Line {
      static OPEN = 1;
      onopen?: () => void;
      onmessage?: (event: { data: string }) => void;
      onclose?: (event: { code: number }) => void;
      constructor() {
        lines.push(this);
      }
      send = () => undefined;
      close = () => undefined;
    }
    vi.stubGlobal("WebSocket", Line);
    vi.stubGlobal("document", { addEventListener: () => undefined });
    const all = await modules();
    const { startLive } = await import("../../console/src/state/live");
    const { signedIn } = await import("../../console/src/state/me");
    const me = { ...ME, permissions: ["conversation:read", "work:take"] };
    const welcome = () => {
      const frame = { type: "welcome", at: "2026-11-23T10:00:00Z", position: 1, me };
      lines.at(-1)?.onopen?.();
      lines.at(-1)?.onmessage?.({ data: JSON.stringify(frame) });
    };
    answers = Object.fromEntries(Object.keys(COMING).map((name) => [name, busy]));
    startLive();
    signedIn(me as never);
    welcome();
    await vi.advanceTimersByTimeAsync(TRIED_MS);
    expectNothing(all);
    answers = COMING;
    lines.at(-1)?.onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(1_000);
    expectNothing(all);
    welcome();
    await vi.advanceTimersByTimeAsync(100);
    expectAll(all);
  });

  test("is not asked for again where the desk has refused it", async () => {
    const lists = await import("../../console/src/state/lists");
    answers = { conversations: () => Response.json({ code: "forbidden" }, { status: 403 }) };
    await lists.load("all");
    answers = COMING;
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(lists.loadingOf("all").state).toBe("failed");
  });

  test("nor for whoever signs in next", async () => {
    const lists = await import("../../console/src/state/lists");
    const { forget } = await import("../../console/src/state/lacking");
    answers = { conversations: busy };
    void lists.load("all");
    await vi.advanceTimersByTimeAsync(31_000);
    forget();
    lists.forget();
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(lists.loadingOf("all").state).toBe("unloaded");
  });
});
