// When this customer is called back: what was promised, and a new promise.

import { useEffect, useRef, useState } from "preact/hooks";
import { callbacks } from "../../api/desk";
import type { Callback, Conversation } from "../../api/types";
import { say, sayCode, sayWhen, words } from "../../i18n";
import { numberOf, ofCustomer } from "../../state/callbacks";
import { now } from "../../state/clock";
import { may } from "../../state/me";
import { attempt } from "../../state/toasts";
import { booking } from "../../state/ui";
import { takesFocus } from "../parts/focus";
import { Section } from "./section";
import { When } from "./when";

export function Callbacks({ conversation }: { readonly conversation: Conversation }) {
  const [live, setLive] = useState<readonly Callback[]>([]);
  const load = () => attempt(async () => setLive((await callbacks.live()).items));
  // What happens in the conversation may be what became of a callback.
  useEffect(() => void load(), [conversation.updated_at]);
  const cancel = async (one: Callback) => {
    await attempt(() => callbacks.cancel(one.id));
    await load(); // also after a refusal, which may be because it is over
  };
  const theirs = ofCustomer(live, conversation);
  return (
    <Section name="callbacks" title={words.value.callbacks}>
      {theirs.length === 0 && <p class="meta">{words.value.callbackNone}</p>}
      <ul class="promised" aria-label={words.value.callbacks}>
        {theirs.map((one) => (
          <Planned key={one.id} one={one} cancel={() => void cancel(one)} />
        ))}
      </ul>
      {may("work:take") && <Make conversation={conversation} made={load} />}
    </Section>
  );
}

/** Once it is in hand the call has to end by itself. */
const IN_HAND = new Set(["offered", "dialing", "ringing", "bridged"]);

interface PlannedProps {
  readonly one: Callback;
  readonly cancel: () => void;
}

function Planned({ one, cancel }: PlannedProps) {
  const [wants, setWants] = useState(false);
  const still = may("work:take") && !IN_HAND.has(one.state);
  const asks = still && wants;
  return (
    <li>
      <span class="cut figures">{one.number}</span>
      <span class="meta figures last">{sayWhen(Date.parse(one.visible_at), now.value)}</span>
      <span class="meta cut">
        {sayCode("callback_", one.state)}
        {one.tries > 0 && ` · ${say("callbackTries", { n: one.tries })}`}
      </span>
      {still && !asks && (
        <button type="button" class="link" onClick={() => setWants(true)}>
          {words.value.callbackCancel}
        </button>
      )}
      {asks && (
        <fieldset class="sure" aria-label={words.value.callbackSure}>
          <span class="grow">{words.value.callbackSure}</span>
          <button type="button" class="link" ref={takesFocus} onClick={() => setWants(false)}>
            {words.value.callbackKeep}
          </button>
          <button
            type="button"
            class="link bad"
            onClick={() => {
              setWants(false);
              cancel();
            }}
          >
            {words.value.callbackCancelSure}
          </button>
        </fieldset>
      )}
    </li>
  );
}

interface MakeProps {
  readonly conversation: Conversation;
  readonly made: () => Promise<boolean>;
}

function Make({ conversation, made }: MakeProps) {
  const [number, setNumber] = useState(numberOf(conversation));
  // Times are asked for of a number that is written to its end.
  const [written, setWritten] = useState(number);
  const [fixed, setFixed] = useState(false);
  // A time belongs to the number that it was asked for with.
  const [chosen, setChosen] = useState({ number, at: "" });
  const at = fixed && chosen.number === number ? chosen.at : "";
  const [mine, setMine] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const asked = booking.value;
  useEffect(() => {
    if (!asked) return;
    booking.value = null;
    setFixed(asked === "fixed");
    field.current?.select();
    field.current?.form?.scrollIntoView({ block: "nearest" });
  }, [asked]);
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
        ref={field}
        class="field"
        type="tel"
        required
        aria-label={words.value.callbackNumber}
        placeholder={words.value.callbackNumber}
        value={number}
        onInput={(event) => setNumber(event.currentTarget.value)}
        onChange={(event) => setWritten(event.currentTarget.value)}
      />
      <When
        number={written}
        queue={conversation.work?.queue ?? ""}
        fixed={fixed}
        setFixed={setFixed}
        choose={(time) => setChosen({ number: written, at: time })}
      />
      <label class="tick">
        <input
          type="checkbox"
          checked={mine}
          onChange={(event) => setMine(event.currentTarget.checked)}
        />
        {words.value.callbackMine}
      </label>
      <button type="submit" class="button" disabled={fixed && !at}>
        {words.value.callbackMake}
      </button>
    </form>
  );
}
