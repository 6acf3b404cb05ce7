// The words in hand: kept as a draft until the desk holds them, sent once however often it is pressed.

import { useEffect, useRef, useState } from "preact/hooks";
import { uuid } from "../../../../shared/ids";
import { Problem } from "../../api/client";
import { conversations, type Reply } from "../../api/desk";
import type { Choice, Conversation, Route } from "../../api/types";
import { sayProblem } from "../../i18n";
import { answer, answering, answerNone, stands } from "../../state/answering";
import { type DraftKind, Drafts } from "../../state/drafts";
import { login } from "../../state/me";
import { takeAnswer, takeItem, within } from "../../state/open";
import { composing, depart, type Returned, returned } from "../../state/parting";
import type { Phrase } from "../../state/phrases";
import { shelf } from "../../state/prefs";
import { pressOf } from "../../state/press";
import { routeKey } from "../../state/routes";
import { composerMode, write as openReply, scrollToEnd } from "../../state/ui";
import type { Files } from "./files";

export type Then = "wait" | "resolve" | null;

type Texts = Readonly<Record<DraftKind, string>>;

export type Approved = NonNullable<Reply["approved"]>;

export type Pledged = NonNullable<Reply["promise"]>;

/** What the words in hand were made of, to be counted when they go. */
type MadeOf = Pick<Reply, "template" | "quick_reply">;

export interface Sending {
  readonly text: string;
  readonly way: string | null;
  readonly ready: boolean;
  setText(text: string): void;
  setWay(way: string): void;
  /** Offered below the words of the next reply. */
  readonly choices: readonly Choice[];
  offer(choices: readonly Choice[]): void;
  /** The promise that is written down with the next reply. */
  readonly pledged: Pledged | null;
  pledge(promise: Pledged | null): void;
  /** These words stand in the field now; it counts until nothing stands there. */
  makeOf(phrase: Phrase): void;
  /** Does all that a macro does, with these words, once the time to take it back is over. */
  carryOut(
    macro: Phrase,
    words: string,
    route: Route | null,
    values: Readonly<Record<string, string>>,
  ): void;
  /** Sends an approved template at once; what stands in the field stays there. */
  sendApproved(route: Route, chosen: Approved): Promise<boolean>;
  send(route: Route | null, then: Then): Promise<void>;
  /** Lets the words in hand wait for an instant; true once they do. `wish`: by which choice. */
  schedule(route: Route, at: string, follows: boolean, wish: string): Promise<boolean>;
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
  const [choices, offer] = useState<readonly Choice[]>([]);
  const [pledged, pledge] = useState<Pledged | null>(null);
  const madeOf = useRef<MadeOf>({});
  const press = pressOf(login.value, id);
  const text = texts[kind];

  const setText = (words: string) => {
    if (kind === "reply" && !words.trim()) madeOf.current = {};
    setTexts((all) => ({ ...all, [kind]: words }));
    drafts.put(id, kind, { text: words });
  };
  const note = async () => {
    const written = { text: text.trim() };
    takeItem(id, await within(id, conversations.note(id, written.text, press.of(written).key)));
    scrollToEnd.value += 1;
    press.over();
    setText("");
  };
  const written = (route: Route | null, then: Then): Reply => ({
    ...replyBody(text, route, files, then),
    ...madeOf.current,
    ...offering(choices),
    ...(pledged && text.includes(pledged.text) ? { promise: pledged } : {}),
  });
  const clear = () => {
    press.over();
    setText("");
    files.clear();
    offer([]);
    pledge(null);
    answerNone();
  };
  const reply = (route: Route | null, then: Then) => {
    const body = written(route, then);
    const { uploads } = files;
    depart({
      by: login.value,
      conversation: id,
      body,
      key: press.of(body).key,
      uploads,
      answers: answering.peek(),
    });
    clear();
  };
  /** The words, the files and the message they answer stand here again, before newer words. */
  const takeBack = ({ parting, refusal }: Returned) => {
    const { body, uploads, answers } = parting;
    const { text: newer } = drafts.get(id, "reply");
    const words = [body.text, newer].filter(Boolean).join("\n\n");
    setTexts((all) => ({ ...all, reply: words }));
    drafts.put(id, "reply", { text: words });
    if (body.account && body.identity)
      setWay(routeKey({ account: body.account, identity: body.identity }));
    const { template, quick_reply } = body;
    madeOf.current = { ...(template && { template }), ...(quick_reply && { quick_reply }) };
    files.restore(uploads);
    offer(body.choices ?? []);
    pledge(body.promise ?? null);
    if (answers) answer(id, answers);
    else openReply("reply");
    // Whatever went wrong at the desk, it may have been said: the same words are the same press.
    if (refusal && isInDoubt(refusal)) press.hold(body, parting.key);
    if (refusal) refused([sayProblem(refusal), ...findings(refusal)].join(" "));
  };
  useEffect(() => {
    composing.value = id;
    return () => {
      if (composing.peek() === id) composing.value = null;
    };
  }, [id]);
  useEffect(() => {
    const back = returned.value;
    if (back?.parting.conversation !== id) return;
    returned.value = null;
    takeBack(back);
  }, [returned.value]);
  const ready = !busy && files.ready && (text.trim() !== "" || files.uploads.length > 0);

  return {
    text,
    way,
    ready,
    setText,
    setWay,
    choices,
    offer,
    pledged,
    pledge,
    makeOf({ kind: source, id: name }) {
      madeOf.current = { ...madeOf.current, [source]: name };
    },
    carryOut({ id: macro, name, actions }, words, route, values) {
      const { account, identity } = route ?? {};
      const way = { ...(account && { account }), ...(identity && { identity }) };
      const body = { ...(words && way), values };
      depart({
        by: login.value,
        conversation: id,
        body: { text: words },
        key: uuid(),
        uploads: [],
        answers: null,
        macro: { id: macro, name, actions, body },
      });
    },
    async sendApproved(route, chosen) {
      const body = { ...replyBody("", route, files, null), approved: chosen };
      refused("");
      setBusy(true);
      try {
        const { message } = await within(id, conversations.reply(id, body, press.of(body).key));
        press.over();
        files.clear();
        takeAnswer(id, message);
        scrollToEnd.value += 1;
        return true;
      } catch (error) {
        refused(sayProblem(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
    async schedule(route, at, follows, wish) {
      const said = { ...written(route, null), ...(follows && { unless_answered: true }) };
      const { body, key } = press.of({ ...said, send_at: at }, { ...said, wish });
      refused("");
      setBusy(true);
      try {
        await within(id, conversations.schedule(id, body, key));
        clear();
        return true;
      } catch (error) {
        if (!isInDoubt(error)) press.over();
        refused([sayProblem(error), ...findings(error)].join(" "));
        return false;
      } finally {
        setBusy(false);
      }
    },
    async send(route, then) {
      if (!ready || (kind === "reply" && !route)) return;
      refused("");
      if (kind === "reply") return reply(route, then);
      setBusy(true);
      try {
        await note();
      } catch (error) {
        refused([sayProblem(error), ...findings(error)].join(" "));
      } finally {
        setBusy(false);
      }
    },
  };
}

/** Whether it may have been done although nobody heard so. */
function isInDoubt(error: unknown): boolean {
  return !(error instanceof Problem) || error.status === 0 || error.status >= 500;
}

function offering(choices: readonly Choice[]): Pick<Reply, "choices"> {
  return choices.length ? { choices } : {};
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
