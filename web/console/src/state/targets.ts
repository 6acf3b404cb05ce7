// To whom a conversation can be handed on, and in which order they are offered. Pure.

import type { Agent, Presence, Queue } from "../api/types";

export type Target =
  | { readonly kind: "queue"; readonly to: string; readonly name: string; readonly waiting: number }
  | {
      readonly kind: "agent";
      readonly to: string;
      readonly name: string;
      readonly presence: Presence;
      readonly load: number;
      readonly capacity: number;
    };

export interface Asked {
  readonly text: string;
  readonly me: string;
  /** Where it is now: no use in handing it there. */
  readonly queue: string;
  readonly agent: string;
}

const ORDER: Readonly<Record<Presence, number>> = {
  available: 0,
  after_contact: 1,
  busy: 2,
  not_responding: 3,
  offline: 4,
};

/** Queues first, then colleagues: the free before the busy, the idle before the loaded. */
export function targets(
  queues: readonly Queue[],
  agents: readonly Agent[],
  asked: Asked,
): Target[] {
  const wanted = asked.text.trim().toLocaleLowerCase();
  const fits = (...names: string[]) =>
    names.some((name) => name.toLocaleLowerCase().includes(wanted));
  const lines = queues
    .filter((queue) => queue.id !== asked.queue && fits(queue.name ?? "", queue.id))
    .map(
      (queue): Target => ({
        kind: "queue",
        to: `queue:${queue.id}`,
        name: queue.name || queue.id,
        waiting: queue.waiting,
      }),
    );
  const people = agents
    .filter((agent) => agent.login !== asked.me && agent.login !== asked.agent)
    .filter((agent) => fits(agent.name, agent.login))
    .sort((a, b) => ORDER[a.presence] - ORDER[b.presence] || a.load - b.load)
    .map(
      (agent): Target => ({
        kind: "agent",
        to: `agent:${agent.login}`,
        name: agent.name || agent.login,
        presence: agent.presence,
        load: agent.load,
        capacity: agent.capacity,
      }),
    );
  return [...lines, ...people];
}
