// A dialog over everything: keeps the focus inside and gives it back.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { overlay } from "../state/ui";
import { CloseButton } from "./parts/close";

function close(): void {
  overlay.value = null;
}

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
      onCancel={close}
      onPointerDown={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      {children}
    </dialog>
  );
}

/** What lies there, and the way out of it. */
export function OverlayHead({ title }: { readonly title: string }) {
  return (
    <div class="overlay-head">
      <h1 class="grow">{title}</h1>
      <CloseButton press={close} first />
    </div>
  );
}
