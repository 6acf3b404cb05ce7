// The groups of a timeline: a day's name, messages of one author, notes, and events on one grey line.

import { useState } from "preact/hooks";
import type { EventItem, MessageItem, NoteItem } from "../../api/types";
import { say, sayClock, sayDay, words } from "../../i18n";
import { now } from "../../state/clock";
import { actorName } from "../../state/directory";
import { eventWords } from "../../state/eventwords";
import { login, me } from "../../state/me";
import { personName } from "../../state/people";
import type { Block } from "../../state/timeline";
import { channelName, Glyph } from "../parts/glyph";
import { Noted } from "../parts/noted";
import { Message } from "./message";

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
      return <Events items={block.items} />;
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
        {automatic && <span class="tag">{words.value.automatic}</span>}
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

function Events({ items }: { readonly items: readonly EventItem[] }) {
  const [open, setOpen] = useState(false);
  const [first] = items;
  if (!first) return null;
  const lines = items.map((item) => ({
    key: item.seq ?? item.at,
    at: sayClock(Date.parse(item.at)),
    text: eventWords(item),
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
  const tail = lines.slice(-FOLDED).map((line) => line.text);
  const hidden = lines.length - tail.length;
  return (
    <p class="events">
      <span class="figures">{lines.at(-1)?.at}</span>{" "}
      {hidden > 0 && (
        <button type="button" class="link" aria-expanded="false" onClick={() => setOpen(true)}>
          {say("events", { n: lines.length })}
        </button>
      )}{" "}
      {tail.join(" · ")}
    </p>
  );
}
