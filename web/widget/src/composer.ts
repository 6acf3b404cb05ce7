// Where the visitor writes: text, files by button, paste and drop, and the send button.

import { fill } from "../../shared/fill";
import { size } from "../../shared/when";
import { attr, h, icon, text } from "./dom";
import { DEFAULT_MAX_FILE_BYTES, MAX_FILES, type UploadRefused } from "./files";
import type { Upload } from "./wire";
import { type Words, whyRefused } from "./words";

export interface ComposerActions {
  send(text: string, files: readonly Upload[]): void;
  typing(): void;
  draft(text: string): void;
  /** Null while there is no token to upload with. */
  upload(
    file: File,
    progress: (percent: number) => void,
  ): { readonly done: Promise<Upload>; cancel(): void } | null;
}

interface Chip {
  readonly element: HTMLElement;
  upload: Upload | null;
}

const TYPING_EVERY_MS = 3_000;
const DEFAULT_MAX_TEXT = 4_000;

export class Composer {
  readonly element: HTMLFormElement;
  readonly area: HTMLTextAreaElement;
  maxBytes = DEFAULT_MAX_FILE_BYTES;
  maxText = DEFAULT_MAX_TEXT;
  readonly #chips: Chip[] = [];
  readonly #tray: HTMLElement;
  readonly #notice: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #picker: HTMLInputElement;
  readonly #words: Words;
  readonly #actions: ComposerActions;
  #typedAt = 0;

  constructor(words: Words, draft: string, actions: ComposerActions) {
    this.#words = words;
    this.#actions = actions;
    this.area = h("textarea", {
      rows: "1",
      "aria-label": words.write,
      placeholder: words.placeholder,
      enterkeyhint: "send",
      oninput: () => this.#changed(),
      onkeydown: (event: KeyboardEvent) => this.#key(event),
      onpaste: (event: ClipboardEvent) => this.#paste(event),
    });
    this.area.value = draft;
    this.#picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1" });
    this.#picker.addEventListener("change", () => {
      this.add([...(this.#picker.files ?? [])]);
      this.#picker.value = "";
    });
    this.#tray = h("ul", { class: "tray", hidden: true });
    this.#notice = h("p", { class: "notice", role: "alert", hidden: true });
    this.#button = h("button", { class: "send", "aria-label": words.send }, icon("send"));
    const hint = `${words.attach} (${fill(words.attachHint, { size: size(this.maxBytes) })})`;
    const attach = h("button", { type: "button", "aria-label": hint, title: hint }, icon("clip"));
    attach.addEventListener("click", () => this.#picker.click());
    this.element = h(
      "form",
      { class: "composer", onsubmit: (event: Event) => this.#submit(event) },
      this.#notice,
      this.#tray,
      h("div", { class: "line" }, attach, this.area, this.#button, this.#picker),
    );
    this.#refresh();
  }

  /** Fits the field to its words; needs to be on screen to measure. */
  fit(): void {
    this.area.style.height = "auto";
    this.area.style.height = `${Math.min(this.area.scrollHeight, 120)}px`;
  }

  add(files: readonly File[]): void {
    this.#say("");
    for (const file of files) this.#addOne(file);
    this.#refresh();
  }

  #addOne(file: File): void {
    const values = { name: file.name, size: size(this.maxBytes), n: MAX_FILES };
    if (this.#chips.length >= MAX_FILES) return this.#say(fill(this.#words.tooMany, values));
    if (file.size > this.maxBytes) return this.#say(fill(this.#words.tooLarge, values));
    const state = h("small", {}, fill(this.#words.uploading, { percent: 0 }));
    const started = this.#actions.upload(file, (percent) =>
      text(state, fill(this.#words.uploading, { percent })),
    );
    if (!started) return this.#say(this.#words.needsLine);
    const remove = h(
      "button",
      { type: "button", "aria-label": fill(this.#words.remove, values) },
      icon("close"),
    );
    const chip: Chip = {
      element: h("li", {}, h("span", { class: "name" }, file.name), state, remove),
      upload: null,
    };
    remove.addEventListener("click", () => {
      started.cancel();
      this.#removeChip(chip);
      this.area.focus();
    });
    this.#chips.push(chip);
    this.#tray.append(chip.element);
    started.done.then(
      (upload) => {
        chip.upload = upload;
        text(state, size(upload.size_bytes));
        this.#refresh();
      },
      (refused: UploadRefused) => {
        if (!this.#chips.includes(chip)) return;
        this.#removeChip(chip);
        this.#say(
          fill(this.#words.uploadFailed, { ...values, why: whyRefused(this.#words, refused.code) }),
        );
      },
    );
  }

  #removeChip(chip: Chip): void {
    const at = this.#chips.indexOf(chip);
    if (at >= 0) this.#chips.splice(at, 1);
    chip.element.remove();
    this.#refresh();
  }

  #changed(): void {
    this.fit();
    this.#refresh();
    this.#actions.draft(this.area.value);
    const now = Date.now();
    if (!this.area.value || now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.#actions.typing();
  }

  #key(event: KeyboardEvent): void {
    // While an input method is composing, Enter belongs to it (keyCode 229 in older engines).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229)
      return;
    // A phone's keyboard has no Shift+Enter; there Enter makes a line and the button sends.
    if (matchMedia("(pointer: coarse)").matches) return;
    this.#submit(event);
  }

  #paste(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.add(files);
  }

  #submit(event: Event): void {
    event.preventDefault();
    const words = this.area.value.trim();
    if (!this.#ready(words)) return;
    if ([...words].length > this.maxText) return this.#say(this.#words.tooLong);
    const files = this.#chips.flatMap((chip) => chip.upload ?? []);
    for (const chip of this.#chips.splice(0)) chip.element.remove();
    this.area.value = "";
    this.#typedAt = 0;
    this.#say("");
    this.#changed();
    this.#actions.send(words, files);
    this.area.focus();
  }

  #ready(words: string): boolean {
    return (
      this.#chips.every((chip) => chip.upload !== null) && (words !== "" || this.#chips.length > 0)
    );
  }

  #refresh(): void {
    this.#tray.hidden = this.#chips.length === 0;
    attr(this.#button, "aria-disabled", this.#ready(this.area.value.trim()) ? null : "true");
  }

  #say(words: string): void {
    text(this.#notice, words);
    this.#notice.hidden = words === "";
  }
}
