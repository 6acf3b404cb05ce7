// Templates that the provider approved: chosen, filled, and sent whether the window is open or not.

import { useState } from "preact/hooks";
import type { ApprovedTemplate } from "../../api/types";
import { sayCode, words } from "../../i18n";
import { Icon } from "../parts/icon";
import { Pop } from "../parts/pop";
import type { Approved } from "./sending";

interface ApprovedProps {
  readonly templates: readonly ApprovedTemplate[];
  /** True once it is written. */
  readonly send: (chosen: Approved) => Promise<boolean>;
}

export function ApprovedButton({ templates, send }: ApprovedProps) {
  return (
    <Pop
      label={words.value.approved}
      kind="dialog"
      class="button bare only"
      panelClass="up left offering"
      button={<Icon name="seal" />}
    >
      {(close) => <Choosing templates={templates} send={send} close={close} />}
    </Pop>
  );
}

function Choosing({ templates, send, close }: ApprovedProps & { readonly close: () => void }) {
  const [at, setAt] = useState(0);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [header, setHeader] = useState("");
  const [busy, setBusy] = useState(false);
  const template = templates[at];
  if (!template) return null;
  const submit = async () => {
    setBusy(true);
    const gone = await send(filled(template, values, header));
    setBusy(false);
    if (gone) close();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label>
        <strong>{words.value.approved}</strong>
        <span class="meta">{words.value.approvedHint}</span>
        <select
          class="field"
          value={at}
          onChange={(event) => {
            setAt(Number(event.currentTarget.value));
            setValues({});
          }}
        >
          {templates.map((one, place) => (
            <option key={`${one.name}|${one.language}`} value={place}>
              {one.name} · {one.language}
            </option>
          ))}
        </select>
      </label>
      <p class="words" lang={template.language.replace("_", "-")}>
        {preview(template, values)}
      </p>
      {template.header && template.header !== "text" && (
        <p class="meta">{sayCode("approvedHeader_", template.header)}</p>
      )}
      {template.header === "text" && (
        <Value label={sayCode("approvedHeader_", "text")} value={header} change={setHeader} />
      )}
      {template.places.map((place) => (
        <Value
          key={place}
          label={`{{${place}}}`}
          value={values[place] ?? ""}
          change={(value) => setValues({ ...values, [place]: value })}
        />
      ))}
      <button type="submit" class="button main" disabled={busy}>
        {words.value.send}
      </button>
    </form>
  );
}

interface ValueProps {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

function Value({ label, value, change }: ValueProps) {
  return (
    <label>
      <span class="meta">{label}</span>
      <input
        class="field"
        required
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

const NUMBER = /^\d+$/;

/** By their order where the places are numbers, else by their names. */
export function filled(
  template: ApprovedTemplate,
  values: Readonly<Record<string, string>>,
  header: string,
): Approved {
  const { name, language, places } = template;
  const numbered = places.every((place) => NUMBER.test(place));
  const ordered = [...places].sort((a, b) => Number(a) - Number(b));
  const named = Object.fromEntries(places.map((place) => [place, values[place] ?? ""]));
  const parameters = numbered ? ordered.map((place) => values[place] ?? "") : named;
  return { name, language, parameters, ...(template.header === "text" ? { header } : {}) };
}

/** What the customer will read; a place without a value stands as it is. */
export function preview(
  template: ApprovedTemplate,
  values: Readonly<Record<string, string>>,
): string {
  return template.text.replaceAll(
    /\{\{\s*(\w+)\s*\}\}/g,
    (whole, place: string) => values[place] || whole,
  );
}
