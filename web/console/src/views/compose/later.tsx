// What is said later: the button that lets words wait, and what waits in this conversation.

import { useEffect, useState } from "preact/hooks";
import { scheduled } from "../../api/desk";
import type { Conversation, Scheduled } from "../../api/types";
import { isWord, say, sayCode, sayFor, sayWhen, words } from "../../i18n";
import { keysOf } from "../../state/chords";
import { now } from "../../state/clock";
import { fieldOf, inAnHour, inOrder, instantOf, saidOf, tomorrow } from "../../state/later";
import { may, me } from "../../state/me";
import { attempt } from "../../state/toasts";
import { postponing, write } from "../../state/ui";
import { takesFocus } from "../parts/focus";
import { Icon } from "../parts/icon";
import { Pop } from "../parts/pop";

interface LaterButtonProps {
  readonly disabled: boolean;
  /** True once they wait. */
  readonly schedule: (at: string, follows: boolean, wish: string) => Promise<boolean>;
}

export function LaterButton({ disabled, schedule }: LaterButtonProps) {
  return (
    <Pop
      label={words.value.sendLater}
      kind="dialog"
      class="button bare only"
      panelClass="up offering postponing"
      disabled={disabled}
      asked={postponing.value}
      keys={keysOf("postpone")}
      button={<Icon name="clock" />}
    >
      {(close) => (
        <Choosing
          schedule={async (at, follows, wish) => {
            if (!(await schedule(at, follows, wish))) return;
            close();
            write("reply"); // the button rests, for nothing is written any more
          }}
        />
      )}
    </Pop>
  );
}

interface ChoosingProps {
  readonly schedule: (at: string, follows: boolean, wish: string) => Promise<void>;
}

function Choosing({ schedule }: ChoosingProps) {
  const [follows, setFollows] = useState(false);
  const [field, setField] = useState("");
  const [busy, setBusy] = useState(false);
  const zone = me.value?.desk.timezone ?? "UTC";
  const presets = [
    ["laterHour", inAnHour(now.value)],
    ["laterTomorrow", tomorrow(now.value, zone)],
  ] as const;
  const at = instantOf(field);
  const wait = async (instant: number, wish: string) => {
    setBusy(true);
    await schedule(new Date(instant).toISOString(), follows, wish);
    setBusy(false);
  };
  return (
    <form
      class="later-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (at !== null) void wait(at, field);
      }}
    >
      <strong>{words.value.sendLater}</strong>
      <label class="pledge">
        <input
          type="checkbox"
          checked={follows}
          onChange={(event) => setFollows(event.currentTarget.checked)}
        />
        <span class="grow">{words.value.laterUnless}</span>
      </label>
      {presets.map(([name, instant]) => (
        <button
          key={name}
          type="button"
          class="choice"
          disabled={busy}
          onClick={() => void wait(instant, name)}
        >
          {words.value[name]} <span class="meta figures">{sayWhen(instant, now.value)}</span>
        </button>
      ))}
      <Instant field={field} change={setField} />
      <button type="submit" class="button main" disabled={busy || at === null}>
        {words.value.laterAt}
      </button>
    </form>
  );
}

interface InstantProps {
  readonly field: string;
  readonly change: (field: string) => void;
}

function Instant({ field, change }: InstantProps) {
  return (
    <label>
      <span class="meta">{words.value.laterWhen}</span>
      <input
        class="field figures"
        type="datetime-local"
        required
        min={fieldOf(now.value)}
        value={field}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

/** What waits here, and what could not go: above the field in which the next words are written. */
export function Later({ conversation }: { readonly conversation: Conversation }) {
  const { id, updated_at } = conversation;
  const [all, setAll] = useState<readonly Scheduled[]>([]);
  const load = () => attempt(async () => setAll((await scheduled.of(id)).items));
  // What happens in the conversation may be what became of one.
  useEffect(() => void load(), [id, updated_at]);
  // Words that are being written stay, also when what they were to change has just ended.
  const [edited, edit] = useState<Scheduled | null>(null);
  const gone = edited && !all.some((one) => one.id === edited.id) ? [edited] : [];
  const shown = [...inOrder(all), ...gone];
  if (shown.length === 0) return null;
  return (
    <ul class="later" aria-label={words.value.laterList}>
      {shown.map((one) => (
        <One
          key={one.id}
          one={one}
          editing={edited?.id === one.id}
          edit={(wanted) => edit(wanted ? one : null)}
          changed={load}
        />
      ))}
    </ul>
  );
}

interface OneProps {
  readonly one: Scheduled;
  readonly editing: boolean;
  readonly edit: (wanted: boolean) => void;
  readonly changed: () => Promise<boolean>;
}

function One({ one, editing, edit, changed }: OneProps) {
  const [busy, setBusy] = useState(false);
  const press = async (act: () => Promise<unknown>) => {
    setBusy(true);
    const done = await attempt(act);
    setBusy(false);
    if (done) edit(false);
    await changed(); // also after a refusal, which may be because somebody was quicker
  };
  return (
    <li class={one.state}>
      <div class="measure">
        <Icon name={one.state === "refused" ? "alert" : "clock"} />
        <div class="grow">
          <p class="words cut">{saidOf(one)}</p>
          <p class="meta">
            <When one={one} /> ·{" "}
            {one.author.kind === "auto" ? words.value.byModel : one.author.name}
          </p>
        </div>
        {may("message:send") && !editing && (
          <div class="acts">
            <button
              type="button"
              class="link"
              disabled={busy}
              onClick={() => void press(() => scheduled.send(one.id, one.version))}
            >
              {words.value.sendNow}
            </button>
            <button type="button" class="link" onClick={() => edit(true)}>
              {words.value.laterChange}
            </button>
            <button
              type="button"
              class="link"
              disabled={busy}
              onClick={() => void press(() => scheduled.cancel(one.id))}
            >
              {words.value.laterCancel}
            </button>
          </div>
        )}
        {editing && (
          <Edit
            one={one}
            busy={busy}
            cancel={() => edit(false)}
            save={(changes) =>
              void press(() => scheduled.change(one.id, { version: one.version, ...changes }))
            }
          />
        )}
      </div>
    </li>
  );
}

function When({ one }: { readonly one: Scheduled }) {
  const at = Date.parse(one.send_at);
  if (one.state === "refused") {
    const key = `err_${one.reason}`;
    const why = isWord(key) ? words.value[key] : sayCode("", one.reason);
    return <>{say("laterUnsent", { why })}</>;
  }
  const left = at - now.value;
  const when = sayWhen(at, now.value);
  if (left < 0) return <span class="figures">{say("laterDue", { when })}</span>;
  const key = one.unless_answered ? "laterFollows" : "laterGoes";
  return <span class="figures">{say(key, { when, left: sayFor(left) })}</span>;
}

interface EditProps {
  readonly one: Scheduled;
  readonly busy: boolean;
  readonly cancel: () => void;
  readonly save: (changes: { text?: string; send_at?: string; unless_answered: boolean }) => void;
}

function Edit({ one, busy, cancel, save }: EditProps) {
  const [text, setText] = useState(one.text);
  const [before] = useState(() => ({ ...one, field: fieldOf(Date.parse(one.send_at)) }));
  const [field, setField] = useState(before.field);
  const [follows, setFollows] = useState(one.unless_answered);
  const at = instantOf(field);
  return (
    <form
      class="later-edit"
      onSubmit={(event) => {
        event.preventDefault();
        save({
          ...(text !== before.text && { text }),
          ...(field !== before.field && at !== null && { send_at: new Date(at).toISOString() }),
          unless_answered: follows,
        });
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        cancel();
      }}
    >
      {!one.approved && (
        <textarea
          class="field"
          rows={3}
          ref={takesFocus}
          aria-label={words.value.laterWords}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      <Instant field={field} change={setField} />
      <label class="pledge">
        <input
          type="checkbox"
          checked={follows}
          onChange={(event) => setFollows(event.currentTarget.checked)}
        />
        <span class="grow">{words.value.laterUnless}</span>
      </label>
      <span class="acts">
        <button type="submit" class="button" disabled={busy || at === null}>
          {words.value.save}
        </button>
        <button type="button" class="link" onClick={cancel}>
          {words.value.cancel}
        </button>
      </span>
    </form>
  );
}
