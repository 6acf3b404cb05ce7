// A new template: its name, and in which language it is worded first.

import { useState } from "preact/hooks";
import { locale, words } from "../../i18n";
import { go } from "../../state/route";
import { Pop } from "../parts/pop";

const NAME = "[a-z][a-z0-9_]{0,63}";

export function NewTemplate({ names }: { readonly names: readonly string[] }) {
  const [name, setName] = useState("");
  return (
    <Pop
      label={words.value.templateNew}
      button={words.value.templateNew}
      class="button"
      kind="dialog"
    >
      {(close) => (
        <form
          class="wording-new"
          onSubmit={(event) => {
            event.preventDefault();
            close();
            go({ page: "templates", name, locale: locale.value });
          }}
        >
          <label>
            <span class="meta">{words.value.templateName}</span>
            <input
              class="field"
              required
              pattern={NAME}
              title={words.value.templateNameHint}
              autocapitalize="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <p class="meta">
            {names.includes(name) ? words.value.templateThere : words.value.templateNameHint}
          </p>
          <button type="submit" class="button main">
            {words.value.templateBegin}
          </button>
        </form>
      )}
    </Pop>
  );
}
