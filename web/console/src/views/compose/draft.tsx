// A draft by the desk's model: asked for, waited for or called off, and marked until it is gone.

import { useEffect, useRef, useState } from "preact/hooks";
import { conversations } from "../../api/desk";
import { sayProblem, words } from "../../i18n";
import { below, givenUp } from "../../state/drafted";
import { me } from "../../state/me";
import { Icon } from "../parts/icon";

interface Asking {
  readonly conversation: string;
  readonly account: string | null;
  /** Whether a reply can be written here now. */
  readonly writes: boolean;
  readonly text: string;
  readonly change: (text: string) => void;
  readonly refused: (words: string) => void;
}

export interface Drafting {
  readonly offered: boolean;
  readonly working: boolean;
  /** Words of a model stand in the field. */
  readonly drafted: boolean;
  /** Asks, or calls off what was asked. */
  press(): void;
}

export function useDrafting(asking: Asking): Drafting {
  const { conversation, account, writes, text } = asking;
  const newest = useRef(asking); // whoever waited may have gone on typing
  newest.current = asking;
  const [abort, setAbort] = useState<AbortController | null>(null);
  const [drafted, setDrafted] = useState(false);

  const ask = async () => {
    const waiting = new AbortController();
    setAbort(waiting);
    asking.refused("");
    try {
      const draft = await conversations.draft(conversation, account, waiting.signal);
      if (waiting.signal.aborted) return;
      newest.current.change(below(newest.current.text, draft.text));
      setDrafted(true);
    } catch (error) {
      if (!givenUp(error)) newest.current.refused(sayProblem(error));
    } finally {
      setAbort((now) => (now === waiting ? null : now));
    }
  };
  useEffect(() => {
    if (!abort) return;
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      abort.abort();
    };
    addEventListener("keydown", key, true);
    return () => {
      removeEventListener("keydown", key, true);
      abort.abort();
    };
  }, [abort, writes]);
  useEffect(() => {
    if (!text.trim()) setDrafted(false);
  }, [text]);

  return {
    offered: writes && me.value?.drafts === true,
    working: abort !== null,
    drafted: drafted && text.trim() !== "",
    press: () => (abort ? abort.abort() : void ask()),
  };
}

export function DraftButton({ draft }: { readonly draft: Drafting }) {
  if (!draft.offered) return null;
  const label = words.value[draft.working ? "draftCancel" : "draftAsk"];
  return (
    <button
      type="button"
      class="button bare only"
      aria-label={label}
      aria-busy={draft.working}
      title={label}
      onClick={draft.press}
    >
      <Icon name={draft.working ? "close" : "pen"} />
    </button>
  );
}

/** What a model has to do with the words above. */
export function DraftMark({ draft }: { readonly draft: Drafting }) {
  const said = draft.working ? "draftWorking" : "draftMark";
  return (
    <p class="meta drafted" role="status">
      {(draft.working || draft.drafted) && words.value[said]}
    </p>
  );
}
