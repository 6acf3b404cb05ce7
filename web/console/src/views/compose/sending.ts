// The words in hand: kept as a draft until the desk holds them, sent once however often it is pressed.

import { useRef, useState } from "preact/hooks";
import { uuid } from "../../../../shared/ids";
import { Problem } from "../../api/client";
import { conversations, type Reply } from "../../api/desk";
import type { Conversation, Route } from "../../api/types";
import { sayProblem } from "../../i18n";
import { answering, answerNone, stands } from "../../state/answering";
import { type DraftKind, Drafts } from "../../state/drafts";
import { login } from "../../state/me";
import { refresh, takeItem } from "../../state/open";
import { shelf } from "../../state/prefs";
import { composerMode, scrollToEnd } from "../../state/ui";
import type { Files } from "./files";

export type Then = "wait" | "resolve" | null;

type Texts = Readonly<Record<DraftKind, string>>;

export interface Sending {
  readonly text: string;
  readonly way: string | null;
  readonly ready: boolean;
  setText(text: string): void;
  setWay(way: string): void;
  send(route: Route | null, then: Then): Promise<void>;
}

export function useSending(
  conversation: Conversation,
  files: Files,
  refused: (words: string) => void,
): Sending {
  const id = conversation.id;
  const drafts = new Drafts(shelf, login.value);
  const kind = composerMode.value;
  const [texts, setTexts] = useState<Texts>(() => ({
    reply: drafts.get(id, "reply").text,
    note: drafts.get(id, "note").text,
  }));
  const [way, setWay] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const press = useRef({ body: "", key: "" });
  const text = texts[kind];

  const setText = (words: string) => {
    setTexts((all) => ({ ...all, [kind]: words }));
    drafts.put(id, kind, { text: words });
  };
  /** The same words pressed again carry the same key: the desk takes them once. */
  const keyOf = (body: unknown) => {
    const said = JSON.stringify(body);
    if (press.current.body !== said) press.current = { body: said, key: uuid() };
    return press.current.key;
  };
  const write = async (route: Route | null, then: Then) => {
    if (kind === "note") {
      const note = { text: text.trim() };
      return conversations.note(id, note.text, keyOf(note));
    }
    const body = replyBody(text, route, files, then);
    return (await conversations.reply(id, body, keyOf(body))).message;
  };
  const ready = !busy && files.ready && (text.trim() !== "" || files.uploads.length > 0);

  return {
    text,
    way,
    ready,
    setText,
    setWay,
    async send(route, then) {
      if (!ready || (kind === "reply" && !route)) return;
      setBusy(true);
      refused("");
      try {
        takeItem(id, await write(route, then));
        scrollToEnd.value += 1;
        press.current = { body: "", key: "" };
        setText("");
        if (kind === "reply") {
          files.clear();
          answerNone();
        }
        if (then) void refresh(id);
      } catch (error) {
        refused([sayProblem(error), ...findings(error)].join(" "));
      } finally {
        setBusy(false);
      }
    },
  };
}

function replyBody(text: string, route: Route | null, files: Files, then: Then): Reply {
  const item = answering.peek();
  return {
    text: text.trim(),
    ...(route ? { account: route.account, identity: route.identity } : {}),
    ...(files.uploads.length ? { attachments: files.uploads.map((one) => one.sha256) } : {}),
    ...(then ? { then } : {}),
    ...(item && stands(item, route) ? { in_reply_to: item.id } : {}),
  };
}

/** What the courtesy check objects to, in its own words. */
function findings(error: unknown): string[] {
  const found = error instanceof Problem ? error.extra.findings : null;
  if (!Array.isArray(found)) return [];
  return found.flatMap((one: { message?: unknown }) =>
    typeof one.message === "string" ? one.message : [],
  );
}
