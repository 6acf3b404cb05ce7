// The customer's card: name, language, VIP, the addresses that lead to them, what the shop knows.

import { useState } from "preact/hooks";
import { contacts } from "../../api/desk";
import type { Contact } from "../../api/types";
import { sayLanguage, words } from "../../i18n";
import { may } from "../../state/me";
import { personName } from "../../state/people";
import { attempt } from "../../state/toasts";
import { takesFocus } from "../parts/focus";
import { Address } from "./address";
import { Merging } from "./merging";
import { Section } from "./section";

interface WhoProps {
  readonly contact: Contact;
  readonly changed: (contact: Contact) => void;
}

const LANGUAGES = ["zh-CN", "zh-TW", "en"] as const;

export function Who({ contact, changed }: WhoProps) {
  const change = (changes: Partial<Contact>) =>
    attempt(async () => changed(await contacts.change(contact.id, changes)));
  const writable = may("contact:write");
  const language = contact.language === "zh" ? "zh-CN" : (contact.language ?? "");
  return (
    <Section name="who" title={words.value.who}>
      <div class="who-name">
        <Name contact={contact} writable={writable} save={(name) => void change({ name })} />
        {contact.vip && <span class="tag vip">{words.value.vip}</span>}
        {contact.blocked && <span class="tag late">{words.value.blocked}</span>}
      </div>
      <dl class="facts">
        <dt>{words.value.preferredLanguage}</dt>
        <dd>
          <select
            class="quiet"
            aria-label={words.value.preferredLanguage}
            disabled={!writable}
            value={language}
            onChange={(event) => void change({ language: event.currentTarget.value })}
          >
            {[...new Set([language, ...LANGUAGES])].map((one) => (
              <option key={one} value={one}>
                {sayLanguage(one)}
              </option>
            ))}
          </select>
        </dd>
      </dl>
      <ul class="identities" aria-label={words.value.identities}>
        {(contact.identities ?? []).map((identity) => (
          <Address key={identity.urn} identity={identity} />
        ))}
      </ul>
      <Attributes attributes={contact.attributes ?? {}} />
      {may("contact:merge") && <Merging contact={contact} />}
      {writable && (
        <button type="button" class="link" onClick={() => void change({ vip: !contact.vip })}>
          {words.value[contact.vip ? "unmakeVip" : "makeVip"]}
        </button>
      )}
    </Section>
  );
}

interface NameProps {
  readonly contact: Contact;
  readonly writable: boolean;
  readonly save: (name: string) => void;
}

function Name({ contact, writable, save }: NameProps) {
  const [text, setText] = useState<string | null>(null);
  const done = () => {
    const name = text?.trim();
    if (name && name !== contact.name) save(name);
    setText(null);
  };
  if (text === null)
    return (
      <button
        type="button"
        class="name-edit cut"
        disabled={!writable}
        title={writable ? words.value.editName : undefined}
        onClick={() => setText(contact.name)}
      >
        {personName(contact.name)}
      </button>
    );
  return (
    <input
      class="field"
      value={text}
      aria-label={words.value.editName}
      ref={takesFocus}
      onInput={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.isComposing) done();
        if (event.key === "Escape") setText(null);
      }}
    />
  );
}

function Attributes({ attributes }: { readonly attributes: Readonly<Record<string, string>> }) {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return null;
  return (
    <dl class="facts" aria-label={words.value.attributes}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
