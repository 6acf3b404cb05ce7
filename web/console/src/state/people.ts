// What a customer is called on the screen.

import { say, words } from "../i18n";

const MACHINE_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}$/i;

/** Nobody is called by a machine's name: a visitor without one is told apart by its end. */
export function personName(name: string | null | undefined): string {
  if (!name) return words.value.customer;
  return MACHINE_NAME.test(name) ? say("visitor", { n: name.slice(-4) }) : name;
}
