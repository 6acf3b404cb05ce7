// Where a conversation goes on, and what goes on in it.

import type { Conversation, EventItem } from "../../api/types";
import { words } from "../../i18n";
import { eventWords } from "../../state/eventwords";
import { hashOf, view } from "../../state/route";
import { Icon } from "../parts/icon";

const whither = (conversation: string) =>
  hashOf({ page: "conversations", view: view.value, conversation });

/** Below what goes on elsewhere: nobody answers here any more. */
export function Onward({ conversation }: { readonly conversation: Conversation }) {
  const into = conversation.continued_in;
  if (!into) return null;
  return (
    <p class="onward" role="status">
      <Icon name="forward" />
      <span>{words.value.continuedHint}</span>
      <a class="link" href={whither(into)}>
        {words.value.continuedGo}
      </a>
    </p>
  );
}

/** The other conversation that an event tells of. */
function otherOf({ kind, body }: EventItem, present: string): string | null {
  if (kind === "conversation.continued") return String(body.into);
  if (kind === "conversation.joined") return String(body.conversation);
  if (kind !== "conversation.split") return null;
  return String(body.into === present ? body.conversation : body.into);
}

interface LineProps {
  readonly item: EventItem;
  readonly present: string;
}

export function Line({ item, present }: LineProps) {
  const other = otherOf(item, present);
  const text = eventWords(item);
  return other ? (
    <a class="link" href={whither(other)}>
      {text}
    </a>
  ) : (
    <span>{text}</span>
  );
}
