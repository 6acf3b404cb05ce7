// A queue on the floor: four figures to be read from afar, and what the last two hours were like.

import type { Queue } from "../../api/types";
import { locale, say, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { recent } from "../../state/directory";
import { HEIGHT, path, total, WIDTH } from "../../state/spark";
import { figure } from "../../state/urgency";

export function Board({ queue }: { readonly queue: Queue }) {
  const unstaffed = queue.waiting + queue.offered > 0 && queue.agents_available === 0;
  const lately = recent.value.find((one) => one.queue === queue.id);
  return (
    <li class={unstaffed ? "board alarm" : "board"}>
      <header>
        <h2 class="cut grow">{queue.name || queue.id}</h2>
        <span class="meta">{standing(queue)}</span>
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
        <Figure
          label={words.value.serviceLevel}
          hint={words.value.serviceLevelHint}
          value={percent(lately?.level ?? null)}
        />
        <Figure
          label={words.value.freeAgents}
          value={String(queue.agents_available)}
          bad={unstaffed}
        />
      </dl>
      <Spark asked={lately?.asked ?? []} />
    </li>
  );
}

function standing(queue: Queue): string {
  const next = queue.next_open ? sayWhen(Date.parse(queue.next_open), now.value) : "";
  const closed = next ? say("closedUntil", { when: next }) : words.value.closedNow;
  const busy = queue.assigned > 0 ? say("assignedN", { n: queue.assigned }) : "";
  return [queue.open_now ? words.value.openNow : closed, busy].filter(Boolean).join(" · ");
}

function percent(value: number | null): string {
  if (value === null) return "–";
  return new Intl.NumberFormat(locale.value, { style: "percent" }).format(value);
}

function Spark({ asked }: { readonly asked: readonly number[] }) {
  const told = say("askedLately", { n: total(asked), most: Math.max(0, ...asked) });
  return (
    <svg
      class="spark"
      viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={told}
    >
      <title>{told}</title>
      <path d={path(asked)} />
    </svg>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly bad?: boolean;
}

function Figure({ label, value, hint = "", bad = false }: FigureProps) {
  return (
    <div title={hint || undefined}>
      <dt class="meta">{label}</dt>
      <dd class={bad ? "bad" : ""}>{value}</dd>
    </div>
  );
}
