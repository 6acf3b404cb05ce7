// Where the person is, kept in the address.

import { computed, signal } from "@preact/signals";
import type { View } from "../api/types";
import { hashOf, type Place, placeFrom } from "./places";

export { hashOf };

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
