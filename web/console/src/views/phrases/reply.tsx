// Writing a quick reply: its words with their places, how it is called, and whom it is for.

import { useId, useRef, useState } from "preact/hooks";
import { Problem } from "../../api/client";
import { quickReplies as desk, type QuickReplyDraft } from "../../api/desk";
import type { QuickReply } from "../../api/types";
import { sayLanguage, sayProblem, words } from "../../i18n";
import { may, me } from "../../state/me";
import { loadQuickReplies, quickReplies } from "../../state/quick";
import { Kept } from "../compose/kept";
import { Certain } from "../parts/certain";
import { Wrong } from "../parts/field";
import { takesFocus } from "../parts/focus";
import { channelName } from "../parts/glyph";
import { Doing } from "./doing";

const BLANK: QuickReplyDraft = {
  name: "",
  text: "",
  template: "",
  actions: [],
  shortcut: "",
  locale: "",
  channels: [],
  shared: false,
};
const LANGUAGES = ["", "zh-CN", "zh-TW", "en"];
/** What the desk fills in by itself, and the value that is asked for most. */
const PLACES = ["customer_name", "agent_name", "desk_name", "hello", "order"];

const draftOf = (one: QuickReply): QuickReplyDraft => {
  const { name, text, template, actions, shortcut, locale, channels, shared } = one;
  return { name, text, template, actions, shortcut, locale, channels, shared };
};

interface FormProps {
  readonly before: QuickReply | null;
  readonly done: () => void;
  readonly cancel: () => void;
}

export function ReplyForm(props: FormProps) {
  const [before, setBefore] = useState(props.before);
  const [draft, setDraft] = useState<QuickReplyDraft>(before ? draftOf(before) : BLANK);
  const [problem, setProblem] = useState("");
  const [kept, setKept] = useState("");
  const [removing, setRemoving] = useState(false);
  const [busy, setBusy] = useState(false); // a second press would save it twice
  const change = (some: Partial<QuickReplyDraft>) => setDraft({ ...draft, ...some });
  const trying = async (act: () => Promise<unknown>) => {
    setProblem("");
    setBusy(true);
    try {
      await act();
      props.done();
    } catch (error) {
      setBusy(false);
      setProblem(sayProblem(error));
      if (error instanceof Problem && error.code === "changed_meanwhile") await showTheirs();
    }
  };
  /** What stands there now; one's own words beside it, to be taken along. */
  const showTheirs = async () => {
    await loadQuickReplies();
    const theirs = quickReplies.peek().find((one) => one.id === before?.id);
    if (!theirs) return;
    setKept(draft.text);
    setBefore(theirs);
    setDraft(draftOf(theirs));
  };
  const save = () =>
    trying(() =>
      before ? desk.change(before.id, { ...draft, version: before.version }) : desk.add(draft),
    );
  return (
    <form
      class="phrase-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Wrong problem={problem} />
      {kept && <Kept text={kept} />}
      <Called draft={draft} change={change} />
      <Said
        text={draft.text}
        needed={draft.actions.length === 0}
        change={(text) => change({ text, ...(text && { template: "" }) })}
      />
      <Doing draft={draft} change={change} />
      <For draft={draft} change={change} />
      {removing && before ? (
        <Certain
          sure={words.value.quickReplySure}
          label={words.value.remove}
          press={() => void trying(() => desk.remove(before.id))}
          close={() => setRemoving(false)}
        />
      ) : (
        <div class="buttons">
          <button type="submit" class="button main" disabled={busy}>
            {words.value.save}
          </button>
          <button type="button" class="button" onClick={props.cancel}>
            {words.value.cancel}
          </button>
          <span class="grow" />
          {before && (
            <button type="button" class="button" onClick={() => setRemoving(true)}>
              {words.value.remove}
            </button>
          )}
        </div>
      )}
    </form>
  );
}

interface PartProps {
  readonly draft: QuickReplyDraft;
  readonly change: (some: Partial<QuickReplyDraft>) => void;
}

function Called({ draft, change }: PartProps) {
  return (
    <div class="phrase-called">
      <label>
        <span class="meta">{words.value.phraseName}</span>
        <input
          class="field"
          required
          maxLength={80}
          ref={takesFocus}
          value={draft.name}
          onInput={(event) => change({ name: event.currentTarget.value })}
        />
      </label>
      <label>
        <span class="meta">{words.value.phraseShortcut}</span>
        <input
          class="field"
          maxLength={32}
          pattern="[\p{L}\p{N}_.\-]*"
          title={words.value.phraseShortcutHint}
          autocapitalize="off"
          value={draft.shortcut}
          onInput={(event) => change({ shortcut: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

interface SaidProps {
  readonly text: string;
  /** A macro may do things and say nothing. */
  readonly needed: boolean;
  readonly change: (text: string) => void;
}

function Said({ text, needed, change }: SaidProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const place = (name: string) => {
    const field = area.current;
    if (!field) return;
    field.setRangeText(`{{ ${name} }}`, field.selectionStart, field.selectionEnd, "end");
    change(field.value);
    field.focus();
  };
  return (
    <div>
      <label class="meta" for={id}>
        {words.value.phraseText}
      </label>
      <textarea
        id={id}
        ref={area}
        class="field"
        required={needed}
        rows={6}
        maxLength={8000}
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <div class="presets">
        <span class="meta">{words.value.phrasePlaces}</span>
        {PLACES.map((name) => (
          <button key={name} type="button" class="link" onClick={() => place(name)}>
            {words.value[`place_${name}` as "place_hello"]}
          </button>
        ))}
      </div>
    </div>
  );
}

function For({ draft, change }: PartProps) {
  const channels = [...new Set((me.value?.channels ?? []).map((one) => one.channel))];
  const toggle = (channel: string, on: boolean) =>
    change({
      channels: on ? [...draft.channels, channel] : draft.channels.filter((one) => one !== channel),
    });
  return (
    <>
      <label class="phrase-language">
        <span class="meta">{words.value.phraseLanguage}</span>
        <select
          class="field"
          value={draft.locale}
          onChange={(event) => change({ locale: event.currentTarget.value })}
        >
          {[...new Set([...LANGUAGES, draft.locale])].map((one) => (
            <option key={one} value={one}>
              {one ? sayLanguage(one) : words.value.anyLanguage}
            </option>
          ))}
        </select>
      </label>
      <fieldset class="phrase-channels">
        <legend class="meta">{words.value.phraseChannels}</legend>
        {channels.map((channel) => (
          <label key={channel}>
            <input
              type="checkbox"
              checked={draft.channels.includes(channel)}
              onChange={(event) => toggle(channel, event.currentTarget.checked)}
            />{" "}
            {channelName(channel)}
          </label>
        ))}
      </fieldset>
      {may("words:share") && (
        <label>
          <input
            type="checkbox"
            checked={draft.shared}
            onChange={(event) => change({ shared: event.currentTarget.checked })}
          />{" "}
          {words.value.phraseShared}
        </label>
      )}
    </>
  );
}
