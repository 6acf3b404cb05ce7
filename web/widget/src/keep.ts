// What the widget keeps in the visitor's browser: token, seen mark, draft, and each unsent message under its own key.

import type { Outgoing } from "./session";

const memory = new Map<string, string>();

/** Private windows and strict settings forbid localStorage; the chat then lasts as long as the page. */
function attempt<T>(act: () => T, otherwise: () => T): T {
  try {
    return act();
  } catch {
    return otherwise();
  }
}

function get(key: string): string | null {
  return attempt(
    () => localStorage.getItem(key),
    () => memory.get(key) ?? null,
  );
}

function set(key: string, value: string): void {
  attempt(
    () => localStorage.setItem(key, value),
    () => void memory.set(key, value),
  );
}

function remove(key: string): void {
  attempt(
    () => localStorage.removeItem(key),
    () => void memory.delete(key),
  );
}

function keys(): string[] {
  return attempt(
    () => Object.keys(localStorage),
    () => [...memory.keys()],
  );
}

export class Keep {
  readonly #prefix: string;

  constructor(account: string) {
    this.#prefix = `parley:${account}:`;
  }

  get token(): string | null {
    return get(`${this.#prefix}token`);
  }

  set token(token: string | null) {
    this.#write("token", token);
  }

  get draft(): string {
    return get(`${this.#prefix}draft`) ?? "";
  }

  set draft(text: string) {
    this.#write("draft", text || null);
  }

  get seenAt(): number {
    return Number(get(`${this.#prefix}seen`)) || 0;
  }

  set seenAt(at: number) {
    this.#write("seen", String(at));
  }

  /** One key per entry: two tabs never overwrite each other's list. */
  put(entry: Outgoing): void {
    this.#write(`out:${entry.id}`, JSON.stringify(entry));
  }

  drop(id: string): void {
    this.#write(`out:${id}`, null);
  }

  outbox(): Outgoing[] {
    const prefix = `${this.#prefix}out:`;
    const found: Outgoing[] = [];
    for (const key of keys()) {
      if (!key.startsWith(prefix)) continue;
      const entry = attempt<Outgoing | null>(
        () => JSON.parse(get(key) ?? "null"),
        () => null,
      );
      if (entry?.id) found.push({ ...entry, sentAt: 0 });
      else remove(key);
    }
    return found;
  }

  #write(name: string, value: string | null): void {
    if (value === null) remove(this.#prefix + name);
    else set(this.#prefix + name, value);
  }
}
