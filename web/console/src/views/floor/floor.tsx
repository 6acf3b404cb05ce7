// The floor: queues by trouble, agents by state. Asked for anew every few seconds while it is open.

import { useEffect } from "preact/hooks";
import type { Agent, Queue } from "../../api/types";
import { say, sayFor, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { agents, loadDirectory, queueName, queues, skillName } from "../../state/directory";
import { figure } from "../../state/urgency";
import { reasonWords } from "../bar";

const AGAIN_MS = 5_000;

export function Floor() {
  useEffect(() => {
    void loadDirectory();
    const timer = setInterval(() => void loadDirectory(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const lines = [...queues.value].sort(byTrouble);
  return (
    <main class="page">
      <h1>{words.value.queues}</h1>
      {lines.length === 0 && <p class="empty">{words.value.noQueues}</p>}
      <ul class="boards">
        {lines.map((queue) => (
          <Board key={queue.id} queue={queue} />
        ))}
      </ul>
      <h1>{words.value.agents}</h1>
      {agents.value.length === 0 && <p class="empty">{words.value.noAgents}</p>}
      <ul class="people">
        {[...agents.value].sort(byState).map((agent) => (
          <Person key={agent.login} agent={agent} />
        ))}
      </ul>
    </main>
  );
}

function byTrouble(a: Queue, b: Queue): number {
  return (
    (b.longest_wait_ms ?? 0) - (a.longest_wait_ms ?? 0) ||
    b.waiting - a.waiting ||
    a.id.localeCompare(b.id)
  );
}

const STATES = ["not_responding", "available", "after_contact", "busy", "offline"];

function byState(a: Agent, b: Agent): number {
  return STATES.indexOf(a.presence) - STATES.indexOf(b.presence) || a.name.localeCompare(b.name);
}

function Board({ queue }: { readonly queue: Queue }) {
  const unstaffed = queue.waiting + queue.offered > 0 && queue.agents_available === 0;
  const next = queue.next_open ? sayWhen(Date.parse(queue.next_open), now.value) : "";
  const closed = next ? say("closedUntil", { when: next }) : words.value.closedNow;
  return (
    <li class={unstaffed ? "board alarm" : "board"}>
      <header>
        <h2 class="cut grow">{queue.name || queue.id}</h2>
        <span class="meta">{queue.open_now ? words.value.openNow : closed}</span>
      </header>
      {unstaffed && <p class="board-words bad">{words.value.unstaffed}</p>}
      <dl class="figures">
        <Figure
          label={words.value.waitingN}
          value={String(queue.waiting + queue.offered)}
          bad={unstaffed}
        />
        <Figure
          label={words.value.longest}
          value={queue.longest_wait_ms ? figure(queue.longest_wait_ms) : "–"}
        />
        <Figure label={words.value.assignedN} value={String(queue.assigned)} />
        <Figure
          label={words.value.freeAgents}
          value={String(queue.agents_available)}
          bad={unstaffed}
        />
      </dl>
    </li>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly bad?: boolean;
}

function Figure({ label, value, bad = false }: FigureProps) {
  return (
    <div>
      <dt class="meta">{label}</dt>
      <dd class={bad ? "bad" : ""}>{value}</dd>
    </div>
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
