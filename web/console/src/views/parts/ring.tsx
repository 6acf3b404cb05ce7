// A clock as a thin ring that empties; the figure beside it, the sentence for a screen reader.

import { fill } from "../../../../shared/fill";
import { sayFor, words } from "../../i18n";
import { presentBefore } from "../../state/clock";
import { figure, urgency } from "../../state/urgency";

interface RingProps {
  readonly openedAt: string;
  readonly due: string;
  /** The sentences for in time and late, each with the hole {time}. */
  readonly left?: "dueIn" | "offerLeft" | "promiseDueIn";
  readonly large?: boolean;
}

export function Ring({ openedAt, due, left = "dueIn", large = false }: RingProps) {
  const until = Date.parse(due);
  const { share, tone, leftMs } = urgency(Date.parse(openedAt), until, presentBefore(until));
  const sentence = fill(words.value[leftMs < 0 ? "lateBy" : left], { time: sayFor(leftMs) });
  return (
    <span class={`ring ${tone}${large ? " large" : ""}`} title={sentence}>
      <span class="figures" aria-hidden="true">
        {figure(leftMs)}
      </span>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <circle class="ring-ground" cx="10" cy="10" r="8" />
        <circle
          class="ring-left"
          cx="10"
          cy="10"
          r="8"
          pathLength={100}
          stroke-dasharray={`${tone === "late" ? 100 : Math.round(share * 100)} 100`}
        />
      </svg>
      <span class="sr">{sentence}</span>
    </span>
  );
}
