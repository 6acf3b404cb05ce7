// The scroll of a conversation: stays at the newest unless the reader has gone up.

import { signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { say, words } from "../../i18n";
import { agentName } from "../../state/directory";
import { isShown } from "../../state/eventwords";
import { login } from "../../state/me";
import { loadEarlier, opened, tellRead, typist, viewers } from "../../state/open";
import { personName } from "../../state/people";
import { blocks } from "../../state/timeline";
import { attempt } from "../../state/toasts";
import { scrollToEnd } from "../../state/ui";
import { DoneHere, LeavingHere } from "../compose/leaving";
import { Icon } from "../parts/icon";
import { Loading } from "../parts/loading";
import { BlockView } from "./blocks";

const NEAR_PX = 80;
const EARLIER_PX = 200;
const fetching = signal(false);

export function Timeline({ id }: { readonly id: string }) {
  const scroll = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const height = useRef(0);
  const away = useSignal(false);
  const items = opened.value?.id === id ? opened.value.items : [];
  const more = opened.value?.more ?? false;
  const groups = useComputed(() => blocks(opened.value?.items ?? [], isShown));

  useLayoutEffect(() => {
    const view = scroll.current;
    if (!view) return;
    if (pinned.current) view.scrollTop = view.scrollHeight;
    else if (fetching.peek()) view.scrollTop += view.scrollHeight - height.current;
    height.current = view.scrollHeight;
  }, [items]);

  useEffect(() => {
    pinned.current = true;
    const view = scroll.current;
    if (view) view.scrollTop = view.scrollHeight;
  }, [id, scrollToEnd.value]);

  // The composer grows, a picture arrives: whoever reads the newest goes on reading it.
  useEffect(() => {
    const view = scroll.current;
    if (!view) return;
    const watch = new ResizeObserver(() => {
      if (pinned.current) view.scrollTop = view.scrollHeight;
    });
    watch.observe(view);
    for (const child of view.children) watch.observe(child);
    return () => watch.disconnect();
  }, []);

  useEffect(() => void tellRead(), [items]);

  const earlier = async () => {
    if (fetching.peek()) return;
    fetching.value = true;
    await attempt(() => loadEarlier(id));
    // The items are drawn before the next frame; until then the scroll keeps its place.
    requestAnimationFrame(() => {
      fetching.value = false;
    });
  };
  const scrolled = () => {
    const view = scroll.current;
    if (!view) return;
    pinned.current = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_PX;
    away.value = !pinned.current;
    if (view.scrollTop < EARLIER_PX && more) void earlier();
  };
  const toEnd = () => {
    const view = scroll.current;
    if (view) view.scrollTop = view.scrollHeight;
  };

  return (
    <div class="talk-body">
      <div
        class="timeline"
        ref={scroll}
        onScroll={scrolled}
        role="log"
        aria-label={words.value.conversations}
      >
        <div class="measure">
          {more && (
            <button type="button" class="link earlier" onClick={() => void earlier()}>
              {words.value.earlier}
            </button>
          )}
          {opened.value?.begun === false && <Loading />}
          {groups.value.map((block) => (
            <BlockView key={block.key} block={block} conversation={id} />
          ))}
          <LeavingHere id={id} />
          <DoneHere id={id} />
        </div>
      </div>
      {away.value && (
        <button type="button" class="button to-end" onClick={toEnd}>
          <Icon name="down" /> {words.value.newest}
        </button>
      )}
      <Presence id={id} />
    </div>
  );
}

/** Who else looks at it, and who types: so that two people never answer at once. */
function Presence({ id }: { readonly id: string }) {
  const others = (viewers.value[id] ?? []).filter((one) => one !== login.value).map(agentName);
  const typing = typist.value;
  const lines = [
    typing !== null && say("typing", { name: personName(typing) }),
    others.length > 0 && say("looking", { names: others.join(words.value.listing) }),
  ].filter(Boolean);
  return (
    <p class="company meta" role="status">
      {lines.join(" · ")}
    </p>
  );
}
