// The shell around the link machine: a real WebSocket and real timers.

import { IDLE, type Link, type LinkEffect, type LinkInput, step, type TimerName } from "./link";

export interface SocketEvents {
  /** The first frame to send, built anew at every connect: it carries the cursor. */
  hello(): object;
  frame(frame: { readonly type: string }): void;
  changed(link: Link): void;
}

export class Socket {
  #link: Link = IDLE;
  #socket: WebSocket | null = null;
  readonly #timers = new Map<TimerName, ReturnType<typeof setTimeout>>();
  readonly #url: string;
  readonly #events: SocketEvents;

  constructor(url: string, events: SocketEvents) {
    this.#url = url;
    this.#events = events;
    const nudge = () => this.#feed({ kind: "nudged" });
    addEventListener("online", nudge);
    addEventListener("offline", nudge);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") nudge();
    });
  }

  get link(): Link {
    return this.#link;
  }

  start(): void {
    this.#feed({ kind: "start" });
  }

  stop(): void {
    this.#feed({ kind: "stop" });
  }

  /** True when the frame was handed to an open, welcomed socket. */
  send(frame: object): boolean {
    if (this.#link.phase !== "live" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #feed(input: LinkInput): void {
    const before = this.#link;
    const [link, effects] = step(before, input, Math.random());
    this.#link = link;
    for (const effect of effects) this.#carryOut(effect);
    if (link !== before) this.#events.changed(link);
  }

  #carryOut(effect: LinkEffect): void {
    switch (effect.do) {
      case "open":
        return this.#open();
      case "close":
        return this.#close();
      case "hello":
        return this.#socket?.send(JSON.stringify(this.#events.hello()));
      case "ping":
        return this.#socket?.send('{"type":"ping"}');
      case "wait":
        clearTimeout(this.#timers.get(effect.name));
        this.#timers.set(
          effect.name,
          setTimeout(() => this.#feed({ kind: "timer", name: effect.name }), effect.ms),
        );
        return;
      case "clear":
        clearTimeout(this.#timers.get(effect.name));
        this.#timers.delete(effect.name);
    }
  }

  #open(): void {
    this.#close();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    // A socket that was given up may still speak; only the present one is heard.
    const present = () => this.#socket === socket;
    socket.onopen = () => present() && this.#feed({ kind: "opened" });
    socket.onclose = (event) => {
      if (!present()) return;
      this.#socket = null;
      this.#feed({ kind: "closed", code: event.code });
    };
    socket.onmessage = (event) => {
      if (!present()) return;
      const frame: { type: string } = JSON.parse(String(event.data));
      if (frame.type === "welcome") this.#feed({ kind: "welcomed" });
      this.#feed({ kind: "heard" });
      this.#events.frame(frame);
    };
  }

  #close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
