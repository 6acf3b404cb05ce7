// One address of a person: its channel, and whether it is verified or opted out.

import type { Identity } from "../../api/types";
import { words } from "../../i18n";
import { personName } from "../../state/people";
import { Glyph } from "../parts/glyph";

export function Address({ identity }: { readonly identity: Identity }) {
  const address = identity.urn.split(":").slice(1).join(":");
  return (
    <li>
      <Glyph channel={identity.channel} />
      <span class="cut grow" title={address}>
        {personName(address)}
      </span>
      {identity.verified && identity.channel !== "webchat" && (
        <span class="tag kept">{words.value.verified}</span>
      )}
      {identity.opted_out && <span class="tag late">{words.value.optedOut}</span>}
    </li>
  );
}
