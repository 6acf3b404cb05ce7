// The words in hand promise an answer: offered to be kept track of, never decided silently.

import { say, sayWhen } from "../../i18n";
import { now } from "../../state/clock";

interface PledgeProps {
  readonly found: { readonly due: string };
  readonly kept: boolean;
  readonly keep: (kept: boolean) => void;
}

export function Pledge({ found, kept, keep }: PledgeProps) {
  const at = sayWhen(Date.parse(found.due), now.value);
  return (
    <label class="pledge">
      <input
        type="checkbox"
        checked={kept}
        onChange={(event) => keep(event.currentTarget.checked)}
      />
      <span class="grow">{say("pledgeOffer", { at })}</span>
    </label>
  );
}
