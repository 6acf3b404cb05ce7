// Beside a message: from here on it is another matter, and a conversation of its own.

import type { MessageItem } from "../../api/types";
import { words } from "../../i18n";
import { can, splitFrom } from "../../state/actions";
import { opened } from "../../state/open";
import { Certain } from "../parts/certain";
import { Icon } from "../parts/icon";
import { Pop } from "../parts/pop";

interface SplitProps {
  readonly item: MessageItem;
  readonly conversation: string;
}

/** What is open can be split, and not from its first message on. */
function maySplit({ item, conversation }: SplitProps): boolean {
  const open = opened.value;
  if (open?.id !== conversation || !open.conversation) return false;
  if (open.conversation.status === "resolved" || !can(open.conversation, "status")) return false;
  const first = open.items.find((one) => one.type === "message");
  return open.more || (first?.seq ?? 0) < (item.seq ?? 0);
}

export function SplitHere(props: SplitProps) {
  const { item, conversation } = props;
  if (!maySplit(props)) return null;
  return (
    <span class="answer beside">
      <Pop
        label={words.value.splitHere}
        class="button bare only"
        panelClass={item.direction === "in" ? "left" : ""}
        kind="dialog"
        button={<Icon name="split" />}
      >
        {(close) => (
          <Certain
            sure={words.value.splitSure}
            label={words.value.splitDo}
            press={() => {
              close();
              void splitFrom(conversation, item.id);
            }}
            close={close}
          />
        )}
      </Pop>
    </span>
  );
}
