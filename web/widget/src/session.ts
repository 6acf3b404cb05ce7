// What the visitor's chat knows, and how each frame and each press changes it. No I/O, no clock.

import type { Answer } from "./survey";
import type { ServerFrame, Upload, Welcome, WireAttachment, WireMessage, WireSurvey } from "./wire";

/** A message of the visitor that the desk has not acknowledged yet. */
export interface Outgoing {
  readonly id: string;
  readonly text: string;
  readonly files: readonly Upload[];
  readonly at: number;
  /** Last handed to a live socket; 0 = never. */
  readonly sentAt: number;
  readonly failed?: { readonly code: string; readonly sentence: string };
}

export interface Shown {
  readonly id: string;
  readonly clientId: string | null;
  /** Place in the desk's log: rises through all conversations, with gaps. */
  readonly seq: number;
  readonly mine: boolean;
  readonly auto: boolean;
  readonly name: string;
  readonly text: string;
  readonly at: number;
  readonly files: readonly WireAttachment[];
  readonly survey?: WireSurvey;
}

export interface Session {
  readonly visitor: string | null;
  readonly desk: Welcome["desk"] | null;
  readonly agent: string | null;
  /** The newest message that the desk has told; where the next connection goes on. */
  readonly cursor: number;
  readonly messages: readonly Shown[];
  readonly outbox: readonly Outgoing[];
  /** The newest of the visitor's messages that an agent has read. */
  readonly agentRead: number;
  readonly typingUntil: number;
  /** Instant of the newest answer that the visitor has seen. */
  readonly seenAt: number;
  /** What this line was told: up to where the answers are here, and up to where they were read. */
  readonly told: { readonly delivered: number; readonly read: number };
  /** What the visitor answered a survey, until the desk says that it has it. */
  readonly scoring: Answer | null;
}

export type Effect =
  | { readonly do: "send"; readonly frame: object }
  | { readonly do: "keep"; readonly entry: Outgoing }
  | { readonly do: "drop"; readonly id: string }
  | { readonly do: "token"; readonly token: string }
  | { readonly do: "seen"; readonly at: number };

export type Turn = readonly [Session, readonly Effect[]];

export const TYPING_MS = 6_000;
export const RESEND_MS = 15_000;
/** How soon a refusal that passes by itself is tried again. */
export const PASSING_MS = 3_000;

/** Refusals that pass by themselves: the entry stays and is sent again. */
const PASSING: ReadonlySet<string> = new Set([
  "too_many_requests",
  "unavailable",
  "overloaded",
  "stopping",
  "internal",
]);

const NOTHING = { delivered: 0, read: 0 };

export function fresh(outbox: readonly Outgoing[], seenAt: number): Session {
  return {
    visitor: null,
    desk: null,
    agent: null,
    cursor: 0,
    messages: [],
    outbox: [...outbox].sort((a, b) => a.at - b.at),
    agentRead: 0,
    typingUntil: 0,
    seenAt,
    told: NOTHING,
    scoring: null,
  };
}

/** The visitor answers a survey: said again on each new line until the desk has it. */
export function score(session: Session, answer: Answer): Turn {
  return [{ ...session, scoring: answer }, scored(answer)];
}

function scored(answer: Answer): Effect[] {
  return [{ do: "send", frame: { type: "score", ...answer } }];
}

/** The visitor presses send. */
export function write(session: Session, entry: Outgoing): Turn {
  return [{ ...session, outbox: [...session.outbox, entry] }, [{ do: "keep", entry }]];
}

/** The visitor asks for a refused message to be tried once more. */
export function retry(session: Session, id: string): Turn {
  const refused = session.outbox.find((entry) => entry.id === id);
  if (!refused) return [session, []];
  const { failed: _, ...entry } = refused;
  return [replace(session, { ...entry, sentAt: 0 }), []];
}

/** The visitor gives a refused message up. */
export function discard(session: Session, id: string): Turn {
  const outbox = session.outbox.filter((entry) => entry.id !== id);
  return [{ ...session, outbox }, [{ do: "drop", id }]];
}

/**
 * Sends the oldest message that the desk has not taken; to be called after every change, and now
 * and then, while the line lives. One at a time: what was written first is never overtaken by what
 * was written next. The desk knows the ids, so sending again doubles nothing.
 */
export function pump(session: Session, now: number): Turn {
  const head = session.outbox.find((entry) => !entry.failed);
  if (!head || now - head.sentAt < RESEND_MS) return [session, []];
  const attachments = head.files.map((file) => file.sha256);
  const frame = { type: "message", id: head.id, text: head.text, attachments };
  return [replace(session, { ...head, sentAt: now }), [{ do: "send", frame }]];
}

/** The visitor has seen everything that is on the screen. */
export function see(session: Session): Turn {
  const last = answers(session).at(-1);
  if (!last || last.at <= session.seenAt) return [session, []];
  return [{ ...session, seenAt: last.at }, [{ do: "seen", at: last.at }]];
}

/**
 * Tells the desk which answers have come and which were read; to be called while the line lives.
 * A line that is new is told once more: the one before may have been lost with the mark.
 */
export function tell(session: Session): Turn {
  const here = answers(session);
  const delivered = here.at(-1)?.seq ?? 0;
  const read = here.findLast((message) => message.at <= session.seenAt)?.seq ?? 0;
  const effects: Effect[] = [];
  if (read > session.told.read) effects.push({ do: "send", frame: { type: "read", seq: read } });
  if (delivered > Math.max(read, session.told.delivered))
    effects.push({ do: "send", frame: { type: "delivered", seq: delivered } });
  return effects.length ? [{ ...session, told: { delivered, read } }, effects] : [session, effects];
}

function answers(session: Session): Shown[] {
  return session.messages.filter((message) => !message.mine);
}

/** Where the next connection goes on: before the first message whose file was still on its way. */
export function resumeAfter(session: Session): number {
  const awaited = session.messages.find((message) =>
    message.files.some((file) => file.state === "pending"),
  );
  return awaited ? Math.min(awaited.seq - 1, session.cursor) : session.cursor;
}

export function unread(session: Session): number {
  return answers(session).filter((message) => message.at > session.seenAt).length;
}

export function isRead(session: Session, message: Shown): boolean {
  return message.seq <= session.agentRead;
}

/** A frame from the desk. */
export function receive(session: Session, frame: ServerFrame, now: number): Turn {
  switch (frame.type) {
    case "welcome": {
      const [next, effects] = welcome(session, frame);
      return [next, [...effects, ...(next.scoring ? scored(next.scoring) : [])]];
    }
    case "message":
      return message(session, frame);
    case "ack":
      return acknowledged(session, frame.id, frame.seq);
    case "scored":
      return [surveyed(heard(session, frame.survey.id), frame.survey.id, () => frame.survey), []];
    case "typing":
      return [{ ...session, typingUntil: now + TYPING_MS }, []];
    case "agent":
      return [{ ...session, agent: frame.name }, []];
    case "read":
      return [{ ...session, agentRead: Math.max(session.agentRead, frame.seq) }, []];
    case "error":
      return refused(
        surveyed(heard(session, frame.id), frame.id, (survey) => ({
          ...survey,
          failed: frame.code,
        })),
        frame.id,
        { code: frame.code, sentence: sentence(frame) },
        now,
      );
    case "pong":
      return [session, []];
  }
}

/** The desk has said something of this survey's answer. */
function heard(session: Session, id: string | undefined): Session {
  return session.scoring?.survey === id ? { ...session, scoring: null } : session;
}

/** The survey of this name, as it stands now. */
function surveyed(
  session: Session,
  id: string | undefined,
  now: (survey: WireSurvey) => WireSurvey,
): Session {
  const messages = session.messages.map((message) =>
    message.survey && message.survey.id === id
      ? { ...message, survey: now(message.survey) }
      : message,
  );
  return { ...session, messages };
}

function sentence(frame: { detail?: string; what_to_do?: string }): string {
  return [frame.detail, frame.what_to_do].filter(Boolean).join(" ");
}

function welcome(session: Session, frame: Welcome): Turn {
  const stranger = session.visitor !== null && session.visitor !== frame.visitor;
  const known: Session = stranger ? { ...session, messages: [], cursor: 0 } : session;
  const next: Session = {
    ...known,
    visitor: frame.visitor,
    desk: frame.desk,
    agent: frame.agent?.name ?? null,
    // What was handed to the line before may have been lost with it.
    outbox: known.outbox.map((entry) => ({ ...entry, sentAt: 0 })),
    told: NOTHING,
  };
  return [next, frame.token ? [{ do: "token", token: frame.token }] : []];
}

function message(session: Session, frame: WireMessage): Turn {
  const clientId = frame.client_id ?? null;
  const same = (shown: Shown) =>
    shown.id === frame.id || (clientId !== null && shown.clientId === clientId);
  const shown = shownFrom(frame);
  const mine = clientId !== null && session.outbox.some((entry) => entry.id === clientId);
  const next: Session = {
    ...session,
    cursor: Math.max(session.cursor, frame.seq),
    messages: insert(
      session.messages.filter((other) => !same(other)),
      shown,
    ),
    outbox: session.outbox.filter((entry) => entry.id !== clientId),
    typingUntil: frame.direction === "out" ? 0 : session.typingUntil,
  };
  return [next, mine && clientId ? [{ do: "drop", id: clientId }] : []];
}

/** The desk holds the message; its echo may come later, or has come already. */
function acknowledged(session: Session, id: string, seq: number): Turn {
  const entry = session.outbox.find((waiting) => waiting.id === id);
  if (!entry) return [session, []];
  const shown: Shown = {
    id,
    clientId: id,
    seq,
    mine: true,
    auto: false,
    name: "",
    text: entry.text,
    at: entry.at,
    files: entry.files.map((file) => ({ ...file, id: file.sha256, url: null })),
  };
  const next: Session = {
    ...session,
    // The cursor stays: an acknowledgement may overtake other messages.
    messages: insert(session.messages, shown),
    outbox: session.outbox.filter((waiting) => waiting.id !== id),
  };
  return [next, [{ do: "drop", id }]];
}

function refused(
  session: Session,
  id: string | undefined,
  failed: NonNullable<Outgoing["failed"]>,
  now: number,
): Turn {
  const entry = session.outbox.find((waiting) => waiting.id === id);
  if (!entry) return [session, []];
  if (PASSING.has(failed.code))
    return [replace(session, { ...entry, sentAt: now - RESEND_MS + PASSING_MS }), []];
  const kept = { ...entry, failed };
  return [replace(session, kept), [{ do: "keep", entry: kept }]];
}

function replace(session: Session, entry: Outgoing): Session {
  const outbox = session.outbox.map((other) => (other.id === entry.id ? entry : other));
  return { ...session, outbox };
}

function insert(messages: readonly Shown[], shown: Shown): Shown[] {
  const at = messages.findLastIndex((other) => other.seq <= shown.seq) + 1;
  return [...messages.slice(0, at), shown, ...messages.slice(at)];
}

function shownFrom(frame: WireMessage): Shown {
  return {
    id: frame.id,
    clientId: frame.client_id ?? null,
    seq: frame.seq,
    mine: frame.direction === "in",
    auto: frame.author.kind === "auto",
    name: frame.author.name ?? "",
    text: frame.text,
    at: Date.parse(frame.at),
    files: frame.attachments ?? [],
    ...(frame.survey ? { survey: frame.survey } : {}),
  };
}
