// The field for the code that a device shows.

import { words } from "../../i18n";
import { Field } from "./field";

interface CodeProps {
  readonly hint: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

export function Code({ hint, value, change }: CodeProps) {
  return (
    <Field
      label={words.value.totp}
      hint={hint}
      value={value}
      change={change}
      autocomplete="one-time-code"
      focus
    />
  );
}
