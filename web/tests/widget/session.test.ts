import { describe, expect, test } from "vitest";
import {
  discard,
  type Effect,
  fresh,
  isRead,
  type Outgoing,
  PASSING_MS,
  pump,
  RESEND_MS,
  receive,
  resumeAfter,
  retry,
  type Session,
  score,
  see,
  TYPING_MS,
  tell,
  unread,
  write,
} from "../../widget/src/session";
import type { ServerFrame, WireMessage } from "../../widget/src/wire";

const T0 = Date.parse("2026-11-21T09:00:00Z");

const welcome: ServerFrame = {
  type: "welcome",
  token: "secret",
  visitor: "v1",
  desk: { name: "小店", open: true },
  head: 0,
  agent: null,
};

function entry(id: string, at = T0): Outgoing {
  return { id, text: `words of ${id}`, files: [], at, sentAt: 0 };
}

function said(seq: number, more: Partial<WireMessage> = {}): WireMessage {
  return {
    type: "message",
    seq,
    id: `m${seq}`,
    direction: "out",
    author: { name: "小林", kind: "agent" },
    text: "您好",
    at: new Date(T0 + seq * 1000).toISOString(),
    ...more,
  };
}

const echo = (seq: number, id: string) =>
  said(seq, { direction: "in", client_id: id, author: { name: null, kind: "visitor" } });

/** Plays frames on a living line; returns the session and all that was done on the way. */
function play(start: Session, ...frames: ServerFrame[]): { session: Session; effects: Effect[] } {
  const effects: Effect[] = [];
  let session = start;
  for (const frame of frames) {
    for (const turn of [(one: Session) => receive(one, frame, T0), pumped]) {
      const [next, more] = turn(session);
      session = next;
      effects.push(...more);
    }
  }
  return { session, effects };
}

const pumped = (session: Session, now = T0) => pump(session, now);

/** Written while the line is down. */
function written(...ids: string[]): Session {
  return ids.reduce((session, id, at) => write(session, entry(id, T0 + at))[0], fresh([], 0));
}

/** Written and handed to a living line. */
const handed = (...ids: string[]) => pumped(written(...ids))[0];

function sentIds(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) =>
    effect.do === "send" && "id" in effect.frame ? [String(effect.frame.id)] : [],
  );
}

describe("what the visitor writes", () => {
  test("is kept before it is sent", () => {
    const [session, effects] = write(fresh([], 0), entry("a"));
    expect(effects.map((effect) => effect.do)).toEqual(["keep"]);
    expect(sentIds(pumped(session)[1])).toEqual(["a"]);
  });

  test("waits while the line is down, and goes out in order, one after the other", () => {
    const welcomed = play(written("a", "b", "c"), welcome);
    expect(sentIds(welcomed.effects)).toEqual(["a"]);
    const first = play(welcomed.session, { type: "ack", id: "a", seq: 3 });
    expect(sentIds(first.effects)).toEqual(["b"]);
    expect(sentIds(play(first.session, echo(4, "b")).effects)).toEqual(["c"]);
  });

  test("of a survey is said on every new line until the desk has it", () => {
    const answer = { survey: "s1", score: 5, scores: {}, comment: "" };
    const frame = { type: "score", ...answer };
    const [given, effects] = score(fresh([], 0), answer);
    expect(effects).toEqual([{ do: "send", frame }]);
    const again = play(given, welcome);
    expect(again.effects).toContainEqual({ do: "send", frame });
    const other: ServerFrame = { type: "error", code: "unavailable", id: "s0" };
    expect(play(again.session, other, welcome).effects).toContainEqual({ do: "send", frame });
    for (const end of [
      {
        type: "scored",
        survey: { id: "s1", until: "", dimensions: [], score: 5, scores: {}, comment: "" },
      },
      { type: "error", code: "survey_over", id: "s1" },
    ] as const)
      expect(play(again.session, end, welcome).effects).not.toContainEqual({ do: "send", frame });
  });

  test("survives a reload in the order in which it was written", () => {
    const session = fresh([entry("b", T0 + 1), entry("a", T0)], 0);
    expect(sentIds(play(session, welcome).effects)).toEqual(["a"]);
  });

  test("is sent again after each reconnect until acknowledged, and never afterwards", () => {
    const again = play(handed("a"), welcome);
    expect(sentIds(again.effects)).toEqual(["a"]);
    const acked = play(again.session, { type: "ack", id: "a", seq: 3 });
    expect(acked.effects).toEqual([{ do: "drop", id: "a" }]);
    expect(sentIds(play(acked.session, welcome).effects)).toEqual([]);
  });

  test.each([
    ["acknowledged, then echoed", [{ type: "ack", id: "a", seq: 3 }, echo(3, "a")]],
    ["echoed, then acknowledged", [echo(3, "a"), { type: "ack", id: "a", seq: 3 }]],
    ["echoed only, in a replay", [echo(3, "a")]],
    ["acknowledged only", [{ type: "ack", id: "a", seq: 3 }]],
    ["echoed twice", [echo(3, "a"), echo(3, "a")]],
  ] as [string, ServerFrame[]][])("stands once on the screen: %s", (_, frames) => {
    const after = play(handed("a"), welcome, ...frames).session;
    expect(after.messages.map((message) => message.clientId)).toEqual(["a"]);
    expect(after.outbox).toEqual([]);
  });

  test("is tried again on the same line when no acknowledgement comes", () => {
    const session = handed("a");
    expect(sentIds(pumped(session, T0 + RESEND_MS - 1)[1])).toEqual([]);
    expect(sentIds(pumped(session, T0 + RESEND_MS)[1])).toEqual(["a"]);
  });

  test("is shown as refused with the desk's own words, and can be sent again or given up", () => {
    const refusal: ServerFrame = {
      type: "error",
      code: "text_too_long",
      detail: "Too long.",
      what_to_do: "Shorten it.",
      id: "a",
    };
    const after = play(handed("a"), refusal).session;
    expect(after.outbox[0]?.failed).toEqual({
      code: "text_too_long",
      sentence: "Too long. Shorten it.",
    });
    expect(sentIds(play(after, welcome).effects)).toEqual([]);
    expect(sentIds(pumped(retry(after, "a")[0])[1])).toEqual(["a"]);
    expect(discard(after, "a")[0].outbox).toEqual([]);
  });

  test("does not wait behind a message that was refused for good", () => {
    const refusal: ServerFrame = { type: "error", code: "empty", id: "a" };
    expect(sentIds(play(handed("a", "b"), refusal).effects)).toEqual(["b"]);
  });

  test("waits behind a message whose refusal passes, so that the order stands", () => {
    const busy: ServerFrame = { type: "error", code: "too_many_requests", id: "a" };
    const after = play(handed("a", "b"), busy);
    expect(after.session.outbox[0]?.failed).toBeUndefined();
    expect(sentIds(after.effects)).toEqual([]);
    expect(sentIds(pumped(after.session, T0 + PASSING_MS - 1)[1])).toEqual([]);
    expect(sentIds(pumped(after.session, T0 + PASSING_MS)[1])).toEqual(["a"]);
  });
});

describe("the cursor", () => {
  test("is the newest message seen", () => {
    expect(play(fresh([], 0), welcome, said(4), said(7)).session.cursor).toBe(7);
  });

  test("does not leap over answers that an acknowledgement has overtaken", () => {
    const after = play(handed("a"), said(4), { type: "ack", id: "a", seq: 6 }).session;
    expect(after.cursor).toBe(4);
    const healed = play(after, said(5), echo(6, "a")).session;
    expect(healed.messages.map((message) => message.seq)).toEqual([4, 5, 6]);
  });

  test("a replay of what is known changes nothing on the screen", () => {
    const before = play(fresh([], 0), said(1), said(2), said(3)).session;
    const after = play(before, said(2), said(3)).session;
    expect(after.messages).toEqual(before.messages);
    expect(after.cursor).toBe(3);
  });

  test("a file that was on its way is asked for again, with what came after it", () => {
    const file = { id: "f", filename: "a.png", media_type: "image/png", size_bytes: 9, url: null };
    const start = play(fresh([], 0), welcome, said(4), said(5)).session;
    expect(resumeAfter(start)).toBe(5);
    const waits = play(start, said(7, { attachments: [{ ...file, state: "pending" }] }), said(9));
    expect(resumeAfter(waits.session)).toBe(6);
    const here = said(7, { attachments: [{ ...file, state: "ready", url: "/f" }] });
    const { session } = play(waits.session, here);
    expect(resumeAfter(session)).toBe(9);
    expect(session.messages.map((message) => message.seq)).toEqual([4, 5, 7, 9]);
  });

  test("another visitor's token brings an empty screen", () => {
    const before = play(fresh([], 0), welcome, said(9)).session;
    const after = play(before, { ...welcome, visitor: "v2" } as ServerFrame).session;
    expect([after.messages, after.cursor]).toEqual([[], 0]);
  });
});

describe("reading", () => {
  test("answers count as unread until seen, the visitor's own words never", () => {
    const session = play(fresh([], 0), welcome, said(1), echo(2, "x"), said(3)).session;
    expect(unread(session)).toBe(2);
    const [seen, effects] = see(session);
    expect(unread(seen)).toBe(0);
    expect(effects).toEqual([{ do: "seen", at: T0 + 3_000 }]);
    expect(see(seen)[1]).toEqual([]);
  });

  test("the desk is told which answers have come, and which were read", () => {
    const came = play(fresh([], 0), welcome, said(1), echo(2, "x"), said(3)).session;
    const [shut, delivered] = tell(came);
    expect(delivered).toEqual([{ do: "send", frame: { type: "delivered", seq: 3 } }]);
    expect(tell(shut)[1]).toEqual([]);
    const [open, read] = tell(see(shut)[0]);
    expect(read).toEqual([{ do: "send", frame: { type: "read", seq: 3 } }]);
    expect(tell(open)[1]).toEqual([]);
  });

  test("what was told on a line that broke is told again on the next", () => {
    const read = tell(see(play(fresh([], 0), welcome, said(1)).session)[0])[0];
    const again = play(read, welcome).session;
    expect(tell(again)[1]).toEqual([{ do: "send", frame: { type: "read", seq: 1 } }]);
  });

  test("of words of the visitor alone there is nothing to tell", () => {
    expect(tell(play(fresh([], 0), welcome, echo(2, "x")).session)[1]).toEqual([]);
  });

  test("what was seen before a reload is not unread after it", () => {
    expect(unread(play(fresh([], T0 + 1_000), said(1), said(2)).session)).toBe(1);
  });

  test("the agent's read mark covers what came before it", () => {
    const { session } = play(fresh([], 0), echo(2, "x"), echo(5, "y"), { type: "read", seq: 2 });
    expect(session.messages.map((message) => isRead(session, message))).toEqual([true, false]);
  });

  test("typing ends with the answer, or by itself", () => {
    const typing = play(fresh([], 0), { type: "typing" }).session;
    expect(typing.typingUntil).toBe(T0 + TYPING_MS);
    expect(play(typing, said(1)).session.typingUntil).toBe(0);
  });
});

describe("a survey", () => {
  const survey = {
    id: "s1",
    until: new Date(T0 + 60_000).toISOString(),
    dimensions: ["speed"],
    score: null,
    scores: {},
    comment: "",
  };
  const asking = said(2, { survey });
  const shown = (...frames: ServerFrame[]) =>
    play(fresh([], 0), welcome, said(1), asking, ...frames).session.messages.map(
      (message) => message.survey,
    );

  test("comes with the message that asks", () => {
    expect(shown()).toEqual([undefined, survey]);
  });

  test("stands as the desk says, and the last answer counts", () => {
    const given = { ...survey, score: 4, scores: { speed: 2 } };
    const better = { ...given, score: 5 };
    expect(shown({ type: "scored", survey: given })).toEqual([undefined, given]);
    expect(shown({ type: "scored", survey: given }, { type: "scored", survey: better })).toEqual([
      undefined,
      better,
    ]);
  });

  test.each([
    ["of this survey is told there", "s1", "survey_over"],
    ["of another is not", "s2", undefined],
  ])("a refusal %s", (_, id, failed) => {
    const [, told] = shown({ type: "error", code: "survey_over", id });
    expect(told?.failed).toBe(failed);
  });

  test("an answer takes a refusal away", () => {
    const [, told] = shown(
      { type: "error", code: "unavailable", id: "s1" },
      { type: "scored", survey: { ...survey, score: 3 } },
    );
    expect(told).toEqual({ ...survey, score: 3 });
  });
});
