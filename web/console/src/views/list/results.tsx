// What a search has found: conversations, messages, people; in the list's place.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { desk } from "../../api/desk";
import type { SearchHit } from "../../api/types";
import { say, sayProblem, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { type Found, readHit } from "../../state/hits";
import { hashOf, view } from "../../state/route";
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
  const asked = searchText.value.trim();
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => void ask(asked, abort.signal), WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [asked]);
  const found = search.value;
  const hits = (found?.hits ?? []).flatMap((hit) => readHit(hit) ?? []);
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
          <Hit key={hit.key} hit={hit} />
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

function Hit({ hit }: { readonly hit: Found }) {
  const body = (
    <>
      <span class="row-line">
        {hit.channel && <Glyph channel={hit.channel} />}
        <strong class="cut">{hit.name || words.value.customer}</strong>
        <span class="row-words cut grow">{hit.text}</span>
      </span>
      <span class="row-line meta">
        <span class="cut grow">{words.value[hit.what]}</span>
        {hit.at && <span class="figures">{sayWhen(Date.parse(hit.at), now.value)}</span>}
      </span>
    </>
  );
  const conversation = hit.conversation;
  return (
    <li>
      {conversation ? (
        <a
          class="row"
          href={hashOf({ page: "conversations", view: view.value, conversation })}
          data-row={conversation}
        >
          {body}
        </a>
      ) : (
        <div class="row">{body}</div>
      )}
    </li>
  );
}
