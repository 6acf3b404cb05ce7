// How a customer would read it: words, a mail with its line and page, an SMS with its segments.

import type { WordingCheck } from "../../api/types";
import { say, words } from "../../i18n";
import { shownFor } from "../../state/wordings";
import { channelName } from "../parts/glyph";
import { framedHtml } from "../parts/trusted";

interface PreviewProps {
  readonly part: string;
  readonly found: WordingCheck;
}

export function Preview({ part, found }: PreviewProps) {
  const shown = shownFor(part, found.shown);
  return (
    <section class="wording-preview" aria-label={words.value.wordingPreview}>
      <h2>
        {words.value.wordingPreview}
        {shown?.channel && ` · ${channelName(shown.channel)}`}
      </h2>
      {found.faults.length > 0 && (
        <p class="meta">{words.value[shown ? "wordingStale" : "wordingUnshown"]}</p>
      )}
      {shown && (
        <>
          {shown.subject && <p class="strong">{shown.subject}</p>}
          <p class="wording-shown">{shown.text}</p>
          {shown.segments > 0 && (
            <p class="meta figures">{say("wordingSegments", { n: shown.segments })}</p>
          )}
          {shown.too_long && <p class="bad">{shown.too_long}</p>}
          {shown.html && (
            <iframe
              title={words.value.partHtml}
              class="wording-html"
              sandbox=""
              srcdoc={framedHtml(shown.html)}
            />
          )}
        </>
      )}
    </section>
  );
}
