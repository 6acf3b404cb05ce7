// One's own account: the second step of signing in, and where one is signed in.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Problem } from "../../api/client";
import { session } from "../../api/desk";
import { sayProblem, words } from "../../i18n";
import { renewing } from "../../state/live";
import { login, me, signedIn } from "../../state/me";
import { overlay } from "../../state/ui";
import { Overlay } from "../overlay";
import { Field, Wrong } from "../parts/field";
import { takesFocus } from "../parts/focus";
import { Icon } from "../parts/icon";
import { Browsers } from "./browsers";
import { Second } from "./second";

/** Carries out what may ask for a fresh sign-in first; true when it was done. */
export type Guarded = (act: () => Promise<void>) => Promise<void>;

export function AccountPane() {
  const [problem, setProblem] = useState("");
  const [waiting, setWaiting] = useState<(() => Promise<void>) | null>(null);
  const guarded: Guarded = async (act) => {
    setProblem("");
    try {
      await act();
      setWaiting(null);
    } catch (error) {
      if (error instanceof Problem && error.code === "reauth_required") setWaiting(() => act);
      else setProblem(sayProblem(error));
    }
  };
  return (
    <Overlay label={words.value.ownAccount}>
      <div class="account">
        <div class="keys-head">
          <h1 class="grow">{words.value.ownAccount}</h1>
          <button
            type="button"
            class="button bare only"
            aria-label={words.value.close}
            ref={takesFocus}
            onClick={() => {
              overlay.value = null;
            }}
          >
            <Icon name="close" />
          </button>
        </div>
        <p class="meta">
          {me.value?.name} · {login.value}
        </p>
        <Wrong problem={problem} />
        {waiting ? (
          <Fresh go={() => guarded(waiting)} leave={() => setWaiting(null)} />
        ) : (
          <>
            <Second guarded={guarded} />
            <Browsers guarded={guarded} />
          </>
        )}
      </div>
    </Overlay>
  );
}

interface FreshProps {
  readonly go: () => Promise<void>;
  readonly leave: () => void;
}

/** Whoever changes how one signs in has signed in within the last minutes. */
function Fresh({ go, leave }: FreshProps) {
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    setProblem("");
    try {
      const person = await renewing(() =>
        session.signIn(login.value, password, totp?.trim() || undefined),
      );
      signedIn(person);
    } catch (error) {
      const needsCode = error instanceof Problem && error.code === "totp_required";
      if (needsCode && totp === null) setTotp("");
      else setProblem(sayProblem(error));
      return;
    }
    await go();
  };
  return (
    <form class="account-part" onSubmit={(event) => void submit(event)}>
      <p>{words.value.freshHint}</p>
      <Field
        label={words.value.password}
        value={password}
        change={setPassword}
        type="password"
        autocomplete="current-password"
        focus
      />
      {totp !== null && (
        <Field
          label={words.value.totp}
          hint={words.value.totpHint}
          value={totp}
          change={setTotp}
          autocomplete="one-time-code"
          focus
        />
      )}
      <Wrong problem={problem} />
      <Buttons>
        <button type="submit" class="button main">
          {words.value.goOn}
        </button>
        <button type="button" class="button" onClick={leave}>
          {words.value.cancel}
        </button>
      </Buttons>
    </form>
  );
}

export function Buttons({ children }: { readonly children: ComponentChildren }) {
  return <div class="account-buttons">{children}</div>;
}
