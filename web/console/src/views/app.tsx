// The whole screen: the door, or the desk with its bar, panes and what lies over them.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { session } from "../api/desk";
import { locale, sayUnread, words } from "../i18n";
import { link } from "../state/live";
import { may, me, setPresence, unanswered } from "../state/me";
import { pageOf } from "../state/pages";
import { PATHS } from "../state/places";
import { openId, place } from "../state/route";
import { attempt, dismiss, leaveBehind, toasts } from "../state/toasts";
import { overlay } from "../state/ui";
import { AccountPane } from "./account/pane";
import { Bar } from "./bar";
import { KnowledgePane } from "./compose/knowledge";
import { LeavingElsewhere } from "./compose/leaving";
import { Invite, SignIn } from "./door";
import { Channels } from "./floor/channels";
import { Floor } from "./floor/floor";
import { Reports } from "./floor/reports";
import { Keys } from "./keys";
import { List } from "./list/list";
import { Palette } from "./palette";
import { Boundary } from "./parts/boundary";
import { CloseButton } from "./parts/close";
import { Loading } from "./parts/loading";
import { PhrasesPane } from "./phrases/pane";
import { Side } from "./side/side";
import { Talk } from "./talk/talk";
import { TemplatesPage } from "./templates/page";

/** The token stands behind "#", which no server and no log ever sees. */
function inviteToken(): string | null {
  return location.pathname === PATHS[1] ? location.hash.slice(1) || null : null;
}

export function App() {
  const invite = useSignal(inviteToken());
  const told = useSignal("");
  useEffect(() => {
    document.documentElement.lang = locale.value;
  }, [locale.value]);
  useEffect(leaveBehind, [place.value]);
  if (invite.value)
    return (
      <Invite
        token={invite.value}
        done={() => {
          history.replaceState(null, "", "/");
          told.value = words.value.inviteDone;
          invite.value = null;
        }}
      />
    );
  if (me.value === undefined) return <Unknown />;
  if (me.value === null) return <SignIn told={told.value} />;
  return (
    <>
      <div class="desk">
        <Bar />
        <Banner />
        <Page />
      </div>
      {overlay.value === "palette" && <Palette />}
      {overlay.value === "keys" && <Keys />}
      {overlay.value === "account" && <AccountPane />}
      {overlay.value === "phrases" && <PhrasesPane />}
      {overlay.value === "knowledge" && <KnowledgePane />}
      <Toasts />
    </>
  );
}

/** Before the desk has said who is signed in. */
function Unknown() {
  return (
    <main class="door">
      {unanswered.value ? (
        <p class="empty" role="alert">
          {sayUnread(unanswered.value)}
        </p>
      ) : (
        <Loading />
      )}
    </main>
  );
}

function Page() {
  switch (pageOf(place.value.page)) {
    case "queues":
      return <Floor />;
    case "channels":
      return <Channels />;
    case "reports":
      return <Reports />;
    case "templates":
      return <TemplatesPage />;
    case "conversations":
      return (
        <div class={openId.value ? "panes talking" : "panes"}>
          <Boundary>
            <List />
          </Boundary>
          <Boundary key={openId.value ?? ""}>
            <Talk />
          </Boundary>
          <Boundary key={`side ${openId.value}`}>
            <Side />
          </Boundary>
        </div>
      );
  }
}

const TROUBLE_MS = 2_000;

function Banner() {
  const late = useSignal(false);
  const { phase, stopped } = link.value;
  const live = phase === "live" || phase === "idle";
  useEffect(() => {
    if (live) {
      late.value = false;
      return;
    }
    const timer = setTimeout(() => {
      late.value = true;
    }, TROUBLE_MS);
    return () => clearTimeout(timer);
  }, [live]);
  const missed = me.value?.presence === "not_responding";
  return (
    <div role="status">
      {late.value && (
        <p class="banner">{words.value[stopped === "refused" ? "refusedLine" : "lost"]}</p>
      )}
      {me.value?.desk.sending_paused && <SendingPaused />}
      {missed && (
        <p class="banner">
          {words.value.notRespondingHint}{" "}
          <button
            type="button"
            class="link"
            onClick={() => void attempt(() => setPresence("available"))}
          >
            {words.value.backToAvailable}
          </button>
        </p>
      )}
    </div>
  );
}

function SendingPaused() {
  return (
    <p class="banner">
      {words.value.sendingPaused}{" "}
      {may("channel:manage") && (
        <button
          type="button"
          class="link"
          onClick={() => void attempt(() => session.pauseSending(false))}
        >
          {words.value.sendingResume}
        </button>
      )}
    </p>
  );
}

function Toasts() {
  return (
    <div class="toasts" role="status">
      <LeavingElsewhere />
      {toasts.value.map((one) => (
        <div key={one.id} class={`toast ${one.tone}`}>
          <span class="grow">{one.text}</span>
          <CloseButton press={() => dismiss(one.id)} />
        </div>
      ))}
    </div>
  );
}
