// What this customer was promised: until when, what became of it, and a new promise.

import { useEffect, useRef, useState } from "preact/hooks";
import { promises } from "../../api/desk";
import type { Conversation, Pledge } from "../../api/types";
import { sayCode, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { agentName } from "../../state/directory";
import { may } from "../../state/me";
import { within } from "../../state/open";
import { inOrder, isLive, standing } from "../../state/promises";
import { attempt } from "../../state/toasts";
import { pledging } from "../../state/ui";
import { takesFocus } from "../parts/focus";
import { Ring } from "../parts/ring";
import { Section } from "./section";

export function Promises({ conversation }: { readonly conversation: Conversation }) {
  const [all, setAll] = useState<readonly Pledge[]>([]);
  const load = () => attempt(async () => setAll((await promises.of(conversation.id)).items));
  // What happens in the conversation may be what became of a promise.
  useEffect(() => void load(), [conversation.updated_at, conversation.promise?.id]);
  const shown = inOrder(all);
  return (
    <Section name="promises" title={words.value.promises}>
      {shown.length === 0 && <p class="meta">{words.value.promiseNone}</p>}
      <ul class="promised" aria-label={words.value.promises}>
        {shown.map((one) => (
          <One key={one.id} one={one} changed={load} />
        ))}
      </ul>
      {may("message:send") && conversation.status !== "resolved" && (
        <Make conversation={conversation} made={load} />
      )}
    </Section>
  );
}

interface OneProps {
  readonly one: Pledge;
  readonly changed: () => Promise<boolean>;
}

type Ending = "keep" | "withdraw";

function One({ one, changed }: OneProps) {
  const [ending, setEnding] = useState<Ending | null>(null);
  const live = isLive(one);
  const due = sayWhen(Date.parse(one.due), now.value);
  return (
    <li>
      <span class="what">{one.text || words.value.promiseAnswer}</span>
      {live ? (
        <Ring openedAt={one.made_at} due={one.due} left="promiseDueIn" />
      ) : (
        <span class={`tag ${one.state === "broken" ? "late" : ""}`}>
          {sayCode("promise_", standing(one))}
        </span>
      )}
      <span class="meta cut figures">
        {due} · {agentName(one.owner)}
      </span>
      {one.reason && <span class="meta wide">{one.reason}</span>}
      {live && may("message:send") && !ending && (
        <span class="last">
          <button type="button" class="link" onClick={() => setEnding("keep")}>
            {words.value.promiseKeep}
          </button>
          <button type="button" class="link" onClick={() => setEnding("withdraw")}>
            {words.value.promiseWithdraw}
          </button>
        </span>
      )}
      {ending && (
        <Reason
          ending={ending}
          cancel={() => setEnding(null)}
          give={async (reason) => {
            setEnding(null);
            await attempt(() => promises[ending](one.id, reason));
            await changed(); // also after a refusal, which may be because it is over
          }}
        />
      )}
    </li>
  );
}

interface ReasonProps {
  readonly ending: Ending;
  readonly cancel: () => void;
  readonly give: (reason: string) => Promise<void>;
}

function Reason({ ending, cancel, give }: ReasonProps) {
  const [reason, setReason] = useState("");
  const label = words.value[ending === "keep" ? "promiseKeepWhy" : "promiseWithdrawWhy"];
  return (
    <form
      class="sure"
      onSubmit={(event) => {
        event.preventDefault();
        void give(reason.trim());
      }}
    >
      <input
        class="field"
        required
        maxLength={500}
        ref={takesFocus}
        aria-label={label}
        placeholder={label}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <button type="submit" class="link" disabled={!reason.trim()}>
        {words.value[ending === "keep" ? "promiseKeep" : "promiseWithdraw"]}
      </button>
      <button type="button" class="link" onClick={cancel}>
        {words.value.cancel}
      </button>
    </form>
  );
}

interface MakeProps {
  readonly conversation: Conversation;
  readonly made: () => Promise<boolean>;
}

const PRESETS = ["promiseSoon", "promiseToday", "promiseTomorrow", "promiseDay"] as const;

function Make({ conversation, made }: MakeProps) {
  const [text, setText] = useState("");
  const [when, setWhen] = useState("");
  const [refused, setRefused] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const asked = pledging.value;
  useEffect(() => {
    if (!asked) return;
    pledging.value = false;
    field.current?.select();
    field.current?.form?.scrollIntoView({ block: "nearest" });
  }, [asked]);
  const make = async (event: Event) => {
    event.preventDefault();
    const done = await attempt(async () => {
      const { id } = conversation;
      await within(id, promises.make(id, text.trim(), when.trim()));
    });
    setRefused(!done);
    if (!done) return field.current?.focus();
    setText("");
    setWhen("");
    await made();
  };
  return (
    <form class="book" onSubmit={(event) => void make(event)}>
      <input
        ref={field}
        class="field"
        required
        maxLength={100}
        aria-label={words.value.promiseWhen}
        aria-invalid={refused}
        placeholder={words.value.promiseWhen}
        value={when}
        onInput={(event) => {
          setWhen(event.currentTarget.value);
          setRefused(false);
        }}
      />
      <div class="presets">
        {PRESETS.map((preset) => (
          <button
            key={preset}
            type="button"
            class="link"
            aria-pressed={when === words.value[preset]}
            onClick={() => setWhen(words.value[preset])}
          >
            {words.value[preset]}
          </button>
        ))}
      </div>
      <input
        class="field"
        maxLength={500}
        aria-label={words.value.promiseText}
        placeholder={words.value.promiseText}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={!when.trim()}>
        {words.value.promiseMake}
      </button>
    </form>
  );
}
