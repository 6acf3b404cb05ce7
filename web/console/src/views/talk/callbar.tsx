// The bar on a live call: where it stands, hold, hand on, hang up.

import type { Conversation } from "../../api/types";
import { sayCode, sayFor, words } from "../../i18n";
import * as actions from "../../state/actions";
import { now } from "../../state/clock";
import { login } from "../../state/me";
import { transferOpen } from "../../state/ui";
import { Icon } from "../parts/icon";

export function CallBar({ conversation }: { readonly conversation: Conversation }) {
  const call = conversation.calls.find((each) => each.state !== "ended");
  if (!call) return null;
  const { id, work } = conversation;
  const mine = work?.agent === login.value && actions.can(conversation, "take");
  const state = call.held ? words.value.call_held : sayCode("call_", call.state);
  const time = sayFor(now.value - Date.parse(call.connected_at ?? call.started_at));
  return (
    <section class="callbar" aria-label={words.value.kind_call}>
      <Icon name="phone" />
      <p class="grow">
        <b role="status">{state}</b> <span class="meta figures">{time}</span>
      </p>
      {mine && call.state === "connected" && (
        <>
          <button
            type="button"
            class="button"
            aria-pressed={call.held}
            onClick={() => void actions.hold(id, !call.held)}
          >
            {words.value[call.held ? "callResume" : "callHold"]}
          </button>
          <button
            type="button"
            class="button"
            onClick={() => {
              transferOpen.value = true;
            }}
          >
            {words.value.transfer}
          </button>
        </>
      )}
      {mine && (
        <button type="button" class="button hangup" onClick={() => void actions.hangUp(id)}>
          {words.value.callHangUp}
        </button>
      )}
    </section>
  );
}
