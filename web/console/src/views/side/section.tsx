// A section of the side panel that folds, and remembers whether it was folded.

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { kept } from "../../state/prefs";

const folds = new Map<string, Signal<boolean>>();

function foldOf(name: string): Signal<boolean> {
  const known = folds.get(name) ?? kept(`section:${name}`, true);
  folds.set(name, known);
  return known;
}

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
