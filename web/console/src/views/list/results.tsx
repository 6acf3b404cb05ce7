// What a search has found: conversations, messages, people; in the list's place.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { desk } from "../../api/desk";
import type { SearchHit } from "../../api/types";
import { say, sayProblem, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { personName } from "../../state/people";
import { hashOf, view } from "../../state/route";
import { soughtIn } from "../../state/sought";
import { searchText } from "../../state/ui";
import { Glyph } from "../parts/glyph";

interface Search {
  readonly asked: string;
  readonly hits: readonly SearchHit[];
  readonly problem: string | null;
}

const search = signal<Search | null>(null);
const WAIT_MS = 200;

export function Results() {
  const asked = soughtIn(searchText.value);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => void ask(asked, abort.signal), WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [asked]);
  const found = search.value;
  const hits = found?.hits ?? [];
  const settled = found?.asked === asked;
  return (
    <>
      <div class="results-head">
        <h2 class="cut grow">{say("searching", { q: asked })}</h2>
        <button
          type="button"
          class="link"
          onClick={() => {
            searchText.value = "";
          }}
        >
          {words.value.clear}
        </button>
      </div>
      {settled && found?.problem && <p class="empty">{found.problem}</p>}
      {settled && !found?.problem && hits.length === 0 && (
        <p class="empty">{say("searchNone", { q: asked })}</p>
      )}
      <ul class="rows" aria-busy={!settled}>
        {hits.map((hit) => (
          <Hit key={`${hit.type}:${hit.id}`} hit={hit} />
        ))}
      </ul>
    </>
  );
}

async function ask(asked: string, abort: AbortSignal): Promise<void> {
  try {
    const page = await desk.search(asked, abort);
    search.value = { asked, hits: page.items, problem: null };
  } catch (error) {
    if (!abort.aborted) search.value = { asked, hits: [], problem: sayProblem(error) };
  }
}

const WHAT = { message: "hitMessage", note: "note", contact: "hitContact" } as const;

function Hit({ hit }: { readonly hit: SearchHit }) {
  const row = hit.conversation;
  const body = (
    <>
      <span class="row-line">
        {row && <Glyph channel={row.channel} />}
        <strong class="cut">{personName(hit.name)}</strong>
        <span class="row-words cut grow">{hit.text || row?.preview?.text}</span>
      </span>
      <span class="row-line meta">
        <span class="cut grow">{words.value[WHAT[hit.type]]}</span>
        <span class="figures">{sayWhen(Date.parse(hit.at), now.value)}</span>
      </span>
    </>
  );
  if (!row)
    return (
      <li>
        <div class="row">{body}</div>
      </li>
    );
  const href = hashOf({ page: "conversations", view: view.value, conversation: row.id });
  return (
    <li>
      <a class="row" href={href}>
        {body}
      </a>
    </li>
  );
}
