// Before the desk: signing in, the demo's one-click log-ins, and the one-time invitation.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { session } from "../api/desk";
import type { Demo } from "../api/types";
import {
  chosenLocale,
  LOCALE_NAMES,
  type Locale,
  locale,
  sayCode,
  sayProblem,
  words,
} from "../i18n";
import { signedIn } from "../state/me";
import { sayRefusal } from "../state/provider";
import { Credentials } from "./parts/credentials";
import { Field, Wrong } from "./parts/field";
import { Icon } from "./parts/icon";
import { Loading } from "./parts/loading";
import { ByProvider, useWays } from "./parts/provider";

function Frame({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <main class="door">
      <div class="door-card">
        <p class="brand">
          <Icon name="logo" /> Parley
        </p>
        <h1>{title}</h1>
        {children}
      </div>
      <p class="door-foot">
        {(Object.keys(LOCALE_NAMES) as Locale[]).map((one) => (
          <button
            key={one}
            type="button"
            class="link"
            lang={one}
            aria-pressed={locale.value === one}
            onClick={() => {
              chosenLocale.value = one;
            }}
          >
            {LOCALE_NAMES[one]}
          </button>
        ))}
      </p>
    </main>
  );
}

export function SignIn({ told = "" }: { readonly told?: string }) {
  const [login, setLogin] = useState("");
  const ways = useWays();
  return (
    <Frame title={words.value.signInTo}>
      {told && <p class="told">{told}</p>}
      <Wrong problem={sayRefusal()} />
      {!ways && <Loading />}
      {ways?.local && (
        <Credentials
          above={
            <Field
              label={words.value.login}
              value={login}
              change={setLogin}
              autocomplete="username"
              focus
            />
          }
          prove={async (password, totp) => {
            signedIn(await session.signIn(login.trim(), password, totp));
          }}
          buttons={
            <button type="submit" class="button main wide">
              {words.value.signIn}
            </button>
          }
        />
      )}
      {ways && <ByProvider ways={ways} />}
      <DemoLogins />
    </Frame>
  );
}

function DemoLogins() {
  const [demo, setDemo] = useState<Demo | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    session.demo().then(setDemo, () => undefined); // 404: this desk is no demo
  }, []);
  if (!demo?.demo) return null;
  const enter = async (login: string) => {
    try {
      signedIn(await session.demoSignIn(login));
    } catch (error) {
      setProblem(sayProblem(error));
    }
  };
  return (
    <section class="demo">
      <h2>{words.value.demoTitle}</h2>
      <p class="meta">{words.value.demoHint}</p>
      <div class="demo-logins">
        {demo.logins.map((one) => (
          <button
            key={one.login}
            type="button"
            class="button"
            onClick={() => void enter(one.login)}
          >
            <span class="cut grow">{one.name}</span>
            <span class="meta">{sayCode("role_", one.role)}</span>
          </button>
        ))}
      </div>
      <Wrong problem={problem} />
      <p class="demo-links">
        {demo.shop && (
          <a href={demo.shop} target="_blank" rel="noopener">
            {words.value.demoShop}
          </a>
        )}
        {demo.sandbox && (
          <a href={demo.sandbox} target="_blank" rel="noopener">
            {words.value.demoSandbox}
          </a>
        )}
      </p>
    </section>
  );
}

interface InviteProps {
  readonly token: string;
  readonly done: () => void;
}

export function Invite({ token, done }: InviteProps) {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState("");
  const ways = useWays();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (password !== again) return setProblem(words.value.passwordsDiffer);
    try {
      await session.takeInvite(token, password);
      done();
    } catch (error) {
      setProblem(sayProblem(error));
    }
  };
  return (
    <Frame title={words.value[ways?.local === false ? "inviteTaken" : "inviteTitle"]}>
      {ways?.local && (
        <form onSubmit={(event) => void submit(event)}>
          <Field
            label={words.value.newPassword}
            hint={words.value.inviteHint}
            value={password}
            change={setPassword}
            type="password"
            autocomplete="new-password"
            focus
          />
          <Field
            label={words.value.repeatPassword}
            value={again}
            change={setAgain}
            type="password"
            autocomplete="new-password"
          />
          <Wrong problem={problem} />
          <button type="submit" class="button main wide">
            {words.value.savePassword}
          </button>
        </form>
      )}
      {ways && <ByProvider ways={ways} invite={token} />}
    </Frame>
  );
}
