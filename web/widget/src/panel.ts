// The launcher and the window it opens: header, banner, log, composer; focus and keys.

import { fill } from "../../shared/fill";
import type { Link } from "../../shared/link";
import { clock, day } from "../../shared/when";
import { attr, h, icon, text } from "./dom";
import type { Session } from "./session";
import { unread } from "./session";
import styles from "./style.css?inline";
import type { Locale, Words } from "./words";

export interface PanelParts {
  readonly log: HTMLElement;
  readonly composer: HTMLElement;
  readonly field: HTMLElement;
  readonly words: Words;
  readonly locale: Locale;
  toggled(open: boolean): void;
  files(files: readonly File[]): void;
}

/** Below this width the window covers the page, and the page behind must not take the focus. */
const PHONE = "(max-width: 480px)";

export class Panel {
  readonly host: HTMLElement;
  open = false;
  readonly #root: ShadowRoot;
  readonly #parts: PanelParts;
  readonly #launcher: HTMLButtonElement;
  readonly #badge: HTMLElement;
  readonly #window: HTMLElement;
  readonly #title: HTMLElement;
  readonly #subtitle: HTMLElement;
  readonly #banner: HTMLElement;
  readonly #news: HTMLElement;

  constructor(parts: PanelParts) {
    this.#parts = parts;
    const { words } = parts;
    this.host = h("div", { id: "parley-widget", lang: parts.locale });
    this.#root = this.host.attachShadow({ mode: "open" });
    this.#badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
    this.#launcher = h(
      "button",
      { type: "button", class: "launcher", "aria-expanded": "false", "aria-haspopup": "dialog" },
      icon("chat"),
      icon("close"),
      this.#badge,
    );
    this.#launcher.addEventListener("click", () => this.toggle(!this.open));
    this.#title = h("h2", { id: "title" }, words.title);
    this.#subtitle = h("p", { class: "subtitle", role: "status" }, words.connecting);
    this.#banner = h("p", { class: "banner", role: "status", hidden: true });
    this.#news = h("div", { class: "sr", role: "status" });
    this.#window = this.#build(words);
    this.#root.append(this.#window, this.#launcher, this.#news);
    this.#style();
  }

  toggle(open: boolean): void {
    if (open === this.open) return;
    this.open = open;
    this.#window.hidden = !open;
    attr(this.#launcher, "aria-expanded", String(open));
    attr(this.#window, "aria-modal", String(matchMedia(PHONE).matches));
    text(this.#news, "");
    this.host.classList.toggle("open", open);
    this.#parts.toggled(open);
    if (open) this.#parts.field.focus();
    else this.#launcher.focus();
  }

  draw(session: Session, link: Link, troubled: boolean): void {
    const { words } = this.#parts;
    const count = unread(session);
    this.#badge.hidden = count === 0;
    text(this.#badge, count > 99 ? "99+" : String(count));
    const label = count ? fill(words.launchUnread, { n: count }) : words.launch;
    attr(this.#launcher, "aria-label", this.open ? words.close : label);
    text(this.#title, session.desk?.name || words.title);
    text(this.#subtitle, this.#standing(session));
    this.#subtitle.classList.toggle("on", session.desk?.open === true);
    const stopped = link.phase === "stopped";
    this.#banner.hidden = !troubled && !stopped;
    if (!this.#banner.hidden) text(this.#banner, stopped ? words.stopped : words.lost);
  }

  /** Tells a screen reader of words that came while the window was shut. */
  announce(said: string): void {
    text(this.#news, fill(this.#parts.words.arrived, { text: said.slice(0, 120) }));
  }

  #standing(session: Session): string {
    const { words, locale } = this.#parts;
    if (!session.desk) return words.connecting;
    if (session.agent) return fill(words.served, { name: session.agent });
    if (session.desk.open) return words.open;
    const next = Date.parse(session.desk.next_open ?? "");
    if (Number.isNaN(next)) return words.closed;
    const when = `${day(next, Date.now(), locale, words)} ${clock(next, locale)}`;
    return fill(words.closedUntil, { when });
  }

  #build(words: Words): HTMLElement {
    const close = h("button", { type: "button", class: "close", "aria-label": words.close });
    close.append(icon("close"));
    close.addEventListener("click", () => this.toggle(false));
    const drop = h("div", { class: "drop", hidden: true }, words.drop);
    const element = h(
      "div",
      { class: "window", role: "dialog", "aria-labelledby": "title", hidden: true },
      h("div", { class: "head" }, h("div", { class: "names" }, this.#title, this.#subtitle), close),
      this.#banner,
      this.#parts.log,
      this.#parts.composer,
      drop,
    );
    element.addEventListener("keydown", (event) => this.#key(event));
    this.#acceptDrops(element, drop);
    return element;
  }

  #acceptDrops(element: HTMLElement, drop: HTMLElement): void {
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    element.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      drop.hidden = false;
    });
    drop.addEventListener("dragleave", () => {
      drop.hidden = true;
    });
    element.addEventListener("drop", (event) => {
      drop.hidden = true;
      if (!carries(event)) return;
      event.preventDefault();
      this.#parts.files([...(event.dataTransfer?.files ?? [])]);
    });
  }

  #key(event: KeyboardEvent): void {
    // Typing here must not set off the shortcuts of the page around.
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing) return this.toggle(false);
    if (event.key !== "Tab" || !matchMedia(PHONE).matches) return;
    const stops = [...this.#window.querySelectorAll<HTMLElement>(STOPS)].filter(
      (element) => element.offsetParent !== null,
    );
    const from = event.shiftKey ? stops[0] : stops.at(-1);
    if (this.#root.activeElement !== from) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }

  #style(): void {
    // A constructed sheet is not an inline style: strict pages allow it.
    if (typeof CSSStyleSheet.prototype.replaceSync === "function") {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      this.#root.adoptedStyleSheets = [sheet];
    } else {
      this.#root.prepend(h("style", {}, styles));
    }
  }
}

const STOPS = "button:not([disabled]), textarea, a[href], [tabindex='0']";
