// Where the person is, kept in the address: #/mine, #/mine/<conversation>, #/queues, #/channels.

import { computed, signal } from "@preact/signals";
import type { View } from "../api/types";

export type Place =
  | { readonly page: "conversations"; readonly view: View; readonly conversation: string | null }
  | { readonly page: "queues" }
  | { readonly page: "channels" };

const VIEWS: readonly string[] = ["mine", "waiting", "all", "resolved"] satisfies View[];

export function placeFrom(hash: string): Place {
  const [first = "", second] = hash.replace(/^#\/?/, "").split("/");
  if (first === "queues" || first === "channels") return { page: first };
  const view = (VIEWS.includes(first) ? first : "mine") as View;
  const conversation = second ? decodeURIComponent(second) : null;
  return { page: "conversations", view, conversation };
}

export function hashOf(place: Place): string {
  if (place.page !== "conversations") return `#/${place.page}`;
  const tail = place.conversation ? `/${encodeURIComponent(place.conversation)}` : "";
  return `#/${place.view}${tail}`;
}

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const place = computed(() => placeFrom(hash.value));

export const view = computed<View>(() =>
  place.value.page === "conversations" ? place.value.view : "mine",
);

export const openId = computed<string | null>(() =>
  place.value.page === "conversations" ? place.value.conversation : null,
);

export function go(to: Place): void {
  location.hash = hashOf(to);
  hash.value = location.hash;
}

export function openConversation(conversation: string | null): void {
  go({ page: "conversations", view: view.value, conversation });
}

export function goView(next: View): void {
  go({ page: "conversations", view: next, conversation: openId.value });
}
