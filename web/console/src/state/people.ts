// What a customer is called on the screen, and what is said where they used no words.

import { say, words } from "../i18n";

const MACHINE_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}$/i;

/** What stands in a list for a message without words. */
export function wordless(channel: string): string {
  return channel === "voice" ? words.value.kind_call : words.value.noWords;
}

/** Nobody is called by a machine's name: a visitor without one is told apart by its end. */
export function personName(name: string | null | undefined): string {
  if (!name) return words.value.customer;
  return MACHINE_NAME.test(name) ? say("visitor", { n: name.slice(-4) }) : name;
}
