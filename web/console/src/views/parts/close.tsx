// The cross that closes what it stands in.

import { words } from "../../i18n";
import { takesFocus } from "./focus";
import { Icon } from "./icon";

interface CloseProps {
  readonly press: () => void;
  /** Whether it has the focus when it appears. */
  readonly first?: boolean;
}

export function CloseButton({ press, first = false }: CloseProps) {
  return (
    <button
      type="button"
      class="button bare only"
      aria-label={words.value.close}
      ref={first ? takesFocus : null}
      onClick={press}
    >
      <Icon name="close" />
    </button>
  );
}
