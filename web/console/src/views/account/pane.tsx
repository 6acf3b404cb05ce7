// One's own account: the second step of signing in, and where one is signed in.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Problem } from "../../api/client";
import { session } from "../../api/desk";
import { sayProblem, words } from "../../i18n";
import { renewing } from "../../state/live";
import { login, me, signedIn } from "../../state/me";
import { Overlay, OverlayHead } from "../overlay";
import { Credentials } from "../parts/credentials";
import { Wrong } from "../parts/field";
import { ByProvider, useWays } from "../parts/provider";
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
        <OverlayHead title={words.value.ownAccount} />
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
  const ways = useWays();
  if (!ways) return null;
  if (!ways.local)
    return (
      <div class="account-part">
        <p>{words.value.freshElsewhere}</p>
        <ByProvider ways={ways} />
        <Cancel press={leave} />
      </div>
    );
  return (
    <Credentials
      class="account-part"
      above={<p>{words.value.freshHint}</p>}
      first
      prove={async (password, totp) => {
        signedIn(await renewing(() => session.signIn(login.value, password, totp)));
        await go();
      }}
      buttons={
        <Buttons>
          <button type="submit" class="button main">
            {words.value.goOn}
          </button>
          <Cancel press={leave} />
          <ByProvider ways={ways} />
        </Buttons>
      }
    />
  );
}

function Cancel({ press }: { readonly press: () => void }) {
  return (
    <button type="button" class="button" onClick={press}>
      {words.value.cancel}
    </button>
  );
}

export function Buttons({ children }: { readonly children: ComponentChildren }) {
  return <div class="account-buttons">{children}</div>;
}
