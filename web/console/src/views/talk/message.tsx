// One message's body: subject, words, quoted history folded, original layout in a sandbox, files.

import { useState } from "preact/hooks";
import type { MessageItem } from "../../api/types";
import { say, sayCode, words } from "../../i18n";
import { answer, canAnswer } from "../../state/answering";
import { may } from "../../state/me";
import { Icon } from "../parts/icon";
import { Quote } from "../parts/quote";
import { Text } from "../parts/text";
import { Attachment } from "./attachment";
import { Called } from "./called";
import { Mark, Trouble } from "./mark";
import { SplitHere } from "./splitting";

const PLAIN_KINDS: ReadonlySet<string> = new Set(["text", "media", "interactive"]);

const SPOKEN_KINDS: ReadonlySet<string> = new Set(["call", "voicemail"]);

interface MessageProps {
  readonly item: MessageItem;
  readonly conversation: string;
  /** The subject is told where it is new. */
  readonly subject: boolean;
}

export function Message({ item, conversation, subject }: MessageProps) {
  const files = item.attachments ?? [];
  return (
    <>
      <div class="bubble" data-message={item.id}>
        {subject && item.subject && (
          <p class="subject">{say("subject", { subject: item.subject })}</p>
        )}
        {item.quote && <Quote {...item.quote} />}
        {!PLAIN_KINDS.has(item.kind) && (
          <p class="meta kind">
            {SPOKEN_KINDS.has(item.kind) && <Icon name="phone" />} {sayCode("kind_", item.kind)}
          </p>
        )}
        {item.kind === "call" && <Called message={item.id} />}
        {item.location && <Place item={item} />}
        {item.text && (
          <p class="words">
            <Text text={item.text} />
          </p>
        )}
        {item.choices && (
          <ul class="offered">
            {item.choices.map((choice) => (
              <li key={choice.id}>{choice.label}</li>
            ))}
          </ul>
        )}
        {item.answered && (
          <p class="meta">
            {say(item.answered.model ? "answeredByModel" : "answeredFrom", {
              title: item.answered.title,
              n: item.answered.certain_percent,
            })}
          </p>
        )}
        {item.choice && <p class="meta">{say("tapped", { id: item.choice })}</p>}
        <Quoted item={item} />
        {item.html_url && <Layout url={item.html_url} />}
        {files.map((file) => (
          <Attachment key={file.id} file={file} />
        ))}
        {item.direction === "out" && <Mark item={item} />}
        {canAnswer(item) && may("message:send") && (
          <button
            type="button"
            class="button bare only answer"
            aria-label={words.value.answerThis}
            title={words.value.answerThis}
            onClick={() => answer(conversation, item)}
          >
            <Icon name="answer" />
          </button>
        )}
        <SplitHere item={item} conversation={conversation} />
      </div>
      {item.direction === "out" && <Trouble item={item} conversation={conversation} />}
    </>
  );
}

function Quoted({ item }: { readonly item: MessageItem }) {
  const [open, setOpen] = useState(false);
  if (!item.quoted || !item.text_full) return null;
  return (
    <>
      <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {words.value[open ? "hideQuoted" : "showQuoted"]}
      </button>
      {open && (
        <p class="words quoted">
          <Text text={item.text_full} />
        </p>
      )}
    </>
  );
}

function Layout({ url }: { readonly url: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {words.value[open ? "hideHtml" : "showHtml"]}
      </button>
      {open && (
        <iframe
          class="mail"
          src={url}
          title={words.value.mailBody}
          sandbox=""
          referrerpolicy="no-referrer"
        />
      )}
    </>
  );
}

function Place({ item }: { readonly item: MessageItem }) {
  const { latitude, longitude, name } = item.location ?? { latitude: 0, longitude: 0 };
  const at = `${latitude},${longitude}`;
  return (
    <p class="place">
      <Icon name="place" />
      <span>{name || at}</span>
      <a href={`geo:${at}`}>{words.value.openMap}</a>
    </p>
  );
}
