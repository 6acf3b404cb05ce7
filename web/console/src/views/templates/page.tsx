// Templates: what the desk says, found by words or pinyin, and one of them in a locale to be edited.

import { useEffect, useState } from "preact/hooks";
import { wordings } from "../../api/desk";
import type { LocaleState, TemplateRow } from "../../api/types";
import { locale, sayCode, sayLanguage, sayUnread, sayWhen, words } from "../../i18n";
import { now } from "../../state/clock";
import { actorName, loadDirectory } from "../../state/directory";
import { hashOf, place } from "../../state/route";
import { ofTemplateRow } from "../../state/wordings";
import { Loading } from "../parts/loading";
import { Found } from "../phrases/pane";
import { Editor } from "./editor";
import { NewTemplate } from "./fresh";

export function TemplatesPage() {
  const here = place.value;
  useEffect(() => void loadDirectory(), []);
  if (here.page === "templates" && here.name)
    return <Editor key={`${here.name} ${here.locale}`} name={here.name} locale={here.locale} />;
  return <Everything />;
}

function Everything() {
  const [rows, setRows] = useState<readonly TemplateRow[] | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  useEffect(() => {
    let current = true;
    wordings.all(locale.value).then(
      ({ items }) => current && setRows(items),
      (error: unknown) => current && setTrouble(error),
    );
    return () => {
      current = false;
    };
  }, [locale.value]);
  const whole = new Map(rows?.map((one) => [one.name, one]));
  return (
    <main class="page">
      <h1>{words.value.templates}</h1>
      {trouble !== null && (
        <p class="problem" role="alert">
          {sayUnread(trouble)}
        </p>
      )}
      {rows === null && trouble === null && <Loading />}
      {rows && (
        <div class="wordings">
          <Found
            phrases={rows.map(ofTemplateRow)}
            none={words.value.templateEmpty}
            line={(phrase) => {
              const one = whole.get(phrase.id);
              return one && <Row one={one} />;
            }}
          >
            <NewTemplate names={rows.map((one) => one.name)} />
          </Found>
        </div>
      )}
    </main>
  );
}

function Row({ one }: { readonly one: TemplateRow }) {
  const newest = one.locales
    .filter((each) => each.changed_at)
    .sort((a, b) => Date.parse(b.changed_at ?? "") - Date.parse(a.changed_at ?? ""))[0];
  return (
    <>
      <span class="phrase-head">
        <strong class="cut">{one.purpose}</strong>
        <code class="meta cut">{one.name}</code>
        <span class="grow" />
        <span class="meta figures">
          {one.used ? words.value.usedTimes.replace("{n}", String(one.used.times)) : ""}
        </span>
      </span>
      <span class="wording-locales">
        {one.locales.map((each) => (
          <LocaleLink key={each.locale} name={one.name} one={each} />
        ))}
        {one.owner && <span class="meta">{sayCode("owner_", one.owner)}</span>}
        {newest?.changed_at && (
          <span class="meta">
            {actorName(newest.changed_by)} · {sayWhen(Date.parse(newest.changed_at), now.value)}
          </span>
        )}
      </span>
    </>
  );
}

function LocaleLink({ name, one }: { readonly name: string; readonly one: LocaleState }) {
  const own = one.origin === "shipped" ? "" : ` · ${words.value[originKey(one.origin)]}`;
  return (
    <a
      class={one.file_changed ? "tag soon" : "tag"}
      href={hashOf({ page: "templates", name, locale: one.locale })}
      aria-label={`${name}: ${sayLanguage(one.locale)}${own}`}
    >
      {sayLanguage(one.locale)}
      {own}
    </a>
  );
}

export function originKey(origin: LocaleState["origin"]) {
  return `origin_${origin || "none"}` as "origin_console";
}
