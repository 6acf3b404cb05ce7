// Sound, desktop notification and title: so that nobody has to stare at the list.

import { effect } from "@preact/signals";
import type { MessageItem, NoteItem, Offer } from "../api/types";
import { say } from "../i18n";
import { actorName, agentName, agents } from "./directory";
import { rows, waitingMine } from "./lists";
import { login, may } from "./me";
import { mentions } from "./mentions";
import { offers } from "./offers";
import { personName } from "./people";
import { notices, sound } from "./prefs";
import { openConversation } from "./route";
import { toast } from "./toasts";

/** The tab tells how much waits, also when it is behind others. */
export function startTitle(): void {
  effect(() => {
    const count = waitingMine.value + offers.value.length;
    document.title = count ? `(${count}) Parley` : "Parley";
  });
}

let audio: AudioContext | null = null;

/** Two short tones, made here: nothing is loaded. Browsers allow it after the first press. */
function chime(): void {
  if (!sound.value) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume();
  tone(audio, 660, 0);
  tone(audio, 880, 0.14);
}

function tone(context: AudioContext, frequency: number, after: number): void {
  const [wave, volume] = [context.createOscillator(), context.createGain()];
  const from = context.currentTime + after;
  wave.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, from);
  volume.gain.exponentialRampToValueAtTime(0.12, from + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.13);
  wave.connect(volume).connect(context.destination);
  wave.start(from);
  wave.stop(from + 0.14);
}

function away(): boolean {
  return document.visibilityState !== "visible" || !document.hasFocus();
}

/** Names only: a customer's words do not belong on a lock screen. */
function notify(text: string, tag: string, conversation: string | null): void {
  if (!notices.value || !away() || !("Notification" in window)) return;
  if (Notification.permission !== "granted") return;
  const shown = new Notification(text, { tag });
  shown.onclick = () => {
    focus();
    if (conversation) openConversation(conversation);
    shown.close();
  };
}

export async function allowNotices(wanted: boolean): Promise<void> {
  if (wanted && "Notification" in window && Notification.permission === "default") {
    await Notification.requestPermission();
  }
  notices.value = wanted && "Notification" in window && Notification.permission === "granted";
}

export function noticeOffer(offer: Offer): void {
  chime();
  const name = personName(offer.conversation?.contact.name);
  notify(say("noticeOffer", { name }), offer.id, offer.conversation?.id ?? null);
}

/** Only for who supervises: a rule asked for more attention than the queue gives. */
export function noticeEscalated(conversation: string, rule: string): void {
  if (!may("conversation:read:all")) return;
  chime();
  const name = personName(rows.value.get(conversation)?.row.contact.name);
  const text = say("noticeEscalated", { name, rule });
  toast(text, "bad");
  notify(text, `escalated ${conversation}`, conversation);
}

/** A promise of this agent, or of who they have at hand, is soon due or late. */
export function noticePromise(conversation: string, what: "warned" | "late"): void {
  chime();
  const name = personName(rows.value.get(conversation)?.row.contact.name);
  const text = say(what === "late" ? "noticePromiseLate" : "noticePromise", { name });
  toast(text, what === "late" ? "bad" : "plain");
  notify(text, `promise ${conversation}`, conversation);
}

/** What was written for later could not go at its time. */
export function noticeUnsent(conversation: string): void {
  chime();
  const name = personName(rows.value.get(conversation)?.row.contact.name);
  const text = say("noticeUnsent", { name });
  toast(text, "bad");
  notify(text, `scheduled ${conversation}`, conversation);
}

export function noticeMessage(conversation: string, message: MessageItem): void {
  if (!away()) return;
  chime();
  const name = personName(rows.value.get(conversation)?.row.contact.name || message.author.name);
  notify(say("noticeMessage", { name }), conversation, conversation);
}

/** A colleague has named this agent in a note. */
export function noticeNote(conversation: string, note: NoteItem): void {
  const named = mentions(note.text, agents.peek()).some((piece) => piece.login === login.peek());
  const author = actorName(note.author);
  if (!named || author === agentName(login.peek())) return;
  chime();
  const name = personName(rows.value.get(conversation)?.row.contact.name);
  const text = say("noticeMention", { author, name });
  toast(text);
  notify(text, `note ${conversation}`, conversation);
}
