// Words that were written where nothing is said any more: to be read, and taken along.

import { words } from "../../i18n";
import { CopyButton } from "../parts/copy";

export function Kept({ text }: { readonly text: string }) {
  return (
    <div class="kept">
      <label>
        <span class="meta">{words.value.keptWords}</span>
        <textarea
          class="field"
          readOnly
          rows={3}
          value={text}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
      </label>
      <CopyButton label={words.value.copyWords} text={text} />
    </div>
  );
}
