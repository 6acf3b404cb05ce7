// One template in one locale: its parts, what is wrong with them, how customers read it, its past.

import { type Dispatch, type StateUpdater, useEffect, useId, useRef, useState } from "preact/hooks";
import { Problem } from "../../api/client";
import { wordings } from "../../api/desk";
import type { Remark, Wording, WordingCheck } from "../../api/types";
import { say, sayLanguage, sayProblem, sayUnread, words } from "../../i18n";
import { actorName } from "../../state/directory";
import { login, me } from "../../state/me";
import { shelf } from "../../state/prefs";
import { go, hashOf } from "../../state/route";
import { toast } from "../../state/toasts";
import {
  BLANK,
  barring,
  draftOf,
  FRONT,
  partsOf,
  same,
  toldOf,
  UnsavedWords,
  type WordingDraft,
  whole,
} from "../../state/wordings";
import { Wrong } from "../parts/field";
import { channelName } from "../parts/glyph";
import { Loading } from "../parts/loading";
import { Difference } from "./difference";
import { Front } from "./front";
import { History } from "./history";
import { originKey } from "./page";
import { Preview } from "./preview";
import { Said, Told } from "./said";

const LANGUAGES = ["zh-CN", "zh-TW", "en"];
const QUIET_MS = 350;
const NOTHING: WordingCheck = { faults: [], remarks: [], shown: [] };

interface PlaceProps {
  readonly name: string;
  readonly locale: string;
}

export function Editor({ name, locale }: PlaceProps) {
  const [base, setBase] = useState<Wording | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const judged = useState<WordingCheck>(NOTHING); // stands while another version is opened
  const load = async () => {
    try {
      setBase(await wordings.get(name, locale));
    } catch (error) {
      if (error instanceof Problem && error.status === 404) setBase(unworded(name, locale));
      else setTrouble(error);
    }
  };
  useEffect(() => void load(), []);
  return (
    <main class="page">
      <header class="wording-top">
        <p class="meta">
          <a href={hashOf({ page: "templates", name: "", locale: "" })}>{words.value.templates}</a>
        </p>
        <h1>
          <code>{name}</code>
        </h1>
        <Locales name={name} locale={locale} />
      </header>
      {trouble !== null && (
        <p class="problem" role="alert">
          {sayUnread(trouble)}
        </p>
      )}
      {base ? (
        <Form key={base.version} base={base} load={load} judged={judged} />
      ) : (
        trouble === null && <Loading />
      )}
    </main>
  );
}

function unworded(name: string, locale: string): Wording {
  return {
    ...BLANK,
    name,
    locale,
    channels: [],
    origin: "",
    version: 0,
    changed_by: "",
    changed_at: null,
    file_changed: false,
    note: "",
  };
}

function Locales({ name, locale }: PlaceProps) {
  return (
    <nav class="modes" aria-label={words.value.phraseLanguage}>
      {[...new Set([...LANGUAGES, locale])].map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === locale}
          onClick={() => go({ page: "templates", name, locale: one })}
        >
          {sayLanguage(one)}
        </button>
      ))}
    </nav>
  );
}

type Judged = readonly [WordingCheck, Dispatch<StateUpdater<WordingCheck>>];

interface FormProps {
  readonly base: Wording;
  readonly judged: Judged;
  readonly load: () => Promise<void>;
}

function Form({ base, load, judged }: FormProps) {
  const { name, locale } = base;
  const unsaved = new UnsavedWords(shelf, login.value);
  const [kept] = useState(() => unsaved.get(name, locale));
  const [draft, setDraft] = useState<WordingDraft>(kept?.draft ?? draftOf(base));
  const [part, setPart] = useState("");
  const found = useJudged(name, locale, draft, judged);
  const dirty = !same(draft, draftOf(base));
  const change = (some: Partial<WordingDraft>) => {
    const next = { ...draft, ...some };
    setDraft(next);
    unsaved.put(
      name,
      locale,
      same(next, draftOf(base)) ? null : { version: base.version, draft: next },
    );
  };
  const forget = () => {
    unsaved.put(name, locale, null);
    setDraft(draftOf(base));
  };
  const saved = async () => {
    unsaved.put(name, locale, null);
    toast(say("wordingSaved"));
    await load();
  };
  const theirs = kept && kept.version !== base.version && dirty;
  return (
    <>
      <Standing base={base} />
      {dirty && (
        <p class="row-line">
          <span class="meta">{words.value.wordingUnsaved}</span>
          <button type="button" class="link" onClick={forget}>
            {words.value.wordingForget}
          </button>
        </p>
      )}
      {theirs && (
        <section class="problem" role="alert">
          <p>{say("wordingTheirs", { who: actorName(base.changed_by), version: base.version })}</p>
          <Difference before={whole(draftOf(base))} after={whole(draft)} />
        </section>
      )}
      <div class="wording">
        <div class="wording-edit">
          <Parts draft={draft} part={part} found={found} choose={setPart} />
          {part === FRONT ? (
            <Front draft={draft} change={change} />
          ) : (
            <Said
              key={part}
              part={part}
              locale={locale}
              text={draft.words[part] ?? ""}
              places={draft.variables}
              change={(text) => change({ words: { ...draft.words, [part]: text } })}
            />
          )}
          <Told part={part} found={found} />
          <Saving base={base} draft={draft} dirty={dirty} found={found} done={load} again={load} />
        </div>
        <Preview part={part} found={found} />
      </div>
      <History base={base} draft={draft} done={saved} />
    </>
  );
}

/** Where the words in force come from, and since when. */
function Standing({ base }: { readonly base: Wording }) {
  return (
    <>
      <p class="meta">
        {words.value[originKey(base.origin)]}
        {base.origin === "console" &&
          ` · ${say("wordingVersion", { n: base.version })} · ${actorName(base.changed_by)}`}
      </p>
      {base.file_changed && (
        <p class="problem" role="status">
          {words.value.wordingFileChanged}
        </p>
      )}
    </>
  );
}

/** Asks the desk once typing rests; what was told before stands until it answers. */
function useJudged(
  name: string,
  locale: string,
  draft: WordingDraft,
  [found, setFound]: Judged,
): WordingCheck {
  const rest = useRef(0); // what is opened is shown at once
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      wordings.check(name, locale, draft).then(
        (told) =>
          current &&
          setFound((before) => (told.faults.length > 0 ? { ...told, shown: before.shown } : told)),
        () => undefined,
      );
    }, rest.current);
    rest.current = QUIET_MS;
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [name, locale, draft]);
  return found;
}

interface PartsProps {
  readonly draft: WordingDraft;
  readonly part: string;
  readonly found: WordingCheck;
  readonly choose: (part: string) => void;
}

function Parts({ draft, part, found, choose }: PartsProps) {
  const channels = (me.value?.channels ?? []).map((one) => one.channel);
  return (
    <nav class="modes wording-parts" aria-label={words.value.wordingParts}>
      {[...partsOf(draft, channels), FRONT].map((one) => {
        const n = toldOf(one, found.faults).length + toldOf(one, found.remarks).length;
        return (
          <button
            key={one}
            type="button"
            aria-pressed={one === part}
            class={one === FRONT || draft.words[one] ? "" : "faint"}
            onClick={() => choose(one)}
          >
            {partName(one)}
            {n > 0 && <span class="tag soon">{n}</span>}
          </button>
        );
      })}
    </nav>
  );
}

export function partName(part: string): string {
  if (part === "") return words.value.partAny;
  if (part === FRONT) return words.value.partFront;
  if (part === "email_subject") return words.value.partSubject;
  if (part === "email_html") return words.value.partHtml;
  return channelName(part);
}

/** Why words cannot be saved as they stand; "": they can. */
function sayBarred(found: WordingCheck): string {
  const bar = barring(found);
  if (!bar) return "";
  const parts = bar.parts.map(partName).join(words.value.listing);
  return say(bar.why === "faults" ? "wordingFaulty" : "wordingBlocked", { parts });
}

interface SavingProps {
  readonly base: Wording;
  readonly draft: WordingDraft;
  readonly dirty: boolean;
  readonly found: WordingCheck;
  readonly done: () => Promise<void>;
  readonly again: () => Promise<void>;
}

function Saving({ base, draft, dirty, found, done, again }: SavingProps) {
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState("");
  const [asked, setAsked] = useState<readonly Remark[]>([]);
  const [busy, setBusy] = useState(false); // a second press would save it twice
  const reason = useId();
  const why = dirty ? sayBarred(found) : "";
  const save = async (anyway: boolean) => {
    setProblem("");
    setAsked([]);
    setBusy(true);
    try {
      const change = { ...draft, version: base.version, note, anyway };
      await wordings.save(base.name, base.locale, change);
      await done();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // What they saved is shown beside what stands here, with their name.
      if (error.code === "changed_meanwhile") await again();
      else if (error.code === "remarks_left") setAsked(error.extra.remarks as Remark[]);
      else setProblem(sayProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="wording-save"
      onSubmit={(event) => {
        event.preventDefault();
        void save(false);
      }}
    >
      <label>
        <span class="meta">{words.value.wordingNote}</span>
        <input
          class="field"
          maxLength={500}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <Wrong problem={problem} />
      {asked.length > 0 && (
        <div class="problem" role="alert">
          <p>{words.value.err_remarks_left}</p>
          <button type="button" class="button" disabled={busy} onClick={() => void save(true)}>
            {words.value.wordingAnyway}
          </button>
        </div>
      )}
      {why && (
        <p id={reason} class="bad" role="status">
          {why}
        </p>
      )}
      <button
        type="submit"
        class="button main"
        disabled={busy || !dirty || why !== ""}
        aria-describedby={why ? reason : undefined}
      >
        {words.value.wordingSave}
      </button>
    </form>
  );
}
