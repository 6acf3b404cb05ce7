// Where an agent writes: reply or note, channel, files, templates, and the ways to send.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Conversation, Rendered, Route } from "../../api/types";
import { say, words } from "../../i18n";
import { can, mayTake } from "../../state/actions";
import { answering, answerNone, stands } from "../../state/answering";
import { isBlocked, promised } from "../../state/courtesy";
import { quoted } from "../../state/knowledge";
import { tellTyping } from "../../state/live";
import { account, may } from "../../state/me";
import { ofQuickReply, type Phrase } from "../../state/phrases";
import { called } from "../../state/quick";
import { routeFor, routeKey } from "../../state/routes";
import { isUnfinished, type Slash } from "../../state/slash";
import { composerFocus, composerMode, postponing, write } from "../../state/ui";
import { channelName } from "../parts/glyph";
import { Icon } from "../parts/icon";
import { Quote } from "../parts/quote";
import { ApprovedButton } from "./approved";
import { AttachButton, EmojiButton, SendButtons, TemplateButton } from "./buttons";
import { ChoicesButton, Offered } from "./choices";
import { DraftButton, DraftMark, useDrafting } from "./draft";
import { Field, placeWords } from "./field";
import { Tray, useFiles } from "./files";
import { Findings, useFindings } from "./findings";
import { Used, Way } from "./gauges";
import { Kept } from "./kept";
import { KnowledgeButton } from "./knowledge";
import { LaterButton } from "./later";
import { Pledge } from "./pledge";
import { type Then, useSending } from "./sending";
import { AskValue, useTemplates } from "./templates";

const TYPING_EVERY_MS = 3_000;
const NO_FILES = 0;
const COMMANDS: Readonly<Record<string, Then>> = {
  send: null,
  sendWait: "wait",
  sendResolve: "resolve",
};

/** The conversation as writing sees it: without the channels on which one only speaks. */
function written(conversation: Conversation): Conversation {
  const carries = (route: Route) => account(route.account)?.capabilities.max_text !== 0;
  return { ...conversation, channels: conversation.channels.filter(carries) };
}

function none(conversation: Conversation): string {
  return say(conversation.calls.length > 0 ? "onlySpoken" : "noRoute");
}

/** Why nothing can be written here; null when it can. */
function barred(conversation: Conversation, note: boolean): string | null {
  if (conversation.continued_in) return say("continuedHint");
  if (note) return may("note:write") && can(conversation, "note") ? null : say("cannotReply");
  if (conversation.status === "resolved") return say("resolvedHint");
  if (can(conversation, "reply") && may("message:send"))
    return conversation.channels.length > 0 ? null : none(conversation);
  return mayTake(conversation) ? say("takeFirst") : say("cannotReply");
}

export function Composer(props: { readonly conversation: Conversation }) {
  const conversation = written(props.conversation);
  const note = composerMode.value === "note";
  const field = useRef<HTMLTextAreaElement>(null);
  const pending = useRef<Slash | null>(null);
  const typedAt = useRef(0);
  const [problem, setProblem] = useState("");
  const files = useFiles(setProblem);
  const draft = useSending(conversation, files, setProblem);
  const route = routeFor(conversation, draft.way);
  const templates = useTemplates(conversation, route?.channel ?? conversation.channel, setProblem);
  const bar = barred(conversation, note);
  const found = useFindings({
    conversation: conversation.id,
    text: note || bar ? "" : draft.text, // colleagues may be told what customers may not
    account: route?.account ?? null,
    attachments: files.uploads.length,
  });
  const [worded, setWorded] = useState<Rendered["promise"]>(null);
  const stays = worded !== null && draft.text.includes(worded.text);
  const pledge = note || bar ? null : stays ? worded : promised(found, draft.text);
  const blocked = isBlocked(found, draft.text);
  const unfinished = !note && templates.all.length > 0 && isUnfinished(draft.text);
  const [halted, setHalted] = useState(""); // the words that were asked to go unfinished
  const list = useRef<HTMLUListElement>(null);
  const approved = account(route?.account ?? "")?.templates ?? [];
  const most = account(route?.account ?? "")?.capabilities.attachments ?? NO_FILES;

  // Before the next key arrives: whoever presses "r" goes on typing.
  useLayoutEffect(() => {
    if (composerFocus.value > 0) field.current?.focus();
  }, [composerFocus.value]);

  const change = (text: string) => {
    draft.setText(text);
    if (note || !text || Date.now() - typedAt.current < TYPING_EVERY_MS) return;
    typedAt.current = Date.now();
    tellTyping(conversation.id);
  };
  const addFiles = (added: readonly File[]) => setProblem(files.add(added, most) ?? "");
  const put = (said: string, slash: Slash | null) => {
    const next = placeWords(draft.text, slash, said);
    draft.setText(next.text);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(next.cursor, next.cursor);
    });
  };
  const place = (said: Rendered | null, phrase: Phrase, values = {}) => {
    if (said === null) return;
    if (phrase.kind === "macro") {
      if (pending.current) put("", pending.current);
      pending.current = null;
      return draft.carryOut(phrase, said.text, route, values);
    }
    put(said.text, pending.current);
    draft.makeOf(phrase);
    pending.current = null;
    if (said.promise) {
      setWorded(said.promise); // whoever chose these words has promised
      draft.pledge(said.promise);
    }
  };
  const picked = async (phrase: Phrase, slash: Slash | null) => {
    pending.current = slash;
    place(await templates.render(phrase), phrase);
  };
  const modelled = useDrafting({
    conversation: conversation.id,
    account: route?.account ?? null,
    writes: !note && !bar,
    text: draft.text,
    change,
    refused: setProblem,
  });
  const wanted = called.value;
  useEffect(() => {
    called.value = null;
    if (wanted && !bar) void picked(ofQuickReply(wanted), null);
  }, [wanted]);
  const laid = quoted.value;
  useEffect(() => {
    quoted.value = null;
    if (laid && !bar) put(laid, null);
  }, [laid]);
  const later = postponing.value;
  useEffect(() => {
    postponing.value = false; // also where nothing can be sent
  }, [later]);
  const send = (then: Then) => {
    if (unfinished) setHalted(draft.text);
    else if (blocked) list.current?.querySelector("button")?.focus();
    else if (!bar) void draft.send(route, then);
  };
  const missing = templates.missing;

  return (
    <section
      class={note ? "composer note" : "composer"}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        addFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <div class="measure">
        <div class="composer-top">
          <Modes note={note} />
          {!note && !conversation.continued_in && conversation.channels.length > 0 && (
            <Way conversation={conversation} route={route} choose={(way) => draft.setWay(way)} />
          )}
          <span class="grow" />
          {!note && <Used text={draft.text} route={route} />}
        </div>
        {missing && (
          <AskValue
            key={missing.name}
            missing={missing}
            cancel={templates.forget}
            give={async (value) =>
              place(
                await templates.render(missing.phrase, {
                  ...missing.values,
                  [missing.name]: value,
                }),
                missing.phrase,
                { ...missing.values, [missing.name]: value },
              )
            }
          />
        )}
        {!note && <Answered route={route} choose={(way) => draft.setWay(way)} />}
        {bar ? (
          <Barred why={bar} kept={conversation.continued_in ? draft.text : ""} />
        ) : (
          <Field
            text={draft.text}
            note={note}
            disabled={false}
            field={field}
            templates={templates}
            found={found}
            picked={(phrase, slash) => void picked(phrase, slash)}
            put={put}
            change={change}
            command={(command) => send(COMMANDS[command] ?? null)}
            files={addFiles}
          />
        )}
        {modelled.offered && <DraftMark draft={modelled} />}
        <Findings found={found} field={field} list={list} />
        {pledge && (
          <Pledge
            found={pledge}
            kept={draft.pledged?.text === pledge.text}
            keep={(kept) => draft.pledge(kept ? { text: pledge.text, due: pledge.due } : null)}
          />
        )}
        <Tray files={files} />
        {!note && <Offered choices={draft.choices} offer={draft.offer} />}
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {unfinished && halted === draft.text && (
          <p class="problem" role="alert">
            {words.value.templateUnfinished}
          </p>
        )}
        {!bar && (
          <div class="composer-foot">
            {!note && most > 0 && <AttachButton add={addFiles} />}
            <EmojiButton put={(sign) => put(sign, null)} />
            {!note && templates.all.length > 0 && (
              <TemplateButton
                phrases={templates.all}
                pick={(phrase) => void picked(phrase, null)}
              />
            )}
            {!note && <KnowledgeButton />}
            <DraftButton draft={modelled} />
            {!note && <ChoicesButton choices={draft.choices} offer={draft.offer} />}
            {!note && route && approved.length > 0 && (
              <ApprovedButton
                templates={approved}
                send={(chosen) => draft.sendApproved(route, chosen)}
              />
            )}
            <span class="grow" />
            {!note && route && (
              <LaterButton
                disabled={blocked || unfinished || !draft.ready}
                schedule={(at, follows, wish) => draft.schedule(route, at, follows, wish)}
              />
            )}
            <SendButtons
              note={note}
              disabled={blocked || !draft.ready || (!note && !route)}
              send={send}
            />
          </div>
        )}
      </div>
    </section>
  );
}

interface BarredProps {
  readonly why: string;
  readonly kept: string;
}

/** Where it goes on elsewhere, the bar above says so; what was written here is not lost. */
function Barred({ why, kept }: BarredProps) {
  return kept ? <Kept text={kept} /> : <p class="barred">{why}</p>;
}

interface AnsweredProps {
  readonly route: Route | null;
  readonly choose: (way: string) => void;
}

/** The message that the reply names; and where it cannot, the way to where it can. */
function Answered({ route, choose }: AnsweredProps) {
  const item = answering.value;
  if (!item) return null;
  const { account, identity } = item;
  return (
    <div class="answered">
      <Quote author={item.author} kind={item.kind} text={item.text} />
      {!stands(item, route) && (
        <button
          type="button"
          class="link"
          onClick={() => choose(routeKey({ account, identity: identity ?? "" }))}
        >
          {say("answerThere", { channel: channelName(item.channel) })}
        </button>
      )}
      <button
        type="button"
        class="button bare only"
        aria-label={words.value.answerNone}
        title={words.value.answerNone}
        onClick={answerNone}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function Modes({ note }: { readonly note: boolean }) {
  return (
    <div class="modes">
      <button type="button" aria-pressed={!note} onClick={() => write("reply")}>
        {words.value.reply}
      </button>
      <button type="button" aria-pressed={note} onClick={() => write("note")}>
        {words.value.note}
      </button>
    </div>
  );
}
