// What this agent wrote for later, wherever: folded above their conversations.

import { say, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { inOrder, saidOf } from "../../state/later";
import { hashOf, view } from "../../state/route";
import { mineLater } from "../../state/scheduled";
import { Icon } from "../parts/icon";

export function MineLater() {
  const all = inOrder(mineLater.value);
  if (all.length === 0) return null;
  const unsent = all.filter((one) => one.state === "refused").length;
  return (
    <details class="mine-later">
      <summary>
        {words.value.laterList} <span class="count figures">{all.length}</span>
        {unsent > 0 && <span class="tag late">{say("laterUnsentCount", { n: unsent })}</span>}
      </summary>
      <ul>
        {all.map((one) => (
          <li key={one.id}>
            <a
              href={hashOf({
                page: "conversations",
                view: view.value,
                conversation: one.conversation,
              })}
            >
              <Icon name={one.state === "refused" ? "alert" : "clock"} />
              <span class="grow cut">{saidOf(one)}</span>
              <span class="meta figures">{sayWhen(Date.parse(one.send_at), now.value)}</span>
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}
