// A conversation in the list, two lines: who and what; below, where it stands, and the clock.

import type { Row as RowData } from "../../api/types";
import { say, sayCode, sayWhen, words } from "../../i18n";
import { now, presentBefore } from "../../state/clock";
import { agentName, queueName } from "../../state/directory";
import { login } from "../../state/me";
import { personName, wordless } from "../../state/people";
import { toneOf } from "../../state/promises";
import { hashOf, openId, view } from "../../state/route";
import { waits } from "../../state/rows";
import { selected } from "../../state/ui";
import { Glyph } from "../parts/glyph";
import { Ring } from "../parts/ring";

/** The newest words; whose they are, unless the customer's. */
export function firstWords(row: RowData): string {
  const { preview } = row;
  const said = preview?.text || row.subject || wordless(row.channel);
  if (preview?.direction !== "out") return said;
  const [kind, who] = String(preview.author ?? "").split(":");
  if (kind === "auto") return say("by", { who: words.value.automatic, what: said });
  const name = who === login.value ? words.value.you : agentName(who);
  return name ? say("by", { who: name, what: said }) : said;
}

function standing(row: RowData): string {
  const queue = queueName(row.work?.queue);
  const agent = row.work?.agent;
  const whose = agent && agent !== login.value ? agentName(agent) : "";
  const status = row.status === "open" ? "" : sayCode("", row.status);
  return [queue, whose, status].filter(Boolean).join(" · ");
}

function isEscalated(row: RowData): boolean {
  return row.status !== "resolved" && (row.judgement?.escalated.length ?? 0) > 0;
}

function Promised({ row }: { readonly row: RowData }) {
  const { promise } = row;
  if (!promise) return null;
  const due = Date.parse(promise.due);
  const tone = toneOf(promise, presentBefore(due));
  const at = sayWhen(due, now.value);
  return (
    <span class={`tag ${tone}`} title={say("promiseOf", { at, name: agentName(promise.owner) })}>
      {tone === "late" ? words.value.promiseLate : say("promiseUntil", { at })}
    </span>
  );
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
          <strong class="cut">{personName(row.contact.name)}</strong>
          <span class="row-words cut grow">{firstWords(row)}</span>
        </span>
        <span class="row-line meta">
          <span class="cut">{standing(row)}</span>
          {row.contact.vip && <span class="tag vip">{words.value.vip}</span>}
          {isEscalated(row) && (
            <span class="tag late" title={row.judgement?.escalated.join(" · ")}>
              {words.value.escalated}
            </span>
          )}
          {row.promise && <Promised row={row} />}
          <span class="grow" />
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
