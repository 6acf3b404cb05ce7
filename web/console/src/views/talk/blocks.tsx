// The groups of a timeline: a day's name, messages of one author, notes, and events on one grey line.

import { useState } from "preact/hooks";
import { conversations } from "../../api/desk";
import type { EventItem, Item, MessageItem, NoteItem } from "../../api/types";
import { isWord, say, sayClock, sayDay, words } from "../../i18n";
import { now } from "../../state/clock";
import { actorName } from "../../state/directory";
import { login, me } from "../../state/me";
import { personName } from "../../state/people";
import { type Block, blocks } from "../../state/timeline";
import { attempt } from "../../state/toasts";
import { channelName, Glyph } from "../parts/glyph";
import { Noted } from "../parts/noted";
import { Message } from "./message";
import { Line } from "./onward";

export function BlockView({
  block,
  conversation,
}: {
  readonly block: Block;
  readonly conversation: string;
}) {
  switch (block.kind) {
    case "day":
      return <h2 class="day">{sayDay(block.at, now.peek())}</h2>;
    case "events":
      return <Events items={block.items} conversation={conversation} />;
    case "notes":
      return <Notes items={block.items} />;
    case "messages":
      return <Messages items={block.items} channel={block.channel} conversation={conversation} />;
  }
}

function authorOf(item: MessageItem | NoteItem): string {
  if (typeof item.author === "string") return actorName(item.author);
  const { kind, id, name } = item.author;
  if (kind === "auto") return me.value?.desk.name ?? "";
  if (kind === "agent" && id === login.value) return words.value.you;
  return kind === "contact" ? personName(name) : name || "";
}

/** That it was said by itself, and at which stage. */
function sayAutomatic({ kind, id }: MessageItem["author"]): string {
  const stage = `stage_${id}`;
  if (kind !== "auto" || !isWord(stage)) return words.value.automatic;
  return say("automaticAt", { stage: words.value[stage] });
}

interface MessagesProps {
  readonly items: readonly MessageItem[];
  readonly channel: string | null;
  readonly conversation: string;
}

function Messages({ items, channel, conversation }: MessagesProps) {
  const [first] = items;
  if (!first) return null;
  const automatic = first.author.kind === "auto" || first.automatic;
  return (
    <section class={`group ${first.direction}`}>
      <header class="meta">
        <strong>{authorOf(first)}</strong>
        {automatic && <span class="tag">{sayAutomatic(first.author)}</span>}
        {channel && (
          <span class="way">
            <Glyph channel={channel} /> <span aria-hidden="true">{channelName(channel)}</span>
          </span>
        )}
        {first.direction === "in" && first.verified === false && (
          <span class="tag late">{words.value.unverified}</span>
        )}
        <time class="figures" dateTime={first.at}>
          {sayClock(Date.parse(first.at))}
        </time>
      </header>
      {items.map((item, place) => (
        <Message
          key={item.id}
          item={item}
          conversation={conversation}
          subject={item.subject !== items[place - 1]?.subject}
        />
      ))}
    </section>
  );
}

function Notes({ items }: { readonly items: readonly NoteItem[] }) {
  const [first] = items;
  if (!first) return null;
  return (
    <section class="group notes">
      <header class="meta">
        <span class="note-name">{words.value.note}</span>
        <strong>{authorOf(first)}</strong>
        <time class="figures" dateTime={first.at}>
          {sayClock(Date.parse(first.at))}
        </time>
      </header>
      {items.map((item) => (
        <p key={item.id} class="words">
          <Noted text={item.text} />
        </p>
      ))}
    </section>
  );
}

const FOLDED = 3;

interface EventsProps {
  readonly items: readonly EventItem[];
  readonly conversation: string;
}

function Events(props: EventsProps) {
  const joined = props.items.filter((item) => item.kind === "conversation.joined");
  return (
    <>
      <Lines {...props} />
      {joined.map((item) => (
        <Before key={item.seq} conversation={String(item.body.conversation)} />
      ))}
    </>
  );
}

function Lines({ items, conversation }: EventsProps) {
  const [open, setOpen] = useState(false);
  const [first] = items;
  if (!first) return null;
  const lines = items.map((item) => ({
    key: item.seq ?? item.at,
    at: sayClock(Date.parse(item.at)),
    text: <Line item={item} present={conversation} />,
  }));
  if (open)
    return (
      <ul class="events open">
        {lines.map((line) => (
          <li key={line.key}>
            <span class="figures">{line.at}</span> {line.text}
          </li>
        ))}
      </ul>
    );
  const tail = lines.slice(-FOLDED);
  const hidden = lines.length - tail.length;
  return (
    <p class="events">
      <span class="figures">{lines.at(-1)?.at}</span>{" "}
      {hidden > 0 && (
        <button type="button" class="link" aria-expanded="false" onClick={() => setOpen(true)}>
          {say("events", { n: lines.length })}
        </button>
      )}{" "}
      {tail.map((line, place) => (
        <span key={line.key}>
          {place > 0 && " · "}
          {line.text}
        </span>
      ))}
    </p>
  );
}

/** What was said in a conversation that goes on here, for whoever wants to read it. */
function Before({ conversation }: { readonly conversation: string }) {
  const [said, setSaid] = useState<readonly Item[] | null>(null);
  const turn = () =>
    said
      ? setSaid(null)
      : attempt(async () => setSaid((await conversations.timeline(conversation)).items));
  return (
    <>
      <button
        type="button"
        class="link earlier"
        aria-expanded={said !== null}
        onClick={() => void turn()}
      >
        {words.value[said ? "hideJoined" : "showJoined"]}
      </button>
      {said && (
        <div class="before">
          {blocks(said, () => false).map((block) => (
            <BlockView key={block.key} block={block} conversation={conversation} />
          ))}
        </div>
      )}
    </>
  );
}
