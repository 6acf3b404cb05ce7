// Times that can be booked, as people choose of them. Pure.

import type { Slot } from "../api/types";

interface Day {
  readonly name: string;
  readonly slots: readonly Slot[];
}

/** By the day on which they are where the reader is; the order stays. */
export function byDay(slots: readonly Slot[], named: (at: number) => string): readonly Day[] {
  const days = new Map<string, Slot[]>();
  for (const slot of slots) {
    const name = named(Date.parse(slot.start));
    days.set(name, [...(days.get(name) ?? []), slot]);
  }
  return [...days].map(([name, found]) => ({ name, slots: found }));
}
