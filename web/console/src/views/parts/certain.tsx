// Asked once more before what changes much: what it does, the button that does it, and a way out.

import type { ComponentChildren } from "preact";
import { words } from "../../i18n";
import { takesFocus } from "./focus";

interface CertainProps {
  readonly sure: string;
  readonly label: string;
  readonly press: () => void;
  readonly close: () => void;
  readonly children?: ComponentChildren;
}

export function Certain({ sure, label, press, close, children }: CertainProps) {
  return (
    <fieldset class="certain" aria-label={sure}>
      <p>{sure}</p>
      {children}
      <div class="buttons">
        <button type="button" class="button main" ref={takesFocus} onClick={press}>
          {label}
        </button>
        <button type="button" class="button" onClick={close}>
          {words.value.cancel}
        </button>
      </div>
    </fieldset>
  );
}
