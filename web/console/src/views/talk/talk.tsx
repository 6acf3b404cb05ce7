// The middle pane: head, timeline, transfer, composer; or what to do when nothing is open.

import { words } from "../../i18n";
import { opened, refresh } from "../../state/open";
import { openId } from "../../state/route";
import { handing } from "../../state/ui";
import { Composer } from "../compose/composer";
import { Later } from "../compose/later";
import { Loading } from "../parts/loading";
import { CallBar } from "./callbar";
import { Head } from "./head";
import { Onward } from "./onward";
import { Timeline } from "./timeline";
import { HandOn } from "./transfer";

export function Talk() {
  const id = openId.value;
  const open = opened.value;
  if (!id || !open)
    return (
      <main class="talk">
        <h1 class="empty middle">{words.value.pickOne}</h1>
      </main>
    );
  const { conversation, problem } = open;
  if (!conversation)
    return (
      <main class="talk">
        {problem === null ? (
          <div class="middle">
            <Loading key={id} />
          </div>
        ) : (
          <div class="empty middle">
            <p>{problem}</p>
            <button type="button" class="button" onClick={() => void refresh(id)}>
              {words.value.retry}
            </button>
          </div>
        )}
      </main>
    );
  return (
    <main class="talk">
      <Head conversation={conversation} />
      <CallBar conversation={conversation} />
      <Timeline id={id} />
      <Onward conversation={conversation} />
      <Later key={`later ${id}`} conversation={conversation} />
      {handing.value && (
        <HandOn key={`${handing.value} ${id}`} conversation={conversation} what={handing.value} />
      )}
      <Composer key={id} conversation={conversation} />
    </main>
  );
}
