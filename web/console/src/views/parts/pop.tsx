// A button with a small panel: opens below it, closes on Escape, on a press outside, on a choice.

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface PopProps {
  readonly label: string;
  readonly button: ComponentChildren;
  readonly class?: string;
  readonly panelClass?: string;
  readonly disabled?: boolean;
  /** Opened from elsewhere, by a key or by name. */
  readonly asked?: boolean;
  /** The keys that do the same. */
  readonly keys?: string;
  /** "menu" moves by arrow keys from choice to choice; "dialog" holds fields. */
  readonly kind?: "menu" | "dialog";
  readonly children: (close: () => void) => ComponentChildren;
}

export function Pop(props: PopProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLSpanElement>(null);
  const close = () => {
    setOpen(false);
    root.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (props.asked && !props.disabled) setOpen(true);
  }, [props.asked]);
  useDismiss(root, open, () => setOpen(false), close);
  const kind = props.kind ?? "menu";
  return (
    <span class="pop" ref={root}>
      <button
        type="button"
        class={props.class ?? "button"}
        aria-label={props.label}
        title={props.keys ? `${props.label} (${props.keys})` : props.label}
        aria-haspopup={kind}
        aria-expanded={open}
        disabled={props.disabled}
        onClick={() => setOpen(!open)}
      >
        {props.button}
      </button>
      {open && (
        <Panel kind={kind} label={props.label} class={props.panelClass ?? ""}>
          {props.children(close)}
        </Panel>
      )}
    </span>
  );
}

interface PanelProps {
  readonly kind: "menu" | "dialog";
  readonly label: string;
  readonly class: string;
  readonly children: ComponentChildren;
}

function Panel({ kind, label, class: extra, children }: PanelProps) {
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    panel.current?.querySelector<HTMLElement>("input, textarea, .choice")?.focus();
  }, []);
  return (
    <div
      ref={panel}
      class={`pop-panel ${extra}`}
      role={kind}
      aria-label={label}
      onKeyDown={(event) => moveBetween(panel, event)}
    >
      {children}
    </div>
  );
}

/** Arrow keys go from choice to choice; a field keeps its own left and right. */
export function moveBetween(root: RefObject<HTMLElement | null>, event: KeyboardEvent): void {
  const across = event.target instanceof HTMLInputElement ? {} : { ArrowRight: 1, ArrowLeft: -1 };
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, ...across };
  const by = steps[event.key];
  if (by === undefined || event.target instanceof HTMLTextAreaElement) return;
  const choices = [...(root.current?.querySelectorAll<HTMLElement>(".choice") ?? [])];
  if (choices.length === 0) return;
  event.preventDefault();
  const at = choices.indexOf(document.activeElement as HTMLElement);
  choices[(at + by + choices.length) % choices.length]?.focus();
}

function useDismiss(
  root: RefObject<HTMLElement | null>,
  open: boolean,
  dismiss: () => void,
  close: () => void,
): void {
  // With the panel, not a frame after it: an Escape in between would leave the conversation.
  useLayoutEffect(() => {
    if (!open) return;
    const press = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) dismiss();
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      close();
    };
    addEventListener("pointerdown", press);
    addEventListener("keydown", key, true);
    return () => {
      removeEventListener("pointerdown", press);
      removeEventListener("keydown", key, true);
    };
  });
}
