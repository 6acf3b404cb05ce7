// The floor: queues by trouble, agents by state. Asked for anew every few seconds while it is open.

import { useEffect } from "preact/hooks";
import type { Agent, Presence, Queue } from "../../api/types";
import { say, sayFor, words } from "../../i18n";
import { now } from "../../state/clock";
import {
  agents,
  introduced,
  loadDirectory,
  loadRecent,
  queueName,
  queues,
  skillName,
} from "../../state/directory";
import { reasonWords } from "../bar";
import { Loading } from "../parts/loading";
import { Board } from "./board";

const AGAIN_MS = 5_000;
const LATELY_MS = 60_000;

export function Floor() {
  useEffect(() => {
    void loadDirectory();
    void loadRecent();
    const timers = [
      setInterval(() => void loadDirectory(), AGAIN_MS),
      setInterval(() => void loadRecent(), LATELY_MS),
    ];
    return () => timers.forEach(clearInterval);
  }, []);
  const lines = [...queues.value].sort(byTrouble);
  return (
    <main class="page">
      <h1>{words.value.queues}</h1>
      {lines.length === 0 && <None words={words.value.noQueues} />}
      <ul class="boards">
        {lines.map((queue) => (
          <Board key={queue.id} queue={queue} />
        ))}
      </ul>
      <h1>{words.value.agents}</h1>
      {agents.value.length === 0 && <None words={words.value.noAgents} />}
      {agents.value.length > 0 && <States />}
      <ul class="people">
        {[...agents.value].sort(byState).map((agent) => (
          <Person key={agent.login} agent={agent} />
        ))}
      </ul>
    </main>
  );
}

function None({ words }: { readonly words: string }) {
  return introduced.value ? <p class="empty">{words}</p> : <Loading />;
}

function byTrouble(a: Queue, b: Queue): number {
  return (
    (b.longest_wait_ms ?? 0) - (a.longest_wait_ms ?? 0) ||
    b.waiting - a.waiting ||
    a.id.localeCompare(b.id)
  );
}

const STATES: readonly Presence[] = [
  "not_responding",
  "available",
  "after_contact",
  "busy",
  "offline",
];

function byState(a: Agent, b: Agent): number {
  return STATES.indexOf(a.presence) - STATES.indexOf(b.presence) || a.name.localeCompare(b.name);
}

/** How many are where, at a glance; each state has its word beside its colour. */
function States() {
  return (
    <ul class="states" aria-label={words.value.agentsByState}>
      {STATES.map((state) => {
        const n = agents.value.filter((agent) => agent.presence === state).length;
        return (
          <li key={state} class={n === 0 ? "meta" : undefined}>
            <span class={`dot ${state}`} />
            <strong class="figures">{n}</strong> {words.value[state]}
          </li>
        );
      })}
    </ul>
  );
}

function Person({ agent }: { readonly agent: Agent }) {
  const since = agent.since
    ? say("since", { time: sayFor(now.value - Date.parse(agent.since)) })
    : "";
  const reason = agent.reason ? reasonWords(agent.reason) : "";
  const share = agent.capacity > 0 ? Math.min(1, agent.load / agent.capacity) : 0;
  const skills = Object.entries(agent.skills ?? {}).map(
    ([skill, level]) => `${skillName(skill)} ${level}`,
  );
  const { listing } = words.value;
  return (
    <li class="person">
      <span class={`dot ${agent.presence}`} />
      <strong class="cut">{agent.name}</strong>
      <span class="meta cut">
        {[words.value[agent.presence], reason, since].filter(Boolean).join(" · ")}
      </span>
      <span class="meta cut grow">
        {[(agent.queues ?? []).map(queueName).join(listing), skills.join(listing)]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <meter
        min={0}
        max={1}
        value={share}
        aria-label={say("loadOf", { load: agent.load, capacity: agent.capacity })}
      />
      <span class={agent.load > agent.capacity ? "figures bad" : "meta figures"}>
        {agent.load}/{agent.capacity}
      </span>
    </li>
  );
}
