// What customers ask and no article answers: for whoever writes the next article.

import type { LackingRow, QuestionReport } from "../../api/types";
import { say, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { hashOf } from "../../state/route";

export function Lacking({ report }: { readonly report: QuestionReport }) {
  const { asked, answered, written, kept, items } = report;
  if (asked === 0) return <p class="empty">{words.value.noQuestions}</p>;
  return (
    <>
      <p class="figures">{say("questionsAnswered", { n: answered, asked })}</p>
      {written + kept > 0 && <p class="figures">{say("questionsWritten", { written, kept })}</p>}
      {items.length === 0 && <p class="empty">{words.value.nothingLacks}</p>}
      <ol class="lacking" aria-label={words.value.reportQuestions}>
        {items.map((row) => (
          <Line key={row.text + row.last_at} row={row} />
        ))}
      </ol>
    </>
  );
}

function Line({ row }: { readonly row: LackingRow }) {
  const at = sayWhen(Date.parse(row.last_at), now.value);
  const href =
    row.conversation &&
    hashOf({ page: "conversations", view: "all", conversation: row.conversation });
  return (
    <li>
      <span class="figures">{say("timesAsked", { n: row.count })}</span>
      <span class="grow">{href ? <a href={href}>{row.text}</a> : row.text}</span>
      <span class="meta">{say("lastAsked", { at })}</span>
    </li>
  );
}
