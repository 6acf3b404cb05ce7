// The right pane: who the customer is, why the conversation is here, what came before.

import { useEffect, useState } from "preact/hooks";
import { contacts } from "../../api/desk";
import type { Contact, Conversation } from "../../api/types";
import { words } from "../../i18n";
import { opened } from "../../state/open";
import { closeSide, sideShown } from "../../state/ui";
import { Icon } from "../parts/icon";
import { History } from "./history";
import { Who } from "./who";
import { WhyCard } from "./why";

export function Side() {
  const conversation = opened.value?.conversation;
  const { wide, narrow } = sideShown;
  if (!conversation) return null;
  const shown = [wide.value && "on-wide", narrow.value && "on-narrow"].filter(Boolean);
  return (
    <aside class={["side", ...shown].join(" ")} aria-label={words.value.details}>
      <div class="side-head">
        <h2 class="grow">{words.value.details}</h2>
        <button
          type="button"
          class="button bare only"
          aria-label={words.value.close}
          onClick={closeSide}
        >
          <Icon name="close" />
        </button>
      </div>
      <Sections key={conversation.id} conversation={conversation} />
    </aside>
  );
}

function Sections({ conversation }: { readonly conversation: Conversation }) {
  const [contact, setContact] = useState<Contact>(conversation.contact);
  const id = conversation.contact.id;
  useEffect(() => {
    let here = true;
    contacts.get(id).then(
      (found) => here && setContact(found),
      () => undefined, // the card from the conversation stays
    );
    return () => {
      here = false;
    };
  }, [id, conversation.seq]);
  return (
    <>
      <Who contact={contact} changed={setContact} />
      <WhyCard conversation={conversation} />
      <History contact={contact} present={conversation.id} />
    </>
  );
}
