// Whom we call back: a new one for this customer, and all that wait.

import { useEffect, useState } from "preact/hooks";
import { callbacks } from "../../api/desk";
import type { Callback, Conversation } from "../../api/types";
import { say, sayCode, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { may } from "../../state/me";
import { attempt } from "../../state/toasts";
import { Section } from "./section";
import { When } from "./when";

const SHOWN = 8;

export function Callbacks({ conversation }: { readonly conversation: Conversation }) {
  const [live, setLive] = useState<readonly Callback[]>([]);
  const load = () => attempt(async () => setLive((await callbacks.live()).items));
  // What happens in the conversation may be what became of a callback.
  useEffect(() => void load(), [conversation.updated_at]);
  const cancel = (one: Callback) =>
    attempt(async () => {
      await callbacks.cancel(one.id);
      await load();
    });
  const own = live.filter((one) => one.conversation === conversation.id);
  const others = live.filter((one) => one.conversation !== conversation.id);
  return (
    <Section name="callbacks" title={words.value.callbacks}>
      {live.length === 0 && <p class="meta">{words.value.callbackNone}</p>}
      <ul class="promised" aria-label={words.value.callbacks}>
        {[...own, ...others].slice(0, SHOWN).map((one) => (
          <li key={one.id}>
            <span class="cut figures">{one.number}</span>
            <span class="meta figures last">{sayWhen(Date.parse(one.visible_at), now.value)}</span>
            <span class="meta cut">
              {one.conversation === conversation.id && `${words.value.callbackOwn} · `}
              {sayCode("callback_", one.state)}
              {one.tries > 0 && ` · ${say("callbackTries", { n: one.tries })}`}
            </span>
            {may("work:take") && (
              <button type="button" class="link" onClick={() => void cancel(one)}>
                {words.value.callbackCancel}
              </button>
            )}
          </li>
        ))}
      </ul>
      {may("work:take") && <Make conversation={conversation} made={load} />}
    </Section>
  );
}

interface MakeProps {
  readonly conversation: Conversation;
  readonly made: () => Promise<boolean>;
}

function Make({ conversation, made }: MakeProps) {
  const [number, setNumber] = useState(numberOf(conversation));
  const [at, setAt] = useState("");
  const queue = conversation.work?.queue ?? "";
  const [mine, setMine] = useState(false);
  const make = (event: Event) => {
    event.preventDefault();
    void attempt(async () => {
      await callbacks.make(conversation.id, number, at, mine);
      await made();
    });
  };
  return (
    <form class="book" onSubmit={make}>
      <input
        class="field"
        type="tel"
        required
        aria-label={words.value.callbackNumber}
        placeholder={words.value.callbackNumber}
        value={number}
        onInput={(event) => setNumber(event.currentTarget.value)}
      />
      <When number={number} queue={queue} choose={setAt} />
      <label class="tick">
        <input
          type="checkbox"
          checked={mine}
          onChange={(event) => setMine(event.currentTarget.checked)}
        />
        {words.value.callbackMine}
      </label>
      <button type="submit" class="button">
        {words.value.callbackMake}
      </button>
    </form>
  );
}

function numberOf(conversation: Conversation): string {
  const known = conversation.contact.identities ?? [];
  const phone = known.find((identity) => identity.urn.startsWith("tel:+"));
  return phone ? phone.urn.slice("tel:".length) : "";
}
