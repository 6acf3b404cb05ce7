// Above the field: which channel, whether it is still open, and how much of it is used.

import { fill } from "../../../../shared/fill";
import type { Conversation, Route } from "../../api/types";
import { say, sayCode, sayFor, words } from "../../i18n";
import { now } from "../../state/clock";
import { account } from "../../state/me";
import { meter } from "../../state/meter";
import { personName } from "../../state/people";
import { mayWrite, routeKey, windowLeft } from "../../state/routes";
import { channelName } from "../parts/glyph";

interface WayProps {
  readonly conversation: Conversation;
  readonly route: Route | null;
  readonly choose: (key: string) => void;
}

function label(route: Route): string {
  const address = personName(route.address || route.identity.split(":").slice(1).join(":"));
  const why = route.usable ? "" : ` (${sayCode("door_", route.why_not ?? "window_closed")})`;
  return `${channelName(route.channel)} · ${address}${why}`;
}

export function Way({ conversation, route, choose }: WayProps) {
  if (!route) return <span class="meta">{words.value.noRoute}</span>;
  const left = windowLeft(route, now.value);
  return (
    <>
      <select
        class="way-choice"
        aria-label={words.value.via}
        value={routeKey(route)}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {conversation.channels.map((one) => (
          <option key={routeKey(one)} value={routeKey(one)} disabled={!mayWrite(one)}>
            {label(one)}
          </option>
        ))}
      </select>
      {route.holds ? (
        <span class="meta soon">{sayCode("holds_", route.why_not ?? "window_closed")}</span>
      ) : (
        left !== null && (
          <span class={left < SOON_MS ? "meta soon" : "meta"}>
            {left > 0 ? say("windowLeft", { time: sayFor(left) }) : words.value.windowClosed}
            {route.messages_left != null && say("messagesLeft", { n: route.messages_left })}
          </span>
        )
      )}
    </>
  );
}

const SOON_MS = 3_600_000;

export function Used({ text, route }: { readonly text: string; readonly route: Route | null }) {
  const capabilities = route && account(route.account)?.capabilities;
  if (!capabilities) return null;
  const { used, limit, unit, over, shown } = meter(text, capabilities);
  if (!shown) return null;
  return (
    <span class={over ? "meta figures over" : "meta figures"} role={over ? "alert" : undefined}>
      {fill(words.value[`used_${unit}`], { used, limit })}
    </span>
  );
}
