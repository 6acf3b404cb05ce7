// Whose callbacks are whose. Pure.

import type { Callback, Conversation } from "../api/types";

const TEL = "tel:";

function numbersOf(conversation: Conversation): string[] {
  const known = conversation.contact.identities ?? [];
  return known
    .filter(({ urn }) => urn.startsWith(`${TEL}+`))
    .map(({ urn }) => urn.slice(TEL.length));
}

/** Where this customer is called, as far as it is known. */
export function numberOf(conversation: Conversation): string {
  return numbersOf(conversation)[0] ?? "";
}

/** Those of this conversation's customer, whichever conversation they were asked for in. */
export function ofCustomer(
  live: readonly Callback[],
  conversation: Conversation,
): readonly Callback[] {
  const numbers = numbersOf(conversation);
  return live.filter((one) => one.conversation === conversation.id || numbers.includes(one.number));
}
