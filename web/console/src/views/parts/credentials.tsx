// Proving who one is: the password, and the device's code where the account asks for one.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Problem } from "../../api/client";
import { sayProblem, words } from "../../i18n";
import { Code } from "./code";
import { Field, Wrong } from "./field";

interface CredentialsProps {
  readonly class?: string;
  /** What stands above the password, and the buttons below it. */
  readonly above: ComponentChildren;
  readonly buttons: ComponentChildren;
  /** Whether the password has the focus first. */
  readonly first?: boolean;
  readonly prove: (password: string, totp: string | undefined) => Promise<void>;
}

export function Credentials({
  class: own = "",
  above,
  buttons,
  first = false,
  prove,
}: CredentialsProps) {
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    setProblem("");
    try {
      await prove(password, totp?.trim());
    } catch (error) {
      const needsCode = error instanceof Problem && error.code === "totp_required";
      if (needsCode && totp === null) setTotp("");
      else setProblem(sayProblem(error));
    }
  };
  return (
    <form class={own} onSubmit={(event) => void submit(event)}>
      {above}
      <Field
        label={words.value.password}
        value={password}
        change={setPassword}
        type="password"
        autocomplete="current-password"
        focus={first}
      />
      {totp !== null && <Code hint={words.value.totpHint} value={totp} change={setTotp} />}
      <Wrong problem={problem} />
      {buttons}
    </form>
  );
}
