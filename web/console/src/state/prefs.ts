// What a person prefers on this browser: signals that survive a reload.

import { effect, type Signal, signal } from "@preact/signals";

function load<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(key);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function kept<T>(name: string, otherwise: T): Signal<T> {
  const key = `parley:pref:${name}`;
  const value = signal(load(key, otherwise));
  effect(() => {
    const now = JSON.stringify(value.value);
    try {
      localStorage.setItem(key, now);
    } catch {
      // A forbidden shelf: the choice lasts as long as the page.
    }
  });
  return value;
}

export const sound = kept("sound", true);
/** Whether a reply leaves a few seconds after it was sent, and may be taken back until then. */
export const undoSend = kept("undo", true);
export const notices = kept("notices", false);
/** Whether somebody is signed in here: who is not need not ask the desk who they are. */
export const known = kept("known", false);

/** localStorage where the browser allows it; nothing where it does not. */
export const shelf = {
  getItem: (key: string): string | null => guarded((store) => store.getItem(key)) ?? null,
  setItem: (key: string, value: string): void => guarded((store) => store.setItem(key, value)),
  removeItem: (key: string): void => guarded((store) => store.removeItem(key)),
};

function guarded<T>(act: (store: Storage) => T): T | undefined {
  try {
    return act(localStorage);
  } catch {
    return undefined;
  }
}
