// When somebody is to be called: at once, or at one of the times that can be booked.

import { useEffect, useState } from "preact/hooks";
import { callbacks } from "../../api/desk";
import type { Slot } from "../../api/types";
import { sayClock, sayDay, words } from "../../i18n";
import { now } from "../../state/clock";
import { byDay } from "../../state/slots";
import { attempt } from "../../state/toasts";

interface WhenProps {
  readonly number: string;
  readonly queue: string;
  readonly fixed: boolean;
  readonly setFixed: (fixed: boolean) => void;
  /** The time as the desk names it; "" is as soon as somebody has time. */
  readonly choose: (at: string) => void;
}

export function When({ number, queue, fixed, setFixed, choose }: WhenProps) {
  const [slots, setSlots] = useState<readonly Slot[] | null>(null);
  useEffect(() => {
    setSlots(null);
    choose("");
    if (!fixed) return;
    let wanted = true; // until another number is written
    void attempt(async () => {
      const { items } = await callbacks.slots(number, queue);
      if (!wanted) return;
      setSlots(items);
      choose(items[0]?.at ?? "");
    });
    return () => {
      wanted = false;
    };
  }, [fixed, number]);
  return (
    <>
      <select
        class="field"
        aria-label={words.value.callbackWhen}
        value={fixed ? "fixed" : "soon"}
        onChange={(event) => setFixed(event.currentTarget.value === "fixed")}
      >
        <option value="soon">{words.value.callbackSoon}</option>
        <option value="fixed">{words.value.callbackFixed}</option>
      </select>
      {slots !== null && <Times slots={slots} choose={choose} />}
    </>
  );
}

interface TimesProps {
  readonly slots: readonly Slot[];
  readonly choose: (at: string) => void;
}

function Times({ slots, choose }: TimesProps) {
  const days = byDay(slots, (at) => sayDay(at, now.value));
  const [day, setDay] = useState(days[0]?.name ?? "");
  const times = days.find(({ name }) => name === day)?.slots ?? [];
  if (days.length === 0) return <p class="meta">{words.value.callbackFull}</p>;
  return (
    <div class="times">
      <select
        class="field"
        aria-label={words.value.callbackDay}
        value={day}
        onChange={(event) => {
          const chosen = days.find(({ name }) => name === event.currentTarget.value);
          setDay(event.currentTarget.value);
          choose(chosen?.slots[0]?.at ?? "");
        }}
      >
        {days.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        class="field figures"
        aria-label={words.value.callbackTime}
        key={day}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {times.map(({ start, at }) => (
          <option key={start} value={at}>
            {sayClock(Date.parse(start))}
          </option>
        ))}
      </select>
    </div>
  );
}
