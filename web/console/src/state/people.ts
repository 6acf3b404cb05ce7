// What a customer is called on the screen, and what is said where they used no words.

import { say, words } from "../i18n";

/** A visitor of the shop's pages, by the account whose door they came to. */
const VISITORS_NAME = /^([\w.-]+:)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}$/i;

/** As WeChat, WeCom, LINE, and Messenger or Instagram call whoever gave no name. */
const PROVIDERS_NAME = /^(o[\w-]{27}|w[mo][\w-]{20,}|U[0-9a-f]{32}|\d{16,20})$/;

/** What stands in a list for a message without words. */
export function wordless(channel: string): string {
  return channel === "voice" ? words.value.kind_call : words.value.noWords;
}

/** Nobody is called by a machine's name: who has no other is told apart by its end. */
export function personName(name: string | null | undefined): string {
  if (!name) return words.value.customer;
  const n = name.slice(-4);
  if (PROVIDERS_NAME.test(name)) return say("nameless", { n });
  return VISITORS_NAME.test(name) ? say("visitor", { n }) : name;
}
