// A reply that has been pressed and may still be taken back: it leaves a few seconds later.
//
// What leaves is kept in the browser with the key of its press until the desk has answered. While the
// desk is out of reach nobody knows whether it has it: the same press is asked again, by this page or
// by the next, and done once. In a conversation one leaves after the other.

import { effect, signal } from "@preact/signals";
import { passes } from "../api/client";
import { conversations, type Reply } from "../api/desk";
import type { MessageItem, Upload } from "../api/types";
import { sayProblem } from "../i18n";
import { deskNow } from "./clock";
import { Drafts } from "./drafts";
import { carryOut, type Doing, sayRefused } from "./macros";
import { login } from "./me";
import { refresh, takeAnswer, within } from "./open";
import { shelf, undoSend } from "./prefs";
import { toast } from "./toasts";
import { scrollToEnd } from "./ui";

export const UNDO_MS = 5_000;
const AGAIN_MS = 1_000;
const MOST_MS = 15_000;
/** As long as the desk surely knows a key again. */
const KNOWN_MS = 20 * 3_600_000;

/** One press of "send". */
export interface Parting {
  /** The login of its author, who may have been signed out when it comes back. */
  readonly by: string;
  readonly conversation: string;
  readonly body: Reply;
  readonly key: string;
  readonly uploads: readonly Upload[];
  readonly answers: MessageItem | null;
  /** All that is done with it, which is more than a reply. */
  readonly macro?: Doing;
  /** The instant of the press, as the desk counts it. */
  readonly at: number;
}

/** A reply that came back: taken back by its author, or refused by the desk. */
export interface Returned {
  readonly parting: Parting;
  /** Why; null when its author wanted it back. */
  readonly refusal: unknown;
}

export interface Leaving {
  readonly what: Parting;
  /** The instant, as the desk counts it. */
  readonly at: number;
}

/** What leaves next. */
export const leaving = signal<Leaving | null>(null);
/** What has left, in its order, and has no answer yet. */
export const underWay = signal<readonly Parting[]>([]);
/** For the composer of its conversation, which takes it and puts null here. */
export const returned = signal<Returned | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

const shelfKey = (by: string) => `parley:parting:${by}`;

function kept(by: string): readonly Parting[] {
  try {
    return [JSON.parse(shelf.getItem(shelfKey(by)) ?? "[]")].flat(); // an older page kept but one
  } catch {
    return [];
  }
}

function put(by: string, all: readonly Parting[]): void {
  if (all.length > 0) shelf.setItem(shelfKey(by), JSON.stringify(all));
  else shelf.removeItem(shelfKey(by));
}

function keep(what: Parting): void {
  put(what.by, [...kept(what.by), what]);
}

function drop(what: Parting): void {
  const others = kept(what.by).filter((one) => one.key !== what.key);
  put(what.by, others);
}

/** Sends it in a few seconds, or at once where nobody wants to wait. One before it leaves now. */
export function depart(press: Omit<Parting, "at">): void {
  void hurry();
  const what = { ...press, at: deskNow() };
  keep(what);
  leaving.value = { what, at: deskNow() + UNDO_MS };
  scrollToEnd.value += 1;
  if (undoSend.peek()) timer = setTimeout(hurry, UNDO_MS);
  else void hurry();
}

/** What is about to leave leaves now. */
export async function hurry(): Promise<void> {
  const what = take();
  if (what) await leave(what);
}

/** What was pressed in a conversation leaves now; false where the desk has not taken all of it. */
export async function parted(conversation: string): Promise<boolean> {
  if (leaving.peek()?.what.conversation === conversation) void hurry();
  const last = underWay.peek().findLast((one) => one.conversation === conversation);
  return (await (last && answers.get(last.key))) ?? true;
}

/** Takes back what is about to leave; false when nothing is. */
export function undo(): boolean {
  const what = take();
  if (!what) return false;
  drop(what);
  if (!what.macro) returned.value = { parting: what, refusal: null };
  return true;
}

function take(): Parting | null {
  clearTimeout(timer);
  const what = leaving.peek()?.what ?? null;
  leaving.value = null;
  return what;
}

/** One after the other in each conversation; done when the desk has answered this one. */
async function leave(what: Parting): Promise<void> {
  const before = underWay.peek().findLast((one) => one.conversation === what.conversation);
  underWay.value = [...underWay.peek(), what];
  const left = Promise.resolve(before && answers.get(before.key)).then(() => answered(what));
  answers.set(what.key, left);
  await left;
}

/** Of what is under way: whether the desk took it, once it has answered. */
const answers = new Map<string, Promise<boolean>>();

async function answered(what: Parting): Promise<boolean> {
  let taken = false;
  for (let waitMs = AGAIN_MS; login.peek() === what.by; waitMs = Math.min(2 * waitMs, MOST_MS)) {
    try {
      await carry(what);
      taken = true;
    } catch (refusal) {
      if (passes(refusal)) {
        await pause(refusal.waitMs ?? waitMs);
        continue;
      }
      if (what.macro) toast(sayRefused(what.macro, refusal), "bad");
      else returned.value = { parting: what, refusal };
    }
    drop(what);
    break;
  }
  // Its author has left: it stays with their things, and goes when they are back.
  answers.delete(what.key);
  underWay.value = underWay.peek().filter((one) => one.key !== what.key);
  return taken;
}

async function carry({ conversation: id, body, key, macro }: Parting): Promise<void> {
  if (macro) await carryOut(id, macro, key);
  else {
    const { message } = await within(id, conversations.reply(id, body, key));
    takeAnswer(id, message);
    if (body.then) void refresh(id);
  }
  scrollToEnd.value += 1;
}

/** Until the time has come, or the browser has a line again. */
async function pause(ms: number): Promise<void> {
  const over = new AbortController();
  await new Promise((goOn) => {
    setTimeout(goOn, ms);
    addEventListener("online", goOn, { signal: over.signal });
  });
  over.abort();
}

/** Whoever is not looking at the conversation finds the words as its draft. */
function shelve({ parting: what, refusal }: Returned): void {
  const drafts = new Drafts(shelf, what.by);
  const { conversation: id, body } = what;
  const written = drafts.get(id, "reply").text;
  drafts.put(id, "reply", { text: [body.text, written].filter(Boolean).join("\n\n") });
  if (refusal) toast(sayProblem(refusal), "bad");
}

/** Whose composer is on the screen; it takes what returns. */
export const composing = signal<string | null>(null);

export function startParting(): void {
  addEventListener("pagehide", () => void hurry());
  effect(() => {
    const back = returned.value;
    if (!back || back.parting.conversation === composing.value) return;
    returned.value = null;
    shelve(back);
  });
  // A page that was closed before the desk had answered: the same press, and never twice.
  effect(() => {
    const ours = new Set([leaving.peek()?.what, ...underWay.peek()].map((one) => one?.key));
    for (const one of login.value ? kept(login.value) : []) {
      if (ours.has(one.key)) continue;
      if (deskNow() - one.at < KNOWN_MS) void leave(one);
      else {
        drop(one);
        shelve({ parting: one, refusal: null });
      }
    }
  });
}
