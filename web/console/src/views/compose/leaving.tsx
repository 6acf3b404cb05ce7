// The reply that leaves in a moment: at the end of its conversation, or at the screen's edge.

import { say, words } from "../../i18n";
import { present } from "../../state/clock";
import { wholeSeconds } from "../../state/countdown";
import { hurry, type Leaving, leaving, undo } from "../../state/parting";
import { undoSend } from "../../state/prefs";
import { openConversation, openId } from "../../state/route";

/** Where it will stand once it has gone. */
export function LeavingHere({ id }: { readonly id: string }) {
  const one = leaving.value;
  if (one?.what.conversation !== id || !undoSend.value) return null;
  return (
    <section class="group out leaving">
      {one.what.body.text && (
        <div class="bubble">
          <p class="words">{one.what.body.text}</p>
        </div>
      )}
      {one.what.uploads.map((file) => (
        <p key={file.sha256} class="meta">
          {file.filename}
        </p>
      ))}
      <p class="meta" role="status">
        <TakeBack one={one} />
      </p>
    </section>
  );
}

/** Its author looks at something else. */
export function LeavingElsewhere() {
  const one = leaving.value;
  if (!one || one.what.conversation === openId.value || !undoSend.value) return null;
  return (
    <div class="toast plain">
      <span class="grow cut">{one.what.body.text}</span>
      <TakeBack one={one} />
    </div>
  );
}

function TakeBack({ one }: { readonly one: Leaving }) {
  const seconds = Math.max(1, wholeSeconds(one.at - present()));
  const back = () => {
    openConversation(one.what.conversation);
    undo();
  };
  return (
    <>
      <span class="figures">{say("leaving", { n: seconds })}</span>{" "}
      <button type="button" class="link" onClick={back} title={`${words.value.undo} (Ctrl+Z)`}>
        {words.value.undo}
      </button>{" "}
      <button type="button" class="link" onClick={() => void hurry()}>
        {words.value.sendNow}
      </button>
    </>
  );
}
