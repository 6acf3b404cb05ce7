// Earlier conversations of the same person.

import type { Contact } from "../../api/types";
import { sayCode, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { wordless } from "../../state/people";
import { hashOf, view } from "../../state/route";
import { Glyph } from "../parts/glyph";
import { Section } from "./section";

interface HistoryProps {
  readonly contact: Contact;
  readonly present: string;
}

export function History({ contact, present }: HistoryProps) {
  const earlier = (contact.conversations ?? []).filter((one) => one.id !== present);
  return (
    <Section name="history" title={words.value.history}>
      {earlier.length === 0 && <p class="meta">{words.value.historyNone}</p>}
      <ul class="history">
        {earlier.map((row) => (
          <li key={row.id}>
            <a href={hashOf({ page: "conversations", view: view.value, conversation: row.id })}>
              <Glyph channel={row.channel} />
              <span class="cut grow">
                {row.preview?.text || row.subject || wordless(row.channel)}
              </span>
              <span class="meta figures" title={sayCode("", row.status)}>
                {sayWhen(Date.parse(row.updated_at), now.value)}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}
