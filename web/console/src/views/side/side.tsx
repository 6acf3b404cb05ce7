// The right pane: who the customer is, why the conversation is here, what came before.

import type { Contact, Conversation } from "../../api/types";
import { words } from "../../i18n";
import { opened, takeConversation } from "../../state/open";
import { closeSide, sideShown } from "../../state/ui";
import { CloseButton } from "../parts/close";
import { Callbacks } from "./callbacks";
import { History } from "./history";
import { Judged } from "./judged";
import { Promises } from "./promises";
import { Surveys } from "./surveys";
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
        <CloseButton press={closeSide} />
      </div>
      <Sections key={conversation.id} conversation={conversation} />
    </aside>
  );
}

function Sections({ conversation }: { readonly conversation: Conversation }) {
  const { contact } = conversation;
  const changed = (next: Contact) => takeConversation({ ...conversation, contact: next });
  return (
    <>
      <Who contact={contact} changed={changed} />
      <Judged conversation={conversation} />
      <WhyCard conversation={conversation} />
      <Promises conversation={conversation} />
      <Callbacks conversation={conversation} />
      <Surveys conversation={conversation} />
      <History contact={contact} present={conversation.id} />
    </>
  );
}
