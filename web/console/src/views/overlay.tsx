// A dialog over everything: keeps the focus inside and gives it back.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { overlay } from "../state/ui";

interface OverlayProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

export function Overlay({ label, children }: OverlayProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // The browser's own modal: traps the focus, and returns it when closed.
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="overlay"
      aria-label={label}
      onCancel={() => {
        overlay.value = null;
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) overlay.value = null;
      }}
    >
      {children}
    </dialog>
  );
}
