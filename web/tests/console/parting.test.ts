import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const kept = new Map<string, string>();
const KEY = "parley:parting:emma";
let asked: { path: string; key: string }[] = [];
let answers: (() => Response | Promise<Response>)[] = [];

function press(text: string, key: string, conversation = "c1") {
  return { by: "emma", conversation, body: { text }, key, uploads: [], answers: null };
}
const said = (id: string) => () => Response.json({ message: { type: "message", id, seq: 1 } });
const cut = () => Promise.reject(new TypeError("network error"));
const refused = (status: number) => () => Response.json({ code: "x" }, { status });

/** The page's modules, as one that has just been opened. */
async function opened() {
  vi.resetModules();
  const { me } = await import("../../console/src/state/me");
  const parting = await import("../../console/src/state/parting");
  const { setStatus } = await import("../../console/src/state/actions");
  const prefs = await import("../../console/src/state/prefs");
  me.value = { login: "emma", permissions: [], channels: [] } as never;
  prefs.undoSend.value = false;
  return { ...parting, me, prefs, setStatus };
}

beforeEach(() => {
  kept.clear();
  asked = [];
  answers = [];
  vi.useFakeTimers();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("fetch", async (path: string, { headers }: { headers: Record<string, string> }) => {
    asked.push({ path: path.split("/").slice(4).join("/"), key: headers["Idempotency-Key"] ?? "" });
    return (answers.shift() ?? said("m"))();
  });
});
afterEach(() => vi.useRealTimers());

const keys = () => asked.map((one) => one.key);

describe("a reply that has left", () => {
  test.each([
    ["an answer that is lost", cut],
    ["a desk that is busy", refused(503)],
    ["a proxy without a desk", refused(502)],
    ["too many at once", refused(429)],
  ])("is asked for with the same key until there is an answer: %s", async (_, how) => {
    const { depart, underWay, returned } = await opened();
    answers = [how, how];
    depart(press("hello", "k1"));
    await vi.advanceTimersByTimeAsync(500);
    expect(underWay.value).toHaveLength(1);
    expect(kept.get(KEY)).toContain("k1");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(keys()).toEqual(["k1", "k1", "k1"]);
    expect([underWay.value, returned.value, kept.get(KEY)]).toEqual([[], null, undefined]);
  });

  test("comes back when the desk refuses it", async () => {
    const { depart, returned, composing } = await opened();
    composing.value = "c1";
    answers = [refused(422)];
    depart(press("hello", "k1"));
    await vi.advanceTimersByTimeAsync(10);
    expect(returned.value).toMatchObject({ parting: { key: "k1" }, refusal: { status: 422 } });
    expect([keys(), kept.get(KEY)]).toEqual([["k1"], undefined]);
  });

  test("is not overtaken by the next of its conversation, which is by others", async () => {
    const { depart } = await opened();
    answers = [cut, said("n")];
    depart(press("one", "k1"));
    depart(press("two", "k2"));
    depart(press("else", "k3", "c2"));
    await vi.advanceTimersByTimeAsync(10);
    expect(keys()).toEqual(["k1", "k3"]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(keys()).toEqual(["k1", "k3", "k1", "k2"]);
    expect(kept.get(KEY)).toBeUndefined();
  });

  test("goes on in the next page when its own ends before the answer", async () => {
    const first = await opened();
    answers = [() => new Promise(() => undefined)];
    first.depart(press("one", "k1"));
    first.depart(press("two", "k2"));
    await vi.advanceTimersByTimeAsync(10);
    asked = [];
    const next = await opened();
    next.startParting();
    await vi.advanceTimersByTimeAsync(10);
    expect(keys()).toEqual(["k1", "k2"]);
    expect(kept.get(KEY)).toBeUndefined();
  });

  test("a day later is a draft: the desk may not know its key any more", async () => {
    const { startParting } = await opened();
    kept.set(KEY, JSON.stringify([{ ...press("old", "k1"), at: Date.now() - 24 * 3_600_000 }]));
    startParting();
    await vi.advanceTimersByTimeAsync(10);
    expect(keys()).toEqual([]);
    expect(kept.get("parley:draft:emma:c1:reply")).toContain("old");
  });

  test("as an older page kept it is a draft too", async () => {
    const { startParting, depart } = await opened();
    kept.set(KEY, JSON.stringify(press("old", "k1")));
    startParting();
    depart(press("new", "k2"));
    await vi.advanceTimersByTimeAsync(10);
    expect(keys()).toEqual(["k2"]);
    expect(kept.get("parley:draft:emma:c1:reply")).toContain("old");
  });

  test("is never sent by somebody else", async () => {
    const { depart, me } = await opened();
    answers = [cut];
    depart(press("hello", "k1"));
    await vi.advanceTimersByTimeAsync(10);
    me.value = { login: "lin", permissions: [], channels: [] } as never;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(keys()).toEqual(["k1"]);
    expect(kept.get(KEY)).toContain("k1");
  });
});

describe("what is done in the same breath", () => {
  const done = () => asked.filter((one) => /status|reply/.test(one.path)).map((one) => one.path);

  test.each([
    ["a reply that is under way", true],
    ["a reply that may still be taken back", false],
  ])("waits for %s", async (_, gone) => {
    const { depart, prefs, setStatus } = await opened();
    prefs.undoSend.value = !gone;
    answers = [
      () => new Promise((late) => setTimeout(() => late(said("m")() as Response), 300)),
      () => Response.json({ id: "c1" }),
    ];
    depart(press("hello", "k1"));
    void setStatus("c1", "resolve");
    await vi.advanceTimersByTimeAsync(200);
    expect(done()).toEqual(["c1/reply"]);
    await vi.advanceTimersByTimeAsync(500);
    expect(done()).toEqual(["c1/reply", "c1/status"]);
  });

  test("is not done where the reply was refused", async () => {
    const { depart, setStatus } = await opened();
    answers = [refused(422)];
    depart(press("hello", "k1"));
    const did = setStatus("c1", "resolve");
    await vi.advanceTimersByTimeAsync(500);
    expect(await did).toBe(false);
    expect(done()).toEqual(["c1/reply"]);
  });

  test("waits for no other conversation", async () => {
    const { depart, setStatus } = await opened();
    answers = [() => new Promise(() => undefined), () => Response.json({ id: "c2" })];
    depart(press("hello", "k1"));
    void setStatus("c2", "resolve");
    await vi.advanceTimersByTimeAsync(10);
    expect(done()).toEqual(["c1/reply", "c2/status"]);
  });
});
