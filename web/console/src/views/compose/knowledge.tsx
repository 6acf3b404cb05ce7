// The desk's articles: looked for with the customer's own words, read, and put into the reply.

import { useEffect, useState } from "preact/hooks";
import { knowledge } from "../../api/desk";
import type { Article } from "../../api/types";
import { locale, say, sayCode, sayProblem, words } from "../../i18n";
import { lastAsked, quoted } from "../../state/knowledge";
import { opened } from "../../state/open";
import { overlay } from "../../state/ui";
import { Overlay, OverlayHead } from "../overlay";
import { Icon } from "../parts/icon";

const WAIT_MS = 150;

interface Answered {
  readonly asked: string;
  readonly items: readonly Article[];
  readonly problem: string;
}

/** What the articles say to a question, once the desk has answered. */
function useArticles(asked: string, language: string): Answered | null {
  const [answered, setAnswered] = useState<Answered | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const put = (items: readonly Article[], problem: string) => {
      if (!abort.signal.aborted) setAnswered({ asked, items, problem });
    };
    const ask = () =>
      knowledge.find(asked, language, abort.signal).then(
        ({ items }) => put(items, ""),
        (error) => put([], sayProblem(error)),
      );
    const timer = setTimeout(ask, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [asked, language]);
  return answered;
}

export function KnowledgePane() {
  const open = opened.value;
  const card = open?.conversation;
  const language = card ? card.language || card.contact.language || "" : locale.value;
  const [asked, setAsked] = useState(() => lastAsked(open?.items ?? []));
  const [reading, setReading] = useState<string | null>(null);
  const answered = useArticles(asked.trim(), language);
  const shown = answered?.items ?? [];
  const sought = answered?.asked !== ""; // what is shown belongs to that, not yet to the next key
  return (
    <Overlay label={words.value.knowledge}>
      <div class="knowledge">
        <OverlayHead title={words.value.knowledge} />
        <input
          class="field"
          type="search"
          maxLength={200}
          aria-label={words.value.knowledgeSearch}
          placeholder={words.value.knowledgeSearch}
          value={asked}
          ref={selectsAll}
          onInput={(event) => {
            setAsked(event.currentTarget.value);
            setReading(null);
          }}
        />
        <ul class="articles" aria-busy={answered?.asked !== asked.trim()}>
          {shown.map((one, place) => (
            <li key={one.id}>
              <One
                article={one}
                open={reading === null ? place === 0 && sought : reading === one.id}
                toggle={(open) => setReading(open ? one.id : "")}
              />
            </li>
          ))}
        </ul>
        {answered && shown.length === 0 && (
          <p class="empty">
            {answered.problem || words.value[sought ? "knowledgeNone" : "knowledgeEmpty"]}
          </p>
        )}
      </div>
    </Overlay>
  );
}

/** The cursor stands there, and the next key begins another question. */
function selectsAll(field: HTMLInputElement | null): void {
  if (!field || field.dataset.taken) return;
  field.dataset.taken = "yes";
  field.focus();
  field.select();
}

interface OneProps {
  readonly article: Article;
  readonly open: boolean;
  readonly toggle: (open: boolean) => void;
}

function One({ article, open, toggle }: OneProps) {
  const writes = opened.value?.conversation != null;
  return (
    <>
      <button type="button" class="article-head" aria-expanded={open} onClick={() => toggle(!open)}>
        <strong class="grow">{article.title}</strong>
        <span class="tag">{sayCode("cat_", article.category)}</span>
        {article.certain_percent > 0 && (
          <span class="meta" title={words.value.knowledgeNear}>
            {say("knowledgePercent", { n: article.certain_percent })}
          </span>
        )}
      </button>
      {open && (
        <div class="article">
          <p lang={article.locale}>{article.plain}</p>
          <div class="buttons">
            {writes && (
              <button
                type="button"
                class="button main"
                onClick={() => {
                  quoted.value = article.plain;
                  overlay.value = null;
                }}
              >
                {words.value.knowledgeInsert}
              </button>
            )}
            {article.link && (
              <a class="link" href={article.link} target="_blank" rel="noreferrer">
                {words.value.knowledgeLink}
              </a>
            )}
          </div>
        </div>
      )}
    </>
  );
}

export function KnowledgeButton() {
  const label = words.value.knowledge;
  return (
    <button
      type="button"
      class="button bare only"
      aria-label={label}
      title={`${label} (Ctrl+B)`}
      onClick={() => {
        overlay.value = "knowledge";
      }}
    >
      <Icon name="book" />
    </button>
  );
}
