// What one says often: quick replies to write, find and tidy up, and how often which words are used.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words as desk } from "../../api/desk";
import type { QuickReply, Template, Usage } from "../../api/types";
import { locale, say, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { actorName } from "../../state/directory";
import { may } from "../../state/me";
import { matching, ofQuickReply, ofTemplate, type Phrase } from "../../state/phrases";
import { loadQuickReplies, quickReplies } from "../../state/quick";
import { attempt } from "../../state/toasts";
import { aboutOf } from "../compose/picker";
import { Overlay, OverlayHead } from "../overlay";
import { ReplyForm } from "./reply";

const KINDS = ["quickReplies", "templates"] as const;
type Kind = (typeof KINDS)[number];

/** Null: the list; "new", or what is being changed. */
type Editing = QuickReply | "new" | null;

export function PhrasesPane() {
  const [kind, setKind] = useState<Kind>("quickReplies");
  const [editing, setEditing] = useState<Editing>(null);
  useEffect(() => void attempt(loadQuickReplies), []);
  const done = () => {
    setEditing(null);
    void attempt(loadQuickReplies);
  };
  return (
    <Overlay label={words.value.quickReplies}>
      <div class="phrases">
        <OverlayHead title={words.value.quickReplies} />
        {editing ? (
          <ReplyForm
            before={editing === "new" ? null : editing}
            done={done}
            cancel={() => setEditing(null)}
          />
        ) : (
          <>
            <div class="modes">
              {KINDS.map((one) => (
                <button
                  key={one}
                  type="button"
                  aria-pressed={kind === one}
                  onClick={() => setKind(one)}
                >
                  {words.value[one]}
                </button>
              ))}
            </div>
            {kind === "templates" ? <Templates /> : <Replies edit={setEditing} />}
          </>
        )}
      </div>
    </Overlay>
  );
}

function Replies({ edit }: { readonly edit: (one: Editing) => void }) {
  const all = quickReplies.value;
  const whole = new Map(all.map((one) => [one.id, one]));
  return (
    <Found
      phrases={all.map(ofQuickReply)}
      none={words.value.quickReplyEmpty}
      line={(phrase) => {
        const one = whole.get(phrase.id);
        return one && <Line one={one} edit={() => edit(one)} />;
      }}
    >
      {may("words:write") && (
        <button type="button" class="button main" onClick={() => edit("new")}>
          {words.value.quickReplyNew}
        </button>
      )}
    </Found>
  );
}

interface LineProps {
  readonly one: QuickReply;
  readonly edit: () => void;
}

function Line({ one, edit }: LineProps) {
  const phrase = ofQuickReply(one);
  return (
    <>
      <span class="phrase-head">
        {one.mine ? (
          <button type="button" class="link strong cut" onClick={edit}>
            {one.name}
          </button>
        ) : (
          <strong class="cut">{one.name}</strong>
        )}
        {one.shortcut && <kbd>/{one.shortcut}</kbd>}
        {phrase.kind === "macro" && <span class="tag soon">{words.value.macro}</span>}
        <span class="tag">{words.value[one.shared ? "ofTheDesk" : "ofOneself"]}</span>
      </span>
      <span class="cut">{aboutOf(phrase)}</span>
      <Figures used={one.used} />
    </>
  );
}

/** The house's own words: they are written in files, and counted here. */
function Templates() {
  const [all, setAll] = useState<readonly Template[]>([]);
  useEffect(() => {
    void attempt(async () => setAll((await desk.templates(locale.value, "")).items));
  }, [locale.value]);
  const whole = new Map(all.map((one) => [one.name, one]));
  return (
    <Found
      phrases={all.map(ofTemplate)}
      none={words.value.templateEmpty}
      line={(phrase) => (
        <>
          <strong>/{phrase.name}</strong>
          <span class="cut">{phrase.about}</span>
          <Figures used={whole.get(phrase.id)?.used ?? null} />
        </>
      )}
    />
  );
}

function Figures({ used }: { readonly used: Usage | null }) {
  if (!used) return <span class="meta">{words.value.neverUsed}</span>;
  const at = sayWhen(Date.parse(used.last_at), now.value);
  return (
    <span class="meta figures">
      {say("timesUsed", { n: used.times, who: actorName(used.last_by), at })}
    </span>
  );
}

interface FoundProps {
  readonly phrases: readonly Phrase[];
  readonly none: string;
  readonly line: (phrase: Phrase) => ComponentChildren;
  readonly children?: ComponentChildren;
}

/** A list with a field to search it, by words, shortcut or pinyin. */
export function Found({ phrases, none, line, children }: FoundProps) {
  const [asked, setAsked] = useState("");
  const shown = matching(phrases, asked.trim());
  return (
    <>
      <div class="phrase-search">
        <input
          class="field"
          type="search"
          aria-label={words.value.phraseSearch}
          placeholder={words.value.phraseSearch}
          value={asked}
          onInput={(event) => setAsked(event.currentTarget.value)}
        />
        {children}
      </div>
      <ul class="phrase-list">
        {shown.map((phrase) => (
          <li key={phrase.id}>{line(phrase)}</li>
        ))}
      </ul>
      {shown.length === 0 && <p class="empty">{asked ? words.value.phraseNone : none}</p>}
    </>
  );
}
