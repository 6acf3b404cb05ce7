// A call on the timeline: what became of it, and how long it took.

import { say, sayCode, sayFor } from "../../i18n";
import { now } from "../../state/clock";
import { opened } from "../../state/open";

export function Called({ message }: { readonly message: string }) {
  const call = opened.value?.conversation?.calls.find((each) => each.message === message);
  if (!call) return null;
  const end = call.ended_at ? Date.parse(call.ended_at) : now.value;
  const time = sayFor(end - Date.parse(call.connected_at ?? call.started_at));
  const state = call.ended_at ? sayCode("call_", call.outcome) : sayCode("call_", call.state);
  return (
    <p class="figures">{say(call.connected_at ? "callTook" : "callWaited", { state, time })}</p>
  );
}
