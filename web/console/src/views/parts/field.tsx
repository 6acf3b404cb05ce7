// A field with its label above it, and what was wrong with it in words.

import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly type?: "text" | "password";
  readonly autocomplete: string;
  readonly focus?: boolean;
}

export function Field({
  label,
  hint,
  value,
  change,
  type = "text",
  autocomplete,
  focus,
}: FieldProps) {
  const id = useId();
  const shared = {
    id,
    class: "field",
    required: true,
    value,
    autocomplete,
    ref: (field: HTMLInputElement | null) => {
      if (focus && !value) field?.focus();
    },
    onInput: (event: Event) => change((event.currentTarget as HTMLInputElement).value),
  };
  const digits = autocomplete === "one-time-code" ? { inputmode: "numeric" as const } : {};
  return (
    <div class="door-field">
      <label for={id}>{label}</label>
      {type === "password" ? (
        <input type="password" {...shared} />
      ) : (
        <input type="text" {...shared} {...digits} />
      )}
      {hint && <span class="meta">{hint}</span>}
    </div>
  );
}

export function Wrong({ problem }: { readonly problem: string }) {
  return problem ? (
    <p class="problem" role="alert">
      {problem}
    </p>
  ) : null;
}
