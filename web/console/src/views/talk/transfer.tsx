// Handing a conversation on, with a note for whoever takes over; or asking a colleague into a call.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../../api/types";
import { say, words } from "../../i18n";
import { consult, transfer } from "../../state/actions";
import { agents, loadDirectory, queues } from "../../state/directory";
import { login } from "../../state/me";
import { type Target, targets } from "../../state/targets";
import { type Handing, handing } from "../../state/ui";
import { CloseButton } from "../parts/close";
import { moveBetween } from "../parts/pop";

function close(): void {
  handing.value = null;
}

interface HandOnProps {
  readonly conversation: Conversation;
  readonly what: Handing;
}

export function HandOn({ conversation, what }: HandOnProps) {
  const consults = what === "consult";
  const [text, setText] = useState("");
  const [to, setTo] = useState<Target | null>(null);
  const [note, setNote] = useState("");
  // Whom the desk found to have no room: a supervisor may give it to them all the same.
  const [full, setFull] = useState<Target | null>(null);
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    void loadDirectory();
    root.current?.querySelector("input")?.focus();
  }, []);
  // Only a colleague can be asked; a queue has no telephone.
  const found = targets(consults ? [] : queues.value, agents.value, {
    text,
    me: login.value,
    queue: conversation.work?.queue ?? "",
    agent: conversation.work?.agent ?? "",
  });
  const press = async (force = false) => {
    if (!to) return;
    const done = consults
      ? consult(conversation.id, to.to.replace(/^agent:/, ""))
      : transfer(conversation.id, to.to, { note, force, full: () => setFull(to) });
    if (await done) close();
  };
  return (
    <section
      class="transfer"
      ref={root}
      aria-label={words.value[`${what}Title`]}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.preventDefault();
          close();
        } else moveBetween(root, event);
      }}
    >
      <div class="measure">
        <div class="transfer-head">
          <h2 class="grow">{words.value[`${what}Title`]}</h2>
          <CloseButton press={close} />
        </div>
        <input
          class="field"
          value={text}
          placeholder={words.value[`${what}Find`]}
          aria-label={words.value.transferTo}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setTo(null);
          }}
        />
        <ul class="targets">
          {found.map((target) => (
            <li key={target.to}>
              <TargetChoice target={target} chosen={to?.to === target.to} choose={setTo} />
            </li>
          ))}
          {found.length === 0 && <li class="empty">{words.value.transferNobody}</li>}
        </ul>
        <div class="transfer-foot">
          {consults ? (
            <p class="meta grow">{words.value.consultHint}</p>
          ) : (
            <input
              class="field"
              value={note}
              placeholder={words.value.handoverNote}
              aria-label={words.value.handoverNote}
              onInput={(event) => setNote(event.currentTarget.value)}
            />
          )}
          {to && full?.to === to.to && (
            <button type="button" class="button" onClick={() => void press(true)}>
              {words.value.transferForce}
            </button>
          )}
          <button type="button" class="button main" disabled={!to} onClick={() => void press()}>
            {words.value[`${what}Now`]}
          </button>
        </div>
      </div>
    </section>
  );
}

interface ChoiceProps {
  readonly target: Target;
  readonly chosen: boolean;
  readonly choose: (target: Target) => void;
}

function TargetChoice({ target, chosen, choose }: ChoiceProps) {
  const about =
    target.kind === "queue"
      ? say("toQueue", { n: target.waiting })
      : say("toAgent", {
          presence: words.value[target.presence],
          load: target.load,
          capacity: target.capacity,
        });
  // Who is not here can be given nothing.
  const away = target.kind === "agent" && target.presence === "offline";
  return (
    <button
      type="button"
      class="choice"
      aria-pressed={chosen}
      disabled={away}
      onClick={() => choose(target)}
    >
      <span class={target.kind === "agent" ? `dot ${target.presence}` : "dot queue"} />
      <span class="cut">{target.name}</span>
      <span class="meta figures">{about}</span>
    </button>
  );
}
