// A conversation in the list, two lines: who and what; below, where it stands, and the clock.

import type { Row as RowData } from "../../api/types";
import { say, sayCode, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { agentName, queueName } from "../../state/directory";
import { login } from "../../state/me";
import { hashOf, openId, view } from "../../state/route";
import { waits } from "../../state/rows";
import { selected } from "../../state/ui";
import { Glyph } from "../parts/glyph";
import { Ring } from "../parts/ring";

export function nameOf(row: RowData): string {
  return row.contact.name || words.value.customer;
}

function standing(row: RowData): string {
  const queue = queueName(row.work?.queue);
  const agent = row.work?.agent;
  const whose = agent && agent !== login.value ? agentName(agent) : "";
  const status = row.status === "open" ? "" : sayCode("", row.status);
  return [queue, whose, status].filter(Boolean).join(" · ");
}

export function Row({ row }: { readonly row: RowData }) {
  const here = openId.value === row.id;
  const waiting = waits(row);
  const classes = [
    "row",
    here && "here",
    selected.value === row.id && "selected",
    waiting && "waits",
  ];
  const own = row.preview?.direction === "out" ? `${words.value.you}: ` : "";
  return (
    <li>
      <a
        class={classes.filter(Boolean).join(" ")}
        href={hashOf({ page: "conversations", view: view.value, conversation: row.id })}
        aria-current={here ? "true" : undefined}
        data-row={row.id}
        onFocus={() => {
          selected.value = row.id;
        }}
      >
        <span class="row-line">
          <Glyph channel={row.channel} />
          <strong class="cut">{nameOf(row)}</strong>
          {row.contact.vip && <span class="tag vip">{words.value.vip}</span>}
          <span class="row-words cut grow">
            {own}
            {row.preview?.text || row.subject || say("noWords")}
          </span>
        </span>
        <span class="row-line meta">
          <span class="cut grow">{standing(row)}</span>
          {row.turn?.due ? (
            <Ring openedAt={row.turn.opened_at} due={row.turn.due} />
          ) : (
            <span class="figures">{sayWhen(Date.parse(row.updated_at), now.value)}</span>
          )}
        </span>
      </a>
    </li>
  );
}
