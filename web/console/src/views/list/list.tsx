// The left pane: views, filter, offers, rows; or what a search has found.

import { useEffect } from "preact/hooks";
import type { View } from "../../api/types";
import { say, sayUnread, words } from "../../i18n";
import { queues } from "../../state/directory";
import { countOf, load, loadingOf, loadMore, queueFilter, shownRows } from "../../state/lists";
import { login, me, setPresence } from "../../state/me";
import { offers } from "../../state/offers";
import { hashOf, openId, view } from "../../state/route";
import { attempt } from "../../state/toasts";
import { searchText } from "../../state/ui";
import { Loading } from "../parts/loading";
import { MineLater } from "./later";
import { OfferCard } from "./offer";
import { Results } from "./results";
import { Row } from "./row";

const VIEWS: readonly View[] = ["mine", "waiting", "all", "resolved"];
const EMPTY = {
  mine: "emptyMine",
  waiting: "emptyWaiting",
  all: "emptyAll",
  resolved: "emptyResolved",
} as const;

export function List() {
  return (
    <nav class="list" aria-label={words.value.views}>
      <OfflineHint />
      {offers.value.length > 0 && (
        <ul class="offers" aria-live="assertive">
          {offers.value.map((offer) => (
            <OfferCard key={offer.id} offer={offer} />
          ))}
        </ul>
      )}
      {searchText.value ? <Results /> : <Lists />}
    </nav>
  );
}

/** Whoever is offline is given nothing; the way back stands where the work would. */
function OfflineHint() {
  const person = me.value;
  if (person?.presence !== "offline" || person.capacity === 0) return null;
  return (
    <div class="offline-hint">
      <p>{words.value.offlineHint}</p>
      <button
        type="button"
        class="button main"
        onClick={() => void attempt(() => setPresence("available"))}
      >
        {words.value.startWork}
      </button>
    </div>
  );
}

function Lists() {
  const which = view.value;
  const who = login.value;
  useEffect(() => {
    if (who && loadingOf(which).state === "unloaded") void load(which);
  }, [which, who]);
  return (
    <>
      <div class="views">
        {VIEWS.map((one) => (
          <ViewTab key={one} which={one} />
        ))}
      </div>
      <QueueFilter />
      {which === "mine" && <MineLater />}
      <Rows which={which} />
    </>
  );
}

function ViewTab({ which }: { readonly which: View }) {
  const count = which === "resolved" || which === "all" ? 0 : countOf(which);
  const here = view.value === which;
  return (
    <a
      class={here ? "view here" : "view"}
      href={hashOf({ page: "conversations", view: which, conversation: openId.value })}
      aria-current={here ? "page" : undefined}
    >
      {words.value[which]}
      {count > 0 && <span class="count figures">{count}</span>}
    </a>
  );
}

function QueueFilter() {
  if (queues.value.length < 2) return null;
  return (
    <div class="list-filter">
      <select
        class="field"
        aria-label={words.value.queue}
        value={queueFilter.value}
        onChange={(event) => {
          queueFilter.value = event.currentTarget.value;
        }}
      >
        <option value="">{words.value.allQueues}</option>
        {queues.value.map((queue) => (
          <option key={queue.id} value={queue.id}>
            {queue.name || queue.id}
          </option>
        ))}
      </select>
    </div>
  );
}

function Rows({ which }: { readonly which: View }) {
  const { state, next, trouble } = loadingOf(which);
  const rows = shownRows.value;
  if (rows.length === 0 && state === "failed")
    return (
      <div class="empty">
        <p>{sayUnread(trouble)}</p>
        <button type="button" class="button" onClick={() => void load(which)}>
          {words.value.retry}
        </button>
      </div>
    );
  if (rows.length === 0 && state === "loaded") return <p class="empty">{say(EMPTY[which])}</p>;
  if (rows.length === 0) return <Loading key={which} />;
  return (
    <ul class="rows">
      {rows.map((row) => (
        <Row key={row.id} row={row} />
      ))}
      {next && (
        <li class="rows-more">
          <button type="button" class="button" onClick={() => void loadMore(which)}>
            {words.value.more}
          </button>
        </li>
      )}
    </ul>
  );
}
