// A press, until the desk has answered it: pressed again it is the same wish, under the same key.

import { uuid } from "../../../shared/ids";

/** So long "in an hour" is the same hour: who waited longer means a later one. */
const SAME_MS = 10 * 60_000;

export interface Pressed<Body> {
  readonly body: Body;
  readonly key: string;
}

interface Last {
  readonly wish: string;
  readonly pressed: Pressed<unknown>;
  readonly at: number;
}

export class Press {
  #last: Last | null = null;

  /**
   * What is sent, and under which key. `wish` is what its author means by it, for as long as that
   * says another instant each minute: the desk takes a wish once, however often it is pressed.
   */
  of<Body>(body: Body, wish: unknown = body, now = Date.now()): Pressed<Body> {
    const said = JSON.stringify([wish]);
    const last = this.#last;
    if (last?.wish === said) {
      const known = last.pressed as Pressed<Body>;
      const same = JSON.stringify(known.body) === JSON.stringify(body);
      if (same || now - last.at < SAME_MS) return known;
    }
    const pressed = { body, key: uuid() };
    this.#last = { wish: said, pressed, at: now };
    return pressed;
  }

  /** It may have been done although nobody heard so: the same words are the same press. */
  hold<Body>(body: Body, key: string): void {
    this.#last = { wish: JSON.stringify([body]), pressed: { body, key }, at: 0 };
  }

  /** The desk has answered: what is pressed from now on is another wish. */
  over(): void {
    this.#last = null;
  }
}

const presses = new Map<string, Press>();

/** That of somebody in a conversation, wherever they have looked meanwhile. */
export function pressOf(login: string, conversation: string): Press {
  const where = `${login} ${conversation}`;
  const known = presses.get(where) ?? new Press();
  presses.set(where, known);
  return known;
}
