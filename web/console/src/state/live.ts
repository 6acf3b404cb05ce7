// The live socket's frames, carried to lists, offers, the open conversation and notices.

import { computed, effect, signal, untracked } from "@preact/signals";
import { IDLE, type Link } from "../../../shared/link";
import { Socket } from "../../../shared/socket";
import type { LiveEvent, LiveFrame, Presence } from "../api/types";
import { setDeskTime } from "./clock";
import { selectOffer } from "./commands";
import { agentName, loadDirectory } from "./directory";
import { askNow, forget as forgetLacking } from "./lacking";
import { forget as forgetLists, markStale, reloadAll, rows, takeRow } from "./lists";
import { login, may, me, signedIn } from "./me";
import {
  noticeEscalated,
  noticeMessage,
  noticeNote,
  noticeOffer,
  noticePromise,
  noticeUnsent,
} from "./notices";
import { addOffer, dropOffer, forget as forgetOffers, loadOffers } from "./offers";
import * as open from "./open";
import { goView, openId } from "./route";
import { forget as forgetLater, loadMine, loadMineSoon, mineLater } from "./scheduled";

export const link = signal<Link>(IDLE);
export const isLive = computed(() => link.value.phase === "live");

let position: number | null = null;
let socket: Socket | null = null;

/** Opens the line for whoever is signed in; closes it when they sign out. */
export function startLive(): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new Socket(`${scheme}://${location.host}/api/v1/live`, {
    hello: () => ({ type: "hello", after: position }),
    frame: (frame) => take(frame as LiveFrame),
    changed: (state) => {
      link.value = state;
      if (state.stopped === "signed_out") me.value = null;
    },
  });
  effect(() => {
    const who = login.value;
    untracked(() => {
      forgetLists();
      forgetOffers();
      forgetLater();
      forgetLacking();
      open.forget();
      position = null;
      if (who) socket?.start();
      else socket?.stop();
    });
  });
  effect(() => {
    if (isLive.value) untracked(askNow);
  });
  effect(() => {
    const conversation = openId.value;
    if (isLive.value) socket?.send({ type: "watch", conversation });
  });
}

/** Does what ends this browser's session and brings another: the line rests meanwhile. */
export async function renewing<T>(act: () => Promise<T>): Promise<T> {
  socket?.stop();
  try {
    return await act();
  } finally {
    if (me.value) socket?.start();
  }
}

export function tellTyping(conversation: string): void {
  socket?.send({ type: "typing", conversation });
}

function take(frame: LiveFrame): void {
  switch (frame.type) {
    case "welcome":
      setDeskTime(Date.parse(frame.at));
      signedIn(frame.me);
      // Whoever is given no work has none of their own to look at first.
      if (!location.hash && frame.me.capacity === 0) goView("all");
      if (position === null) void loadEverything();
      position ??= frame.position;
      return;
    case "gap":
      position = null;
      void loadEverything();
      return;
    case "typing":
      return open.showTyping(
        frame.conversation,
        frame.who.kind === "agent" ? agentName(frame.who.name) : (frame.who.name ?? ""),
      );
    case "viewers":
      open.viewers.value = { ...open.viewers.value, [frame.conversation]: frame.logins };
      return;
    case "event":
      position = frame.position;
      return event(frame);
    case "pong":
      return setDeskTime(Date.parse(frame.at));
  }
}

async function loadEverything(): Promise<void> {
  const asked: Promise<unknown>[] = [loadDirectory()];
  if (may("conversation:read")) asked.push(reloadAll(), open.reload());
  if (may("work:take")) asked.push(loadOffers());
  if (may("message:send")) asked.push(loadMine());
  await Promise.allSettled(asked);
}

type Handler = (frame: LiveEvent) => void;

/** What a kind of event changes beyond the rows and items that it brings along. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "offer.changed": (frame) => {
    if (frame.body.agent !== login.value) return;
    if (frame.body.what !== "created") return dropOffer(String(frame.body.offer));
    if (frame.offer) {
      addOffer(frame.offer);
      selectOffer(frame.offer.id);
      noticeOffer(frame.offer);
    } else void loadOffers();
  },
  "agent.changed": (frame) => {
    if (frame.body.agent !== login.value || !me.value) return;
    me.value = {
      ...me.value,
      presence: frame.body.presence as Presence,
      load: Number(frame.body.load ?? me.value.load),
      reason: typeof frame.body.reason === "string" ? frame.body.reason : null,
    };
  },
  "sending.changed": ({ body }) => {
    if (!me.value) return;
    me.value = { ...me.value, desk: { ...me.value.desk, sending_paused: body.paused === true } };
  },
  "message.settled": (frame) => {
    if (!frame.conversation || frame.message) return;
    const { message, state, reason } = frame.body;
    open.takeState(
      frame.conversation,
      String(message),
      String(state),
      reason ? String(reason) : null,
    );
  },
  "conversation.split": ({ conversation, body }) => {
    if (conversation && conversation === body.conversation) void open.readAnew(conversation);
  },
  "conversation.escalated": ({ conversation, body }) => {
    if (conversation && body.notify) noticeEscalated(conversation, String(body.rule));
  },
  "promise.changed": ({ conversation, body, row }) => {
    if (!conversation || (body.what !== "warned" && body.what !== "late")) return;
    const known = row ?? rows.value.get(conversation)?.row;
    const mine = known?.promise?.owner === login.value || known?.work?.agent === login.value;
    if (mine) noticePromise(conversation, body.what);
  },
  "reply.unscheduled": ({ conversation, body, row }) => {
    if (!conversation || body.state !== "refused") return;
    const known = row ?? rows.value.get(conversation)?.row;
    const mine = mineLater.peek().some((one) => one.id === body.scheduled);
    if (mine || known?.work?.agent === login.value || openId.value === conversation)
      noticeUnsent(conversation);
  },
  "note.written": ({ conversation, note }) => {
    if (conversation && note) noticeNote(conversation, note);
  },
  "message.received": (frame) => {
    if (!frame.conversation) return;
    open.stopTyping(frame.conversation);
    const mine = (frame.row ?? rows.value.get(frame.conversation)?.row)?.work?.agent;
    if (mine === login.value && frame.message && !frame.message.automatic)
      noticeMessage(frame.conversation, frame.message);
  },
};

/** Kinds after which a row that was not sent along may look different. */
const ROW_KINDS = /^(message|conversation|work|assignment|offer|turn|wrapup|contact|promise)\./;

/** Kinds after which the open conversation's card (what it can, its channels) may differ. */
const CARD_KINDS =
  /^(call|conversation|assignment|work|contact|identity|wrapup|turn|promise|reply|survey)\.|^message\.(received|written|released)$/;

function event(frame: LiveEvent): void {
  const id = frame.conversation;
  if (frame.row) takeRow(frame.row);
  if (id) {
    const item = frame.message ?? frame.note;
    if (item) open.takeItem(id, item);
    else if (frame.seq && open.isKnown(id))
      open.takeItem(id, {
        type: "event",
        seq: frame.seq,
        kind: frame.kind,
        at: frame.at,
        actor: frame.actor,
        body: frame.body,
      });
    if (!frame.row && ROW_KINDS.test(frame.kind)) markStale(id);
    if (id === openId.value && CARD_KINDS.test(frame.kind)) refreshCard(id);
  }
  if (frame.kind.startsWith("reply.") && may("message:send")) loadMineSoon();
  HANDLERS[frame.kind]?.(frame);
}

let cardTimer: ReturnType<typeof setTimeout> | undefined;
const CARD_MS = 150;

/** One decision brings several events; the card is asked for once. */
function refreshCard(id: string): void {
  clearTimeout(cardTimer);
  cardTimer = setTimeout(() => void open.refresh(id), CARD_MS);
}
