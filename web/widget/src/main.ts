// The widget's composition: finds the desk it came from, connects session, socket and window.

import { uuid } from "../../shared/ids";
import type { Link } from "../../shared/link";
import { Socket } from "../../shared/socket";
import { Composer } from "./composer";
import { blobUrl, upload } from "./files";
import { Keep } from "./keep";
import { Log } from "./log";
import { Panel } from "./panel";
import * as chat from "./session";
import type { ServerFrame, WireAttachment } from "./wire";
import { LOCALES, localeFrom } from "./words";

/** A short break is no news; only after this long does the banner tell. */
const TROUBLE_MS = 2_000;

const PUMP_MS = 1_000;

/** Characters of a locale that the desk reads. */
const LONGEST_LOCALE = 35;

/** Answers that come together are told of together. */
const TELL_MS = 150;

class Widget {
  readonly panel: Panel;
  readonly #base: URL;
  readonly #keep: Keep;
  readonly #asked: string;
  readonly #identity: string | null;
  readonly #socket: Socket;
  readonly #log: Log;
  readonly #composer: Composer;
  readonly #blobs = new Map<string, Promise<string>>();
  #session: chat.Session;
  #troubled = false;
  #trouble: ReturnType<typeof setTimeout> | undefined;
  #drawing = 0;
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(base: URL, asked: string, identity: string | null) {
    const locale = localeFrom(asked);
    const words = LOCALES[locale];
    this.#base = base;
    this.#asked = asked;
    this.#identity = identity;
    this.#keep = new Keep(base.pathname.split("/").at(-1) ?? "");
    this.#session = chat.fresh(this.#keep.outbox(), this.#keep.seenAt);
    this.#socket = new Socket(base.href.replace(/^http/, "ws"), {
      hello: () => this.#hello(),
      frame: (frame) => this.#frame(frame as ServerFrame),
      changed: (link) => this.#changed(link),
    });
    this.#log = new Log(words, locale, {
      retry: (id) => this.#take(chat.retry(this.#session, id)),
      discard: (id) => this.#take(chat.discard(this.#session, id)),
      blob: (file) => this.#blob(file),
      score: (answer) => this.#take(chat.score(this.#session, answer)),
    });
    this.#composer = new Composer(words, this.#keep.draft, {
      send: (text, files) => this.#write(text, files),
      typing: () => this.#socket.send({ type: "typing" }),
      draft: (text) => {
        this.#keep.draft = text;
      },
      upload: (file, progress) => {
        const { token } = this.#keep;
        return token ? upload(`${base.href}/files`, token, file, progress) : null;
      },
    });
    this.panel = new Panel({
      log: this.#log.element,
      composer: this.#composer.element,
      field: this.#composer.area,
      words,
      locale,
      toggled: (open) => this.#toggled(open),
      files: (files) => this.#composer.add(files),
    });
    // Someone who only passes by costs the desk nothing: the line opens with the window,
    // or at once for a visitor who has spoken before.
    if (this.#keep.token || this.#session.outbox.length > 0) this.#socket.start();
    document.addEventListener("visibilitychange", () => this.#see());
    addEventListener("storage", () => this.#followOtherTab());
    setInterval(() => this.#pump(), PUMP_MS);
    this.#draw();
  }

  get #live(): boolean {
    return this.#socket.link.phase === "live";
  }

  #hello(): object {
    return {
      type: "hello",
      token: this.#keep.token,
      after: chat.resumeAfter(this.#session),
      // The page's own, in which script it is: the window's words have but two.
      locale: this.#asked.slice(0, LONGEST_LOCALE),
      page: location.origin + location.pathname,
      ...(this.#identity ? { identity: this.#identity } : {}),
    };
  }

  #frame(frame: ServerFrame): void {
    if (frame.type === "welcome") {
      this.#composer.maxBytes = frame.limits?.max_file_bytes ?? this.#composer.maxBytes;
      this.#composer.maxText = frame.limits?.max_text ?? this.#composer.maxText;
    }
    const before = chat.unread(this.#session);
    this.#take(chat.receive(this.#session, frame, Date.now()));
    if (frame.type === "typing") setTimeout(() => this.#draw(), chat.TYPING_MS + 50);
    if (frame.type === "message" && chat.unread(this.#session) > before && !this.panel.open)
      this.panel.announce(frame.text);
  }

  #write(text: string, files: chat.Outgoing["files"]): void {
    const entry: chat.Outgoing = { id: uuid(), text, files, at: Date.now(), sentAt: 0 };
    this.#socket.start();
    this.#take(chat.write(this.#session, entry));
    this.#draw();
    this.#log.toEnd();
  }

  #take(turn: chat.Turn): void {
    this.#apply(turn);
    this.#see();
    this.#pump();
    this.#schedule();
  }

  #pump(): void {
    if (this.#live) this.#apply(chat.pump(this.#session, Date.now()));
  }

  #apply([session, effects]: chat.Turn): void {
    this.#session = session;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: chat.Effect): void {
    switch (effect.do) {
      case "send":
        this.#socket.send(effect.frame);
        return;
      case "keep":
        return this.#keep.put(effect.entry);
      case "drop":
        return this.#keep.drop(effect.id);
      case "token":
        this.#keep.token = effect.token;
        return;
      case "seen":
        this.#keep.seenAt = effect.at;
    }
  }

  /** Marks as read what is really before the visitor's eyes, and tells the desk how far one is. */
  #see(): void {
    if (!this.#live) return;
    if (this.panel?.open && document.visibilityState === "visible")
      this.#apply(chat.see(this.#session));
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      if (this.#live) this.#apply(chat.tell(this.#session));
    }, TELL_MS);
  }

  #toggled(open: boolean): void {
    if (open) {
      this.#socket.start();
      this.#composer.fit();
    }
    this.#see();
    this.#draw();
    if (open) this.#log.toEnd();
  }

  #changed(link: Link): void {
    if (link.phase === "live") {
      clearTimeout(this.#trouble);
      this.#trouble = undefined;
      this.#troubled = false;
    } else {
      this.#trouble ??= setTimeout(() => {
        this.#troubled = true;
        this.#draw();
      }, TROUBLE_MS);
    }
    this.#schedule();
  }

  /** Another tab has sent what this one still holds. */
  #followOtherTab(): void {
    const kept = new Set(this.#keep.outbox().map((entry) => entry.id));
    const outbox = this.#session.outbox.filter((entry) => kept.has(entry.id));
    if (outbox.length === this.#session.outbox.length) return;
    this.#session = { ...this.#session, outbox };
    this.#draw();
  }

  #blob(file: WireAttachment): Promise<string> {
    const url = new URL(file.url ?? `${this.#base.href}/files/${file.id}`, this.#base);
    const { token } = this.#keep;
    if (url.origin !== this.#base.origin || !token) return Promise.reject(new Error(""));
    const known = this.#blobs.get(url.href);
    if (known) return known;
    const fetched = blobUrl(url.href, token);
    this.#blobs.set(url.href, fetched);
    fetched.catch(() => this.#blobs.delete(url.href));
    return fetched;
  }

  #schedule(): void {
    if (this.#drawing) return;
    // Not an animation frame: a hidden tab must still keep its badge right.
    this.#drawing = setTimeout(() => {
      this.#drawing = 0;
      this.#draw();
    }, 0) as unknown as number;
  }

  #draw(): void {
    this.panel.draw(this.#session, this.#socket.link, this.#troubled);
    this.#log.draw(this.#session, this.#live, Date.now());
  }
}

function boot(): void {
  const script =
    (document.currentScript as HTMLScriptElement | null) ??
    document.querySelector<HTMLScriptElement>('script[src*="/widget.js"]');
  if (!script || document.getElementById("parley-widget")) return;
  const source = new URL(script.src);
  const base = new URL(source.pathname.replace(/\/widget\.js$/, ""), source.origin);
  const asked = script.dataset.locale ?? navigator.language;
  const widget = new Widget(base, asked, script.dataset.identity ?? null);
  const show = () => document.body.append(widget.panel.host);
  if (document.body) show();
  else addEventListener("DOMContentLoaded", show);
  // What a page may do with the chat: its own "contact us" button opens it.
  Object.assign(window, {
    Parley: { open: () => widget.panel.toggle(true), close: () => widget.panel.toggle(false) },
  });
}

boot();
