// The top bar: pages, search, the line's state, presence, and the person's own settings.

import { useLayoutEffect, useRef } from "preact/hooks";
import { chosenLocale, LOCALE_NAMES, type Locale, locale, say, words } from "../i18n";
import { link } from "../state/live";
import { may, me, setPresence, signOut } from "../state/me";
import { allowNotices } from "../state/notices";
import { offers } from "../state/offers";
import { mayEnter, pageOf } from "../state/pages";
import { hurry } from "../state/parting";
import { notices, sound, undoSend } from "../state/prefs";
import { goView, hashOf, openId, place, view } from "../state/route";
import { MOST_SOUGHT } from "../state/sought";
import { attempt } from "../state/toasts";
import { overlay, searchFocus, searchText } from "../state/ui";
import { Icon } from "./parts/icon";
import { Pop } from "./parts/pop";

export function Bar() {
  return (
    <header class="bar">
      <span class="brand">
        <Icon name="logo" />
        <span class="cut">{me.value?.desk.name}</span>
      </span>
      <Pages />
      {mayEnter("conversations") ? <Search /> : <span class="grow" />}
      <Line />
      {may("presence:write") && (me.value?.capacity ?? 0) > 0 && <Presence />}
      <Settings />
    </header>
  );
}

function Pages() {
  const here = pageOf(place.value.page);
  const row = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const current = row.current?.querySelector("[aria-current]");
    current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [here]);
  const pages = [
    {
      page: "conversations",
      label: words.value.conversations,
      short: words.value.conversationsShort,
      href: hashOf({ page: "conversations", view: view.value, conversation: null }),
    },
    { page: "queues", label: words.value.deskPage, href: "#/queues" },
    { page: "channels", label: words.value.channelsPage, href: "#/channels" },
    { page: "reports", label: words.value.reportsPage, href: "#/reports" },
    { page: "templates", label: words.value.templates, href: "#/templates" },
  ].filter((one) => mayEnter(one.page));
  return (
    <nav class="pages" ref={row}>
      {pages.map((one) => (
        <a key={one.page} href={one.href} aria-current={here === one.page ? "page" : undefined}>
          <span class="long">{one.label}</span>
          {one.short && (
            <span class="short" aria-hidden="true">
              {one.short}
            </span>
          )}
          {one.page === "conversations" && <OffersElsewhere />}
        </a>
      ))}
    </nav>
  );
}

/** Offers stand in the list; where it is out of sight, its link says that there are some. */
function OffersElsewhere() {
  const n = offers.value.length;
  if (n === 0 || (place.value.page === "conversations" && !openId.value)) return null;
  const words = say("offersNow", { n });
  return (
    <span class={openId.value ? "held-out narrow" : "held-out"} title={words}>
      <span aria-hidden="true">{n}</span>
      <span class="sr">{words}</span>
    </span>
  );
}

function Search() {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (searchFocus.value > 0) field.current?.select();
  }, [searchFocus.value]);
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        class="field"
        maxLength={MOST_SOUGHT}
        placeholder={words.value.searchHint}
        aria-label={words.value.search}
        value={searchText.value}
        onInput={(event) => {
          searchText.value = event.currentTarget.value;
          // Results stand in the list's place, wherever one was.
          if (place.value.page !== "conversations") goView(view.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          searchText.value = "";
          field.current?.blur();
        }}
      />
      <kbd>/</kbd>
    </div>
  );
}

function Line() {
  const live = link.value.phase === "live";
  return (
    <span class="line" title={live ? words.value.live : words.value.lost} role="status">
      <span class={live ? "dot good" : "dot bad"} />
      <span class="sr">{live ? words.value.live : words.value.lost}</span>
    </span>
  );
}

const REASONS = [
  "reasonBreak",
  "reasonMeal",
  "reasonMeeting",
  "reasonTraining",
  "reasonCase",
] as const;

function Presence() {
  const person = me.value;
  if (!person) return null;
  const label = words.value[person.presence];
  const reason =
    person.presence === "busy" && person.reason ? ` · ${reasonWords(person.reason)}` : "";
  const load = `${person.load}/${person.capacity}`;
  const set = (presence: "available" | "busy" | "offline", why?: string) =>
    void attempt(() => setPresence(presence, why));
  return (
    <Pop
      label={`${words.value.presence}: ${label}${reason} ${load}`}
      class="button presence"
      button={
        <>
          <span class={`dot ${person.presence}`} />
          <span class="cut">
            {label}
            {reason}
          </span>{" "}
          <span
            class="meta figures"
            title={say("loadOf", { load: person.load, capacity: person.capacity })}
          >
            {load}
          </span>
        </>
      }
    >
      {(close) => {
        const choose = (presence: "available" | "busy" | "offline", why?: string) => {
          close();
          (document.activeElement as HTMLElement | null)?.blur(); // the next Enter is an offer's
          set(presence, why);
        };
        return (
          <>
            <p class="meta pop-note">{load}</p>
            <PresenceChoice presence="available" choose={() => choose("available")} />
            <PresenceChoice presence="busy" choose={() => choose("busy")} />
            {REASONS.map((one) => (
              <button
                key={one}
                type="button"
                role="menuitem"
                class="choice inner"
                onClick={() => choose("busy", one.slice("reason".length).toLowerCase())}
              >
                {words.value[one]}
              </button>
            ))}
            <PresenceChoice presence="offline" choose={() => choose("offline")} />
          </>
        );
      }}
    </Pop>
  );
}

/** A reason is stored as a code, so that each colleague reads it in their own language. */
export function reasonWords(reason: string): string {
  const known = REASONS.find((one) => one.slice("reason".length).toLowerCase() === reason);
  return known ? words.value[known] : reason;
}

interface ChoiceProps {
  readonly presence: "available" | "busy" | "offline";
  readonly choose: () => void;
}

function PresenceChoice({ presence, choose }: ChoiceProps) {
  return (
    <button
      type="button"
      role="menuitemradio"
      aria-checked={me.value?.presence === presence}
      class="choice"
      onClick={choose}
    >
      <span class={`dot ${presence}`} />
      {words.value[presence]}
      <span class="meta">{me.value?.presence === presence && <Icon name="check" />}</span>
    </button>
  );
}

const LEAVE_MS = 3_000;

/** What is about to leave leaves before its author does; out of reach, it waits for their return. */
async function leaveDesk(): Promise<void> {
  await Promise.race([hurry(), new Promise((done) => setTimeout(done, LEAVE_MS))]);
  await signOut();
}

function Settings() {
  const person = me.value;
  if (!person) return null;
  return (
    <Pop
      label={`${words.value.menu}: ${person.name}`}
      class="button bare face"
      button={<span aria-hidden="true">{[...person.name][0] ?? "?"}</span>}
    >
      {(close) => (
        <>
          <p class="pop-note">
            <strong>{person.name}</strong> <span class="meta">{person.login}</span>
          </p>
          <hr class="rule" />
          {(Object.keys(LOCALE_NAMES) as Locale[]).map((one) => (
            <Check
              key={one}
              radio
              label={LOCALE_NAMES[one]}
              on={locale.value === one}
              press={() => {
                chosenLocale.value = one;
              }}
            />
          ))}
          <hr class="rule" />
          <Check
            label={words.value.sound}
            on={sound.value}
            press={() => {
              sound.value = !sound.value;
            }}
          />
          <Check
            label={words.value.undoSend}
            on={undoSend.value}
            press={() => {
              undoSend.value = !undoSend.value;
            }}
          />
          <Check
            label={words.value.desktopNotices}
            on={notices.value}
            press={() => void allowNotices(!notices.value)}
          />
          <hr class="rule" />
          <Open what="palette" close={close} />
          <Open what="phrases" close={close} />
          <Open what="knowledge" close={close} />
          {mayEnter("templates") && (
            <button
              type="button"
              role="menuitem"
              class="choice narrow"
              onClick={() => {
                close();
                location.hash = "#/templates";
              }}
            >
              {words.value.templates}
            </button>
          )}
          <Open what="keys" close={close} />
          <Open what="account" close={close} />
          <hr class="rule" />
          <button
            type="button"
            role="menuitem"
            class="choice"
            onClick={() => void attempt(leaveDesk)}
          >
            {words.value.signOut}
          </button>
        </>
      )}
    </Pop>
  );
}

const OPENED = {
  palette: { words: "commands", keys: "Ctrl+K" },
  phrases: { words: "quickReplies", keys: "" },
  knowledge: { words: "knowledge", keys: "Ctrl+B" },
  keys: { words: "allKeys", keys: "?" },
  account: { words: "ownAccount", keys: "" },
} as const;

interface OpenProps {
  readonly what: keyof typeof OPENED;
  readonly close: () => void;
}

function Open({ what, close }: OpenProps) {
  const { words: label, keys } = OPENED[what];
  return (
    <button
      type="button"
      role="menuitem"
      class="choice"
      onClick={() => {
        close();
        overlay.value = what;
      }}
    >
      {words.value[label]}
      {keys && (
        <span class="meta">
          <kbd>{keys}</kbd>
        </span>
      )}
    </button>
  );
}

interface CheckProps {
  readonly label: string;
  readonly on: boolean;
  readonly radio?: boolean;
  readonly press: () => void;
}

function Check({ label, on, radio = false, press }: CheckProps) {
  return (
    <button
      type="button"
      role={radio ? "menuitemradio" : "menuitemcheckbox"}
      aria-checked={on}
      class="choice"
      onClick={press}
    >
      {label}
      <span class="meta">{on && <Icon name="check" />}</span>
    </button>
  );
}
