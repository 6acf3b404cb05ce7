// The bar on a live call: where it stands, hold, ask a colleague, hand on, hang up.

import type { Conversation } from "../../api/types";
import { say, sayCode, sayFor, words } from "../../i18n";
import * as actions from "../../state/actions";
import { now } from "../../state/clock";
import { agentName } from "../../state/directory";
import { login } from "../../state/me";
import { type Handing, handing } from "../../state/ui";
import { Icon } from "../parts/icon";

export function CallBar({ conversation }: { readonly conversation: Conversation }) {
  const call = conversation.calls.find((each) => each.state !== "ended");
  if (!call) return null;
  const { id, work } = conversation;
  const mine = work?.agent === login.value && actions.can(conversation, "take");
  const asked = actions.consulted.value?.call === call.id ? actions.consulted.value.agent : null;
  const state = call.held ? words.value.call_held : sayCode("call_", call.state);
  const time = sayFor(now.value - Date.parse(call.connected_at ?? call.started_at));
  return (
    <section class="callbar" aria-label={words.value.kind_call}>
      <Icon name="phone" />
      <p class="grow">
        <b role="status">{state}</b> <span class="meta figures">{time}</span>
        {mine && asked && (
          <span class="meta"> · {say("consulting", { name: agentName(asked) })}</span>
        )}
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
          {asked ? (
            <button
              type="button"
              class="button main"
              onClick={() => void actions.transfer(id, `agent:${asked}`)}
            >
              {say("consultHandOver", { name: agentName(asked) })}
            </button>
          ) : (
            <HandingButton what="consult" />
          )}
          <HandingButton what="transfer" />
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

function HandingButton({ what }: { readonly what: Handing }) {
  return (
    <button
      type="button"
      class="button"
      aria-expanded={handing.value === what}
      onClick={() => {
        handing.value = handing.value === what ? null : what;
      }}
    >
      {words.value[what]}
    </button>
  );
}
