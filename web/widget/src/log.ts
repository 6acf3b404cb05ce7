// The conversation as elements: one per message, kept by id, so that nothing is drawn or read aloud twice.

import { fill } from "../../shared/fill";
import { linkify } from "../../shared/linkify";
import { clock, day, size } from "../../shared/when";
import { attr, h, icon, text } from "./dom";
import { isInline } from "./files";
import { isRead, type Outgoing, type Session, type Shown } from "./session";
import { type Answer, SurveyForm } from "./survey";
import type { WireAttachment, WireSurvey } from "./wire";
import type { Locale, Words } from "./words";

export interface LogActions {
  retry(id: string): void;
  discard(id: string): void;
  blob(file: WireAttachment): Promise<string>;
  score(answer: Answer): void;
}

const GROUP_MS = 120_000;

interface Row {
  readonly key: string;
  readonly at: number;
  readonly mine: boolean;
  readonly name: string;
  readonly auto: boolean;
  readonly text: string;
  readonly files: readonly WireAttachment[];
  readonly survey?: WireSurvey;
  readonly outgoing?: Outgoing;
  readonly shown?: Shown;
}

interface Drawn {
  readonly element: HTMLElement;
  /** Which files stand there, and how far they are: they come after the words. */
  readonly files: string;
  readonly meta: HTMLElement;
  readonly survey: SurveyForm | null;
}

export class Log {
  readonly element: HTMLElement;
  readonly #rows = new Map<string, Drawn>();
  readonly #typing: HTMLElement;
  readonly #hello: HTMLElement;
  readonly #words: Words;
  readonly #locale: Locale;
  readonly #actions: LogActions;

  constructor(words: Words, locale: Locale, actions: LogActions) {
    this.#words = words;
    this.#locale = locale;
    this.#actions = actions;
    this.#hello = h("p", { class: "hello" });
    this.#typing = h(
      "div",
      { class: "typing", hidden: true },
      h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      h("span", { class: "sr" }, words.typing),
    );
    this.element = h(
      "div",
      { class: "log", role: "log", "aria-live": "polite", "aria-label": words.log, tabindex: "0" },
      this.#hello,
      this.#typing,
    );
  }

  draw(session: Session, live: boolean, now: number): void {
    const pinned = this.#pinned();
    const closed = session.desk !== null && !session.desk.open;
    text(this.#hello, closed ? this.#words.helloClosed : this.#words.hello);
    const rows = rowsOf(session);
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, drawn] of this.#rows) {
      if (keys.has(key)) continue;
      drawn.element.remove();
      this.#rows.delete(key);
    }
    let after: Element = this.#hello;
    const lastMine = rows.findLast((row) => row.mine)?.key;
    rows.forEach((row, index) => {
      const drawn = this.#drawn(row);
      if (after.nextElementSibling !== drawn.element) after.after(drawn.element);
      after = drawn.element;
      this.#mark(drawn, row, rows[index - 1], session, { live, now, last: row.key === lastMine });
    });
    this.#typing.hidden = session.typingUntil <= now;
    if (pinned) this.toEnd();
  }

  toEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  #pinned(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  #drawn(row: Row): Drawn {
    const known = this.#rows.get(row.key);
    if (known?.files === addresses(row)) return known;
    const drawn = this.#create(row);
    known?.element.replaceWith(drawn.element);
    return drawn;
  }

  #create(row: Row): Drawn {
    const meta = h("div", { class: "meta" });
    const bubble = h("div", { class: "bubble" });
    for (const piece of linkify(row.text)) {
      bubble.append(
        piece.href
          ? h("a", { href: piece.href, target: "_blank", rel: "noopener noreferrer" }, piece.text)
          : piece.text,
      );
    }
    const survey = row.survey ? new SurveyForm(row.survey, this.#words, this.#actions.score) : null;
    const element = h(
      "div",
      { class: row.mine ? "row mine" : "row" },
      row.mine || !row.name ? null : h("div", { class: "who" }, row.name),
      row.text ? bubble : null,
      ...row.files.map((file) => this.#file(file)),
      survey?.element ?? null,
      meta,
    );
    const drawn = { element, meta, survey, files: addresses(row) };
    this.#rows.set(row.key, drawn);
    return drawn;
  }

  #file(file: WireAttachment): HTMLElement {
    const stored = file.url !== null;
    const name = file.filename || this.#words.file;
    const label = fill(this.#words.download, { name });
    const button = h(
      "button",
      { type: "button", class: "file", "aria-label": label, disabled: !stored },
      icon("file"),
      h("span", { class: "name" }, name),
      h("small", {}, this.#about(file)),
    );
    const save = async () => {
      const href = await this.#actions.blob(file);
      h("a", { href, download: name }).click();
    };
    button.addEventListener("click", () => void save());
    if (stored && isInline(file.media_type)) void this.#picture(file, button, name);
    return button;
  }

  /** How large it is; or why it cannot be had. */
  #about(file: WireAttachment): string {
    if (file.state === "pending") return this.#words.filePending;
    if (file.state === "refused") return this.#words.fileRefused;
    return file.size_bytes === null ? "" : size(file.size_bytes);
  }

  async #picture(file: WireAttachment, button: HTMLElement, name: string): Promise<void> {
    const picture = h("img", { alt: name });
    picture.onload = () => {
      const pinned = this.#pinned();
      button.classList.add("picture");
      button.replaceChildren(picture);
      if (pinned) this.toEnd();
    };
    // A picture that does not come stays a file that can be asked for again.
    picture.src = await this.#actions.blob(file).catch(() => "");
  }

  #mark(
    drawn: Drawn,
    row: Row,
    before: Row | undefined,
    session: Session,
    view: { readonly live: boolean; readonly now: number; readonly last: boolean },
  ): void {
    if (row.survey) drawn.survey?.draw(row.survey);
    const dayName = day(row.at, view.now, this.#locale, this.#words);
    const newDay = !before || day(before.at, view.now, this.#locale, this.#words) !== dayName;
    attr(drawn.element, "data-day", newDay ? dayName : null);
    const follows =
      !newDay &&
      before.mine === row.mine &&
      before.name === row.name &&
      row.at - before.at < GROUP_MS;
    drawn.element.classList.toggle("follows", follows);
    drawn.element.classList.toggle("pending", row.outgoing !== undefined);
    drawn.element.classList.toggle("failed", row.outgoing?.failed !== undefined);
    const words = this.#state(row, session, view.live, view.last);
    const stamp = [clock(row.at, this.#locale), row.auto ? this.#words.auto : "", words];
    const line = stamp.filter(Boolean).join(" · ");
    if (drawn.meta.dataset.line === line) return;
    drawn.meta.dataset.line = line;
    drawn.meta.replaceChildren(line);
    if (row.outgoing?.failed) drawn.meta.append(...this.#failedButtons(row.key));
  }

  #state(row: Row, session: Session, live: boolean, last: boolean): string {
    if (row.outgoing?.failed) return this.#refusal(row.outgoing.failed);
    if (row.outgoing) return live ? this.#words.sending : this.#words.waiting;
    if (!row.mine || !last || !row.shown) return "";
    return isRead(session, row.shown) ? this.#words.read : this.#words.sent;
  }

  /** The desk refuses in its own language; the common refusals are said in the visitor's. */
  #refusal({ code, sentence }: NonNullable<Outgoing["failed"]>): string {
    if (code === "text_too_long") return this.#words.tooLong;
    return (this.#locale === "en" && sentence) || this.#words.refused;
  }

  #failedButtons(id: string): HTMLElement[] {
    const press = (words: string, act: (id: string) => void) =>
      h("button", { type: "button", class: "small", onclick: () => act(id) }, words);
    return [
      press(this.#words.again, this.#actions.retry),
      press(this.#words.discard, this.#actions.discard),
    ];
  }
}

function addresses(row: Row): string {
  return row.files.map((file) => `${file.state} ${file.url}`).join(" ");
}

function rowsOf(session: Session): Row[] {
  const shown = session.messages.map((message) => ({
    ...message,
    key: message.clientId ?? message.id,
    shown: message,
  }));
  const waiting = session.outbox.map((entry) => ({
    key: entry.id,
    at: entry.at,
    mine: true,
    name: "",
    auto: false,
    text: entry.text,
    files: entry.files.map((file) => ({ ...file, id: file.sha256, url: null })),
    outgoing: entry,
  }));
  return [...shown, ...waiting];
}
