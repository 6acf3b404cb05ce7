// Work held out to this agent: what, who, why, and how long it still stands.

import type { Offer } from "../../api/types";
import { say, words } from "../../i18n";
import { queueName } from "../../state/directory";
import { rows } from "../../state/lists";
import { accept, decline } from "../../state/offers";
import { personName } from "../../state/people";
import { newest } from "../../state/rows";
import { selected } from "../../state/ui";
import { whyLine } from "../../state/why";
import { Glyph } from "../parts/glyph";
import { Ring } from "../parts/ring";
import { firstWords } from "./row";

export function OfferCard({ offer }: { readonly offer: Offer }) {
  // Its customer may write on while the offer stands.
  const row = offer.conversation && newest(rows.value, offer.conversation);
  const key = `offer:${offer.id}`;
  const chosen = selected.value === key;
  const why = whyLine(offer.why);
  return (
    <li class={chosen ? "offer selected" : "offer"} aria-label={words.value.offer} data-row={key}>
      <div class="row-line">
        <Glyph channel={offer.channel || row?.channel || ""} />
        <strong class="cut grow">{personName(row?.contact.name)}</strong>
        {row?.contact.vip && <span class="tag vip">{words.value.vip}</span>}
        <Ring openedAt={offer.created_at} due={offer.expires_at} left="offerLeft" large />
      </div>
      <p class="offer-words">{row ? firstWords(row) : ""}</p>
      <p class="meta offer-why" title={why && say("whyYou", { why })}>
        {[queueName(offer.queue), why].filter(Boolean).join(" · ")}
      </p>
      <div class="offer-verbs">
        <button type="button" class="button main grow" onClick={() => void accept(offer)}>
          {words.value.accept} {chosen && <kbd>Enter</kbd>}
        </button>
        <button type="button" class="button" onClick={() => void decline(offer)}>
          {words.value.decline} {chosen && <kbd>⌫</kbd>}
        </button>
      </div>
    </li>
  );
}
