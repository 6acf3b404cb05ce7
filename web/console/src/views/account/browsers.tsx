// Where one is signed in, and a way to end what is not at hand.

import { useEffect, useState } from "preact/hooks";
import { session } from "../../api/desk";
import type { Browser } from "../../api/types";
import { say, sayWhen, words } from "../../i18n";
import type { Guarded } from "./pane";

const SYSTEMS = ["iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux"];
const NAMES = ["Edg", "OPR", "MicroMessenger", "Firefox", "Chrome", "Safari"];
const SPOKEN: Readonly<Record<string, string>> = {
  Edg: "Edge",
  OPR: "Opera",
  MicroMessenger: "WeChat",
  "Mac OS": "macOS",
};

/** "Firefox, Windows": what one can tell a browser by; its own words where they say neither. */
export function browserName(agent: string): string {
  const found = [NAMES, SYSTEMS].map((known) => known.find((name) => agent.includes(name)));
  const said = found.flatMap((name) => (name ? [SPOKEN[name] ?? name] : []));
  return said.join(", ") || agent;
}

export function Browsers({ guarded }: { readonly guarded: Guarded }) {
  const [browsers, setBrowsers] = useState<readonly Browser[]>([]);
  const look = async () => setBrowsers((await session.browsers()).items);
  useEffect(() => void guarded(look), []);
  const leave = (browser: string) =>
    guarded(async () => {
      await session.leave(browser);
      await look();
    });
  return (
    <section class="account-part">
      <h2>{words.value.signedInAt}</h2>
      <ul class="browsers">
        {browsers.map((one) => (
          <li key={one.id}>
            <span class="grow">
              {browserName(one.agent)}{" "}
              <span class="meta">
                {one.address} ·{" "}
                {say("seenAt", { at: sayWhen(Date.parse(one.seen_at), Date.now()) })}
              </span>
            </span>
            {one.current ? (
              <span class="meta">{words.value.thisBrowser}</span>
            ) : (
              <button type="button" class="button" onClick={() => void leave(one.id)}>
                {words.value.signOut}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
