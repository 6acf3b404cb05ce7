// Every command by name: what the keys, the palette and the buttons have in common.

import type { Conversation } from "../api/types";
import * as actions from "./actions";
import { shownRows } from "./lists";
import { may } from "./me";
import { accept, decline, offers } from "./offers";
import { mayEnter } from "./pages";
import { leaving, undo } from "./parting";
import { go, goView, openConversation, openId } from "./route";
import {
  book,
  closeSide,
  handing,
  NARROW_PX,
  overlay,
  pledge,
  postpone,
  searchFocus,
  searchText,
  selected,
  toggleSide,
  write,
} from "./ui";

interface Command {
  /** Whether the palette offers it now. */
  listed(): boolean;
  act(): void;
}

const always = () => true;
const talks = () => actions.current() !== null;

const listed = (act: () => void, when = always): Command => ({ listed: when, act });
const unlisted = (act: () => void): Command => ({ listed: () => false, act });

/** Offers first, then rows: the order on the screen is the order of the keys. */
function entries(): string[] {
  return [
    ...offers.value.map((offer) => `offer:${offer.id}`),
    ...shownRows.value.map((row) => row.id),
  ];
}

function move(by: number): void {
  const all = entries();
  if (all.length === 0) return;
  const at = all.indexOf(selected.value ?? openId.value ?? "");
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
  selected.value = all[Math.max(0, Math.min(all.length - 1, next))] ?? null;
  const shown = document.querySelector(`[data-row="${CSS.escape(selected.value ?? "")}"]`);
  shown?.scrollIntoView({ block: "nearest" });
}

function selectedOffer() {
  return offers.value.find((offer) => `offer:${offer.id}` === selected.value);
}

/** An offer that came up this instant is not accepted by a key meant for something else. */
const SURE_MS = 600;

function open(): void {
  const offer = selectedOffer();
  if (offer) {
    if (Date.now() - offerSelectedAt > SURE_MS) void accept(offer);
  } else if (selected.value) openConversation(selected.value);
}

let offerSelectedAt = 0;

/** The newest offer takes the selection, unless another offer has it. */
export function selectOffer(id: string): void {
  if (selectedOffer()) return;
  selected.value = `offer:${id}`;
  offerSelectedAt = Date.now();
}

/** Does something to the open conversation, where there is one of which `when` holds. */
function ofCurrent(
  act: (conversation: Conversation) => void,
  when: (conversation: Conversation) => boolean = always,
): Command {
  const found = () => {
    const conversation = actions.current();
    return conversation && when(conversation) ? conversation : null;
  };
  const done = () => {
    const conversation = found();
    if (conversation) act(conversation);
  };
  return listed(done, () => found() !== null);
}

function stepBack(): void {
  if (overlay.value) overlay.value = null;
  else if (handing.value) handing.value = null;
  else if (closeSide()) return;
  else if (searchText.value) searchText.value = "";
  else if (innerWidth < NARROW_PX && openId.value) openConversation(null);
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  palette: unlisted(() => {
    overlay.value = overlay.value === "palette" ? null : "palette";
  }),
  next: unlisted(() => move(1)),
  previous: unlisted(() => move(-1)),
  open: unlisted(open),
  declineOffer: unlisted(() => {
    const offer = selectedOffer();
    if (offer) void decline(offer);
  }),
  reply: listed(() => write("reply"), talks),
  note: listed(() => write("note"), talks),
  postpone: ofCurrent(postpone, () => may("message:send")),
  transfer: ofCurrent(() => {
    handing.value = "transfer";
  }),
  hold: ofCurrent(
    (one) => void actions.setStatus(one.id, actions.holdVerb(one)),
    (one) => one.status !== "resolved",
  ),
  resolve: ofCurrent((one) => void actions.setStatus(one.id, actions.resolveVerb(one))),
  callBack: ofCurrent(
    () => book("soon"),
    () => may("work:take"),
  ),
  promise: ofCurrent(pledge, () => may("message:send")),
  take: ofCurrent((one) => void actions.take(one.id), actions.mayTake),
  search: listed(() => {
    searchFocus.value += 1;
  }),
  side: listed(toggleSide, talks),
  help: listed(() => {
    overlay.value = "keys";
  }),
  knowledge: listed(() => {
    overlay.value = "knowledge";
  }),
  phrases: listed(() => {
    overlay.value = "phrases";
  }),
  undo: listed(
    () => void undo(),
    () => leaving.value !== null,
  ),
  goMine: listed(() => goView("mine")),
  goWaiting: listed(() => goView("waiting")),
  goAll: listed(() => goView("all")),
  goQueues: listed(() => go({ page: "queues" })),
  goChannels: listed(
    () => go({ page: "channels" }),
    () => mayEnter("channels"),
  ),
  goReports: listed(
    () => go({ page: "reports" }),
    () => mayEnter("reports"),
  ),
  goTemplates: listed(
    () => go({ page: "templates", name: "", locale: "" }),
    () => mayEnter("templates"),
  ),
  escape: unlisted(stepBack),
};

export function run(command: string): boolean {
  const found = COMMANDS[command];
  found?.act();
  return found !== undefined;
}
