// What to mend in the words in hand: underlined where it stands, and said in a line below.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { conversations } from "../../api/desk";
import type { Finding } from "../../api/types";
import { say, words } from "../../i18n";
import { type Found, isLookedAt, NOTHING, pieces, placeOf, told } from "../../state/courtesy";
import { Icon } from "../parts/icon";

const QUIET_MS = 350; // nobody is corrected in the middle of a word
const MOST_LETTERS = 20_000;
const CHINESE = /[\u4e00-\u9fff]/;

interface Asked {
  readonly conversation: string;
  readonly text: string;
  readonly account: string | null;
  readonly attachments: number;
}

/** Asks the desk once typing rests. Where it cannot be asked, it says it when the words are sent. */
export function useFindings({ conversation, text, account, attachments }: Asked): Found {
  const [found, setFound] = useState<Found>(NOTHING);
  useEffect(() => {
    if (!isLookedAt(text)) {
      setFound(NOTHING);
      return;
    }
    const asking = new AbortController();
    const body = {
      text: text.slice(0, MOST_LETTERS),
      attachments,
      ...(account === null ? {} : { account }),
    };
    const timer = setTimeout(() => {
      conversations.courtesy(conversation, body, asking.signal).then(
        ({ findings, promise }) => setFound({ text, findings, promise }),
        () => undefined,
      );
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [conversation, text, account, attachments]);
  return found;
}

interface UnderlinedProps {
  readonly found: Found;
  readonly text: string;
  readonly field: RefObject<HTMLTextAreaElement | null>;
}

/** The same words over the field, unseen but for the lines under them. */
export function Underlined({ found, text, field }: UnderlinedProps) {
  const mirror = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const area = field.current;
    const over = mirror.current;
    if (!area || !over) return;
    const follow = () => {
      over.style.width = `${area.clientWidth}px`;
      over.style.height = `${area.clientHeight}px`;
      over.scrollTop = area.scrollTop;
    };
    follow();
    area.addEventListener("scroll", follow);
    const sizes = new ResizeObserver(follow);
    sizes.observe(area);
    return () => {
      area.removeEventListener("scroll", follow);
      sizes.disconnect();
    };
  });
  return (
    <div class="mirror" aria-hidden="true" ref={mirror}>
      {pieces(found, text).map((piece, at) =>
        piece.finding ? (
          <mark key={at} class={piece.finding.level}>
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
      {"\n"}
    </div>
  );
}

interface FindingsProps {
  readonly found: Found;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly list: RefObject<HTMLUListElement | null>;
}

/** Each is a button that goes to the words it is about. */
export function Findings({ found, field, list }: FindingsProps) {
  const shown = told(found);
  const go = (finding: Finding) => {
    const place = placeOf(found.text, finding);
    field.current?.focus();
    if (place) field.current?.setSelectionRange(...place);
  };
  return (
    <>
      <p class="sr" role="status">
        {shown.length > 0 && say("findingsTold", { n: shown.length })}
      </p>
      {shown.length > 0 && (
        <ul class="findings" id="findings" aria-label={words.value.findings} ref={list}>
          {shown.map((finding) => (
            <li key={`${finding.rule}|${finding.start}`}>
              <button type="button" class={`finding ${finding.level}`} onClick={() => go(finding)}>
                <Icon name={finding.level === "hint" ? "question" : "alert"} />
                <strong>{words.value[`level_${finding.level}`]}</strong>
                <span class="grow" lang={CHINESE.test(finding.message) ? "zh" : "en"}>
                  {quoted(found.text, finding)}
                  {finding.message}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function quoted(text: string, finding: Finding) {
  const place = placeOf(text, finding);
  const whole = place && place[0] === 0 && place[1] >= text.length;
  return place && !whole ? <q>{text.slice(...place)}</q> : null;
}
