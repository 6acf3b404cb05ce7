// A reply that has been pressed and may still be taken back: it leaves a few seconds later.
//
// What leaves is kept in the browser with the key of its press until the desk has answered: a page
// that is closed meanwhile sends it, and one that is opened again asks with the same key.

import { effect, signal } from "@preact/signals";
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
/** For the composer of its conversation, which takes it and puts null here. */
export const returned = signal<Returned | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

const shelfKey = (by: string) => `parley:parting:${by}`;

function keep(what: Parting): void {
  shelf.setItem(shelfKey(what.by), JSON.stringify(what));
}

function drop(what: Parting): void {
  shelf.removeItem(shelfKey(what.by));
}

/** Sends it in a few seconds, or at once where nobody wants to wait. One before it leaves now. */
export function depart(what: Parting): void {
  void hurry();
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

async function leave(what: Parting): Promise<void> {
  const { conversation: id, body, key, macro } = what;
  try {
    if (macro) {
      await carryOut(id, macro, key);
      drop(what);
      scrollToEnd.value += 1;
      return;
    }
    const { message } = await within(id, conversations.reply(id, body, key));
    drop(what);
    takeAnswer(id, message);
    scrollToEnd.value += 1;
    if (body.then) void refresh(id);
  } catch (refusal) {
    drop(what);
    if (macro) toast(sayRefused(macro, refusal), "bad");
    else returned.value = { parting: what, refusal };
  }
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
    if (!login.value) return;
    const kept = shelf.getItem(shelfKey(login.value));
    if (kept && !leaving.peek()) void leave(JSON.parse(kept) as Parting);
  });
}
