// What it said before: who saved it and when, compared with what stands in the fields, brought back.

import { useEffect, useState } from "preact/hooks";
import { wordings } from "../../api/desk";
import type { Wording, WordingVersion } from "../../api/types";
import { say, sayProblem, sayUnread, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { actorName } from "../../state/directory";
import { draftOf, type WordingDraft, whole } from "../../state/wordings";
import { Wrong } from "../parts/field";
import { Difference } from "./difference";

const FILES = 0;

interface HistoryProps {
  readonly base: Wording;
  readonly draft: WordingDraft;
  readonly done: () => Promise<void>;
}

export function History({ base, draft, done }: HistoryProps) {
  const { name, locale, version } = base;
  const [items, setItems] = useState<readonly WordingVersion[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [open, setOpen] = useState<Wording | null>(null);
  const [which, setWhich] = useState<number | null>(null);
  const [problem, setProblem] = useState("");
  const load = async (before: readonly WordingVersion[], cursor: number | null) => {
    setProblem("");
    try {
      const page = await wordings.versions(name, locale, cursor);
      setItems([...before, ...page.items]);
      setNext(page.next);
    } catch (error) {
      setProblem(sayUnread(error));
    }
  };
  useEffect(() => void load([], null), [version]);
  const look = async (one: number) => {
    setProblem("");
    setWhich(one);
    setOpen(null);
    try {
      setOpen(await wordings.version(name, locale, one));
    } catch (error) {
      setProblem(sayUnread(error));
    }
  };
  const back = async (to: number) => {
    setProblem("");
    try {
      await wordings.back(name, locale, to, version);
      await done();
    } catch (error) {
      setProblem(sayProblem(error));
    }
  };
  return (
    <section class="wording-history">
      <h2>{words.value.wordingHistory}</h2>
      <Wrong problem={problem} />
      {items && (
        <ul class="phrase-list">
          {items.map((one) => (
            <li key={one.version}>
              <Version
                name={`${say("wordingVersion", { n: one.version })} · ${actorName(one.by)} · ${sayWhen(Date.parse(one.at), now.value)}`}
                note={[one.files ? words.value.wordingToFiles : "", one.note]
                  .filter(Boolean)
                  .join(" · ")}
                open={which === one.version}
                look={() => void look(one.version)}
              />
            </li>
          ))}
          {next !== null && (
            <li>
              <button type="button" class="button" onClick={() => void load(items, next)}>
                {words.value.more}
              </button>
            </li>
          )}
          <li>
            <Version
              name={words.value.wordingFiles}
              note=""
              open={which === FILES}
              look={() => void look(FILES)}
            />
          </li>
        </ul>
      )}
      {open && which !== null && (
        <div class="wording-old">
          <p class="meta">{words.value.wordingCompared}</p>
          <Difference before={whole(draftOf(open))} after={whole(draft)} />
          {which !== version && !(which === FILES && base.origin !== "console") && (
            <button type="button" class="button" onClick={() => void back(which)}>
              {words.value.wordingBack}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

interface VersionProps {
  readonly name: string;
  readonly note: string;
  readonly open: boolean;
  readonly look: () => void;
}

function Version({ name, note, open, look }: VersionProps) {
  return (
    <>
      <button type="button" class="link strong cut" aria-pressed={open} onClick={look}>
        {name}
      </button>
      {note && <span class="meta">{note}</span>}
    </>
  );
}
