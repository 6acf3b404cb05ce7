// Signing in by the provider: the way there, and what the desk says when the browser is back.

import { Problem } from "../api/client";
import { session } from "../api/desk";
import { sayProblem } from "../i18n";
import { known } from "./prefs";

const PLACE = "parley:place";
const REFUSED = "refused";

/** Why the provider's word let nobody in: the desk's code; "" where it did, or nobody asked. */
let code = "";

/** Take it out of the address, where the desk wrote it. */
export function takeRefusal(): void {
  code = new URLSearchParams(location.search).get(REFUSED) ?? "";
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
}

/** The same in words. */
export function sayRefusal(): string {
  return code ? sayProblem(new Problem(0, { code })) : "";
}

/** Off to the provider; `invite` is the token of a link that is taken there. */
export async function toProvider(invite = ""): Promise<void> {
  const { url } = await session.begin(invite);
  known.value = true;
  keepPlace(invite ? "" : location.hash);
  location.assign(url);
}

function keepPlace(hash: string): void {
  try {
    sessionStorage.setItem(PLACE, hash);
  } catch {
    // A forbidden shelf: one comes back to the list.
  }
}

/** Where one was when one left for the provider. */
export function backInPlace(): void {
  try {
    const hash = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    if (hash && !location.hash) location.hash = hash;
  } catch {
    // The same.
  }
}
