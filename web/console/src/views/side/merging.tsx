// Two contacts that are one person: found, seen side by side, merged; and parted again.

import { useEffect, useRef, useState } from "preact/hooks";
import { contacts } from "../../api/desk";
import type { Contact, Merged } from "../../api/types";
import { say, sayProblem, words } from "../../i18n";
import { current } from "../../state/actions";
import { refresh } from "../../state/open";
import { personName } from "../../state/people";
import { MOST_SOUGHT, soughtIn } from "../../state/sought";
import { attempt } from "../../state/toasts";
import { Wrong } from "../parts/field";
import { takesFocus } from "../parts/focus";
import { moveBetween } from "../parts/pop";
import { Address } from "./address";

const WAIT_MS = 200;

/** What has changed is seen in the open conversation's card. */
async function doing(act: () => Promise<unknown>): Promise<boolean> {
  const done = await attempt(act);
  const id = current()?.id;
  if (id) await refresh(id);
  return done;
}

export function Merging({ contact }: { readonly contact: Contact }) {
  const [finds, setFinds] = useState(false);
  return (
    <>
      {(contact.merged ?? []).length > 0 && (
        <ul class="merged" aria-label={words.value.mergedWith}>
          {contact.merged?.map((one) => (
            <Part key={one.id} one={one} />
          ))}
        </ul>
      )}
      {finds ? (
        <Find contact={contact} close={() => setFinds(false)} />
      ) : (
        <button type="button" class="link" onClick={() => setFinds(true)}>
          {words.value.mergeWith}
        </button>
      )}
    </>
  );
}

function Part({ one }: { readonly one: Merged }) {
  const [asks, setAsks] = useState(false);
  const name = personName(one.name);
  return (
    <li>
      <span class="cut grow">{say("mergedAlso", { name })}</span>
      {!asks && (
        <button type="button" class="link" onClick={() => setAsks(true)}>
          {words.value.unmerge}
        </button>
      )}
      {asks && (
        <fieldset class="sure" aria-label={words.value.unmergeSure}>
          <span class="grow">{words.value.unmergeSure}</span>
          <button type="button" class="link" ref={takesFocus} onClick={() => setAsks(false)}>
            {words.value.cancel}
          </button>
          <button
            type="button"
            class="link bad"
            onClick={() => void doing(() => contacts.unmerge(one.id))}
          >
            {words.value.unmerge}
          </button>
        </fieldset>
      )}
    </li>
  );
}

interface FindProps {
  readonly contact: Contact;
  readonly close: () => void;
}

function Find({ contact, close }: FindProps) {
  const [text, setText] = useState("");
  const [other, setOther] = useState<Contact | null>(null);
  const root = useRef<HTMLElement>(null);
  const { found, problem } = useFound(soughtIn(text), contact.id);
  const look = (id: string) => attempt(async () => setOther(await contacts.get(id)));
  return (
    <section
      class="merging"
      ref={root}
      aria-label={words.value.mergeWith}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return moveBetween(root, event);
        event.stopPropagation();
        close();
      }}
    >
      {other ? (
        <Decide key={other.id} contact={contact} other={other} close={close} />
      ) : (
        <>
          <input
            class="field"
            type="search"
            maxLength={MOST_SOUGHT}
            ref={takesFocus}
            value={text}
            placeholder={words.value.mergeFind}
            aria-label={words.value.mergeFind}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <Wrong problem={problem} />
          {found?.length === 0 && <p class="meta">{words.value.mergeNone}</p>}
          {found?.map((one) => (
            <button key={one.id} type="button" class="choice" onClick={() => void look(one.id)}>
              <span class="cut">{personName(one.name)}</span>
              {one.vip && <span class="tag vip">{words.value.vip}</span>}
            </button>
          ))}
          <button type="button" class="link" onClick={close}>
            {words.value.cancel}
          </button>
        </>
      )}
    </section>
  );
}

interface Found {
  /** Null before anything was asked, and when nothing came of it. */
  readonly found: readonly Contact[] | null;
  readonly problem: string;
}

const NOT_ASKED: Found = { found: null, problem: "" };

/** People whose name or address has these words. */
function useFound(text: string, present: string): Found {
  const [found, setFound] = useState(NOT_ASKED);
  useEffect(() => {
    if (!text) return setFound(NOT_ASKED);
    const abort = new AbortController();
    const ask = async () => {
      try {
        const { items } = await contacts.find(text, abort.signal);
        setFound({ found: items.filter((one) => one.id !== present), problem: "" });
      } catch (error) {
        if (!abort.signal.aborted) setFound({ found: null, problem: sayProblem(error) });
      }
    };
    const timer = setTimeout(() => void ask(), WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, present]);
  return found;
}

interface DecideProps extends FindProps {
  readonly other: Contact;
}

function Decide({ contact, other, close }: DecideProps) {
  const [stays, setStays] = useState(contact.id);
  const [busy, setBusy] = useState(false);
  const press = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const leaves = stays === contact.id ? other.id : contact.id;
    if (await doing(() => contacts.merge(leaves, stays))) close();
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void press(event)}>
      <fieldset>
        <legend>{words.value.mergeKeep}</legend>
        {[contact, other].map((one) => (
          <label key={one.id} class="stays">
            <input
              type="radio"
              name="stays"
              checked={stays === one.id}
              onChange={() => setStays(one.id)}
            />
            <span class="cut grow">
              <strong>{personName(one.name)}</strong>
            </span>
            <ul class="identities">
              {(one.identities ?? []).map((identity) => (
                <Address key={identity.urn} identity={identity} />
              ))}
              <li class="meta">{say("conversationsN", { n: one.conversations?.length ?? 0 })}</li>
            </ul>
          </label>
        ))}
      </fieldset>
      <p class="meta">{words.value.mergeEffect}</p>
      <div class="buttons">
        <button type="submit" class="button main" disabled={busy} ref={takesFocus}>
          {words.value.mergeDo}
        </button>
        <button type="button" class="button" onClick={close}>
          {words.value.cancel}
        </button>
      </div>
    </form>
  );
}
