// What has been written and not sent, per person and conversation, in this browser.

export interface Draft {
  readonly text: string;
  readonly account?: string;
  readonly identity?: string;
}

export type DraftKind = "reply" | "note";

export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Drafts {
  readonly #shelf: Shelf;
  readonly #login: string;

  constructor(shelf: Shelf, login: string) {
    this.#shelf = shelf;
    this.#login = login;
  }

  #key(conversation: string, kind: DraftKind): string {
    return `parley:draft:${this.#login}:${conversation}:${kind}`;
  }

  get(conversation: string, kind: DraftKind): Draft {
    try {
      const kept: unknown = JSON.parse(this.#shelf.getItem(this.#key(conversation, kind)) ?? "");
      return typeof kept === "object" && kept !== null && "text" in kept
        ? (kept as Draft)
        : { text: "" };
    } catch {
      return { text: "" };
    }
  }

  put(conversation: string, kind: DraftKind, draft: Draft): void {
    const key = this.#key(conversation, kind);
    try {
      if (draft.text) this.#shelf.setItem(key, JSON.stringify(draft));
      else this.#shelf.removeItem(key);
    } catch {
      // A full or forbidden shelf: the words still stand in the field.
    }
  }
}
