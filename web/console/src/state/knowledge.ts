// What is looked for in the desk's articles, and what of them goes into the reply.

import { signal } from "@preact/signals";
import type { Item } from "../api/types";
import { soughtIn } from "./sought";

/** Words of an article that an agent wants in the reply: the composer takes them. */
export const quoted = signal<string | null>(null);

/** What the customer asked last: most likely what somebody looks up now. */
export function lastAsked(items: readonly Item[]): string {
  const asked = items.findLast(
    (item) => item.type === "message" && item.direction === "in" && item.text.trim() !== "",
  );
  return asked?.type === "message" ? soughtIn(asked.text) : "";
}
