// The places of the console as addresses: #/mine, #/mine/<conversation>, #/queues, #/channels, #/reports,
// #/templates, #/templates/<name>/<locale>. Pure.

import type { View } from "../api/types";

/** The addresses at which the desk serves the console; the places are behind "#" of the first. */
export const PATHS = ["/", "/invite"] as const;

export type Place =
  | { readonly page: "conversations"; readonly view: View; readonly conversation: string | null }
  | { readonly page: "queues" }
  | { readonly page: "channels" }
  | { readonly page: "reports" }
  | { readonly page: "templates"; readonly name: string; readonly locale: string };

const VIEWS: readonly string[] = ["mine", "waiting", "all", "resolved"] satisfies View[];

export function placeFrom(hash: string): Place {
  const [first = "", second, third] = hash.replace(/^#\/?/, "").split("/");
  if (first === "queues" || first === "channels" || first === "reports") return { page: first };
  if (first === "templates") return { page: first, name: plain(second), locale: plain(third) };
  const view = (VIEWS.includes(first) ? first : "mine") as View;
  const conversation = second ? decodeURIComponent(second) : null;
  return { page: "conversations", view, conversation };
}

function plain(part = ""): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

export function hashOf(place: Place): string {
  if (place.page === "templates") {
    const [name, locale] = [place.name, place.locale].map(encodeURIComponent);
    return name ? `#/templates/${name}/${locale}` : "#/templates";
  }
  if (place.page !== "conversations") return `#/${place.page}`;
  const tail = place.conversation ? `/${encodeURIComponent(place.conversation)}` : "";
  return `#/${place.view}${tail}`;
}
