// What is seldom done with a whole conversation: let it go on in another of the same person.

import { useState } from "preact/hooks";
import type { Conversation, Row } from "../../api/types";
import { sayCode, sayWhen, words } from "../../i18n";
import { can, joinInto } from "../../state/actions";
import { now } from "../../state/clock";
import { wordless } from "../../state/people";
import { Certain } from "../parts/certain";
import { Glyph } from "../parts/glyph";
import { Icon } from "../parts/icon";
import { Pop } from "../parts/pop";

export function More({ conversation }: { readonly conversation: Conversation }) {
  if (!can(conversation, "status") || conversation.continued_in) return null;
  return (
    <Pop
      label={words.value.joinInto}
      class="button bare only"
      panelClass="joining"
      kind="dialog"
      button={<Icon name="more" />}
    >
      {(close) => <Join conversation={conversation} close={close} />}
    </Pop>
  );
}

interface JoinProps {
  readonly conversation: Conversation;
  readonly close: () => void;
}

function Join({ conversation, close }: JoinProps) {
  const [into, setInto] = useState<Row | null>(null);
  const others = (conversation.contact.conversations ?? []).filter(
    (one) => one.id !== conversation.id && !one.continued_in,
  );
  if (into)
    return (
      <Certain
        sure={words.value.joinSure}
        label={words.value.joinDo}
        press={() => void joinInto(conversation.id, into.id)}
        close={close}
      >
        <p class="row-line">
          <Told row={into} />
        </p>
      </Certain>
    );
  return (
    <>
      <h3>{words.value.joinInto}</h3>
      {others.length === 0 && <p class="meta">{words.value.joinNone}</p>}
      {others.map((one) => (
        <button key={one.id} type="button" class="choice" onClick={() => setInto(one)}>
          <Told row={one} />
        </button>
      ))}
    </>
  );
}

function Told({ row }: { readonly row: Row }) {
  return (
    <>
      <Glyph channel={row.channel} />
      <span class="cut grow">{row.preview?.text || row.subject || wordless(row.channel)}</span>
      <span class="meta figures" title={sayCode("", row.status)}>
        {sayWhen(Date.parse(row.updated_at), now.value)}
      </span>
    </>
  );
}
