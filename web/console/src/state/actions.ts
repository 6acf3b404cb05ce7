// What an agent does to the open conversation, by name.

import { signal } from "@preact/signals";
import { Problem } from "../api/client";
import { calls, conversations, work } from "../api/desk";
import type { Conversation, Row } from "../api/types";
import { say } from "../i18n";
import { load, takeRow } from "./lists";
import { login, may } from "./me";
import { opened, readAnew, refresh, within } from "./open";
import { parted } from "./parting";
import { openConversation } from "./route";
import { attempt, toast } from "./toasts";

export function can(conversation: Conversation, what: string): boolean {
  return conversation.can[what] ?? true;
}

export function isMine(row: Row | Conversation): boolean {
  return row.work?.agent === login.value;
}

export function mayTake(conversation: Conversation): boolean {
  const gathers = !conversation.work && conversation.status === "open" && conversation.turn;
  const state = gathers ? "waiting" : conversation.work?.state;
  if (!state || isMine(conversation) || !may("work:take") || !can(conversation, "take"))
    return false;
  const free = state === "waiting" || state === "offered";
  // A supervisor may also take over what a colleague has.
  return free || (state === "assigned" && may("conversation:read:all"));
}

export function inWrapup(conversation: Conversation): boolean {
  return conversation.work?.state === "wrapup" && isMine(conversation);
}

interface Pending {
  readonly pending?: boolean;
}

/** Routing decides; when it takes longer than the desk waits, the socket brings the answer. */
async function ask(
  id: string,
  act: () => Promise<unknown>,
  refused?: (error: unknown) => void,
): Promise<boolean> {
  const done = await attempt(async () => {
    const answer = (await act()) as Pending | undefined;
    if (answer?.pending) toast(say("pendingDecision"));
  }, refused);
  void refresh(id);
  void load("mine");
  return done;
}

export function take(id: string): Promise<boolean> {
  return ask(id, () => work.take(id));
}

export function endWrapup(id: string): Promise<boolean> {
  return ask(id, () => work.endWrapup(id));
}

export function extendWrapup(id: string): Promise<boolean> {
  return ask(id, () => work.extendWrapup(id));
}

/** How a conversation is handed on. */
interface Handover {
  /** For whoever has it next. */
  readonly note?: string;
  /** Whether the colleague has room for it or not; only supervisors may. */
  readonly force?: boolean;
  /** Told where it was refused because they have none, and the desk would do it all the same. */
  readonly full?: () => void;
}

export async function transfer(
  id: string,
  to: string,
  { note = "", force = false, full }: Handover = {},
): Promise<boolean> {
  const refused = (error: unknown) => {
    const forcible = error instanceof Problem && error.code === "no_capacity";
    if (forcible && may("conversation:read:all")) full?.();
  };
  if (!(await parted(id))) return false;
  const done = await ask(id, () => work.transfer(id, to, note.trim(), force), refused);
  if (done) {
    consulted.value = null;
    toast(say("transferred"));
  }
  return done;
}

type Verb = "hold" | "wake" | "resolve" | "reopen";

/** Behind what was said: whoever resolves in the same breath would have their words refused. */
export async function setStatus(id: string, verb: Verb): Promise<boolean> {
  if (!(await parted(id))) return false;
  return attempt(async () => {
    takeRow(await within(id, conversations.status(id, verb)));
    await refresh(id);
  });
}

export function holdVerb(conversation: Conversation): Verb {
  return conversation.status === "open" ? "hold" : "wake";
}

export function resolveVerb(conversation: Conversation): Verb {
  return conversation.status === "resolved" ? "reopen" : "resolve";
}

export function hold(id: string, held: boolean): Promise<boolean> {
  return attempt(async () => {
    await calls.hold(id, held);
    consulted.value = null;
    await refresh(id);
  });
}

/** A colleague is asked while the caller hears music; who it is, until the call goes on. */
export const consulted = signal<{ readonly call: string; readonly agent: string } | null>(null);

export function consult(id: string, agent: string): Promise<boolean> {
  return attempt(async () => {
    const call = await calls.consult(id, agent);
    consulted.value = { call: call.id, agent };
    await refresh(id);
  });
}

export function hangUp(id: string): Promise<boolean> {
  return attempt(async () => {
    await calls.hangUp(id);
    await refresh(id);
  });
}

/** It goes on in another conversation, which is shown then. */
export async function joinInto(id: string, into: string): Promise<boolean> {
  const done = await attempt(async () => takeRow(await conversations.merge(id, into)));
  if (!done) return false;
  void refresh(id);
  openConversation(into);
  return true;
}

/** From a message on it is a conversation of its own, which is shown then. */
export async function splitFrom(id: string, message: string): Promise<boolean> {
  return attempt(async () => {
    const made = await conversations.split(id, message);
    takeRow(made);
    openConversation(made.id);
    await readAnew(id);
  });
}

/** The open conversation's card, once it is here. */
export function current(): Conversation | null {
  return opened.value?.conversation ?? null;
}
