// A section of the side panel that folds, and remembers whether it was folded.

import type { ComponentChildren } from "preact";
import { foldOf } from "../../state/folds";

interface SectionProps {
  readonly name: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Section({ name, title, children }: SectionProps) {
  const open = foldOf(name);
  return (
    <details
      class="section"
      open={open.value}
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>{title}</summary>
      <div class="section-body">{children}</div>
    </details>
  );
}
