// Channels and how they are: what the last check said, when something last came and went.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ChannelHealth } from "../../api/types";
import { say, sayFor, sayUnread, words } from "../../i18n";
import { now } from "../../state/clock";
import { channels, loadChannels } from "../../state/directory";
import { channelName, Glyph } from "../parts/glyph";
import { Loading } from "../parts/loading";

const AGAIN_MS = 10_000;

export function Channels() {
  const trouble = useSignal<unknown>(null);
  useEffect(() => {
    const ask = () =>
      loadChannels().catch((error: unknown) => {
        trouble.value = error;
      });
    void ask();
    const timer = setInterval(ask, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const lines = [...(channels.value ?? [])].sort((a, b) => rank(a) - rank(b));
  return (
    <main class="page">
      <h1>{words.value.channelsPage}</h1>
      {channels.value === null && <Unread trouble={trouble.value} />}
      {channels.value?.length === 0 && <p class="empty">{words.value.noChannels}</p>}
      <ul class="boards">
        {lines.map((line) => (
          <Line key={line.account} line={line} />
        ))}
      </ul>
    </main>
  );
}

/** What was last known stays on the screen; only where nothing is known the trouble is told. */
function Unread({ trouble }: { readonly trouble: unknown }) {
  if (trouble === null) return <Loading />;
  return (
    <p class="empty" role="alert">
      {sayUnread(trouble)}
    </p>
  );
}

function rank(line: ChannelHealth): number {
  return line.ok === false ? 0 : line.ok === null ? 1 : 2;
}

const JUST_NOW_MS = 1_000;

function ago(at: string | null | undefined): string {
  if (!at) return words.value.never;
  const gone = now.value - Date.parse(at);
  return gone < JUST_NOW_MS ? words.value.justNow : say("ago", { time: sayFor(gone) });
}

function Line({ line }: { readonly line: ChannelHealth }) {
  const [tone, word] =
    line.ok === null || line.ok === undefined
      ? ["offline", words.value.unchecked]
      : line.ok
        ? ["good", words.value.healthy]
        : ["bad", words.value.unhealthy];
  return (
    <li class={line.ok === false ? "board alarm" : "board"}>
      <header>
        <Glyph channel={line.channel} />
        <h2 class="cut grow">
          {channelName(line.channel)} <span class="meta">{line.account}</span>
        </h2>
        <span class={`dot ${tone}`} />
        <span class="meta">{word}</span>
      </header>
      {!line.ok && (line.detail || line.what_to_do) && (
        <p class="board-words">{[line.detail, line.what_to_do].filter(Boolean).join(" ")}</p>
      )}
      <dl class="facts figures">
        <dt>{words.value.lastIn}</dt>
        <dd>{ago(line.last_inbound_at)}</dd>
        <dt>{words.value.lastOut}</dt>
        <dd>{ago(line.last_outbound_at)}</dd>
        <dt>{words.value.checked}</dt>
        <dd>{ago(line.checked_at)}</dd>
      </dl>
    </li>
  );
}
