// Two texts, line by line: what went and what came.

import { words } from "../../i18n";
import { difference, near } from "../../state/wordings";

const MARKS = { same: " ", gone: "−", new: "+" } as const;

interface DifferenceProps {
  readonly before: string;
  readonly after: string;
}

export function Difference({ before, after }: DifferenceProps) {
  const lines = difference(before, after);
  if (lines.every((line) => line.kind === "same"))
    return <p class="meta">{words.value.wordingSame}</p>;
  return (
    <pre class="difference">
      {near(lines).map((line, place) => (
        <span key={place} class={line.kind}>
          {MARKS[line.kind]} {line.text}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
