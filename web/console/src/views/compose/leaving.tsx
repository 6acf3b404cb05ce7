// The reply that leaves in a moment: at the end of its conversation, or at the screen's edge.

import type { ComponentChildren } from "preact";
import { say, words } from "../../i18n";
import { present } from "../../state/clock";
import { wholeSeconds } from "../../state/countdown";
import { actionsWords, done, putBack, puttingBack } from "../../state/macros";
import { hurry, type Leaving, leaving, type Parting, underWay, undo } from "../../state/parting";
import { undoSend } from "../../state/prefs";
import { openConversation, openId } from "../../state/route";
import { CloseButton } from "../parts/close";

/** Where it will stand once it has gone. */
export function LeavingHere({ id }: { readonly id: string }) {
  const one = leaving.value;
  return (
    <>
      {underWay.value
        .filter((what) => what.conversation === id)
        .map((what) => (
          <Press key={what.key} what={what}>
            {words.value.underWay}
          </Press>
        ))}
      {one?.what.conversation === id && undoSend.value && (
        <Press what={one.what}>
          <TakeBack one={one} />
        </Press>
      )}
    </>
  );
}

interface PressProps {
  readonly what: Parting;
  readonly children: ComponentChildren;
}

function Press({ what: { body, uploads, macro }, children }: PressProps) {
  return (
    <section class="group out leaving">
      {body.text && (
        <div class="bubble">
          <p class="words">{body.text}</p>
        </div>
      )}
      {uploads.map((file) => (
        <p key={file.sha256} class="meta">
          {file.filename}
        </p>
      ))}
      {macro && (
        <p class="meta">{say("because", { what: macro.name, why: actionsWords(macro.actions) })}</p>
      )}
      <p class="meta" role="status">
        {children}
      </p>
    </section>
  );
}

/** A macro was carried out here: what of it can be put back by one press. */
export function DoneHere({ id }: { readonly id: string }) {
  const one = done.value;
  if (one?.conversation !== id || one.run.back.length === 0) return null;
  const what = one.run.back.map((each) => words.value[`back_${each}`]).join(words.value.listing);
  return (
    <p class="meta ran" role="status">
      <span class="grow">{say("macroDone", { name: one.macro.name })}</span>
      <button
        type="button"
        class="link"
        disabled={puttingBack.value}
        onClick={() => void putBack(one)}
      >
        {say("macroBack", { what })}
      </button>
      <CloseButton
        press={() => {
          done.value = null;
        }}
      />
    </p>
  );
}

/** Its author looks at something else. */
export function LeavingElsewhere() {
  const one = leaving.value;
  if (!one || one.what.conversation === openId.value || !undoSend.value) return null;
  return (
    <div class="toast plain">
      <span class="grow cut">{one.what.body.text || one.what.macro?.name}</span>
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
