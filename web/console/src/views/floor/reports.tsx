// Reports: how fast customers were answered and called back, in days that the reader chooses.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { desk } from "../../api/desk";
import type {
  CallbackReport,
  CallbackRow,
  QuestionReport,
  ResponseReport,
  ResponseRow,
  SatisfactionReport,
  SatisfactionRow,
} from "../../api/types";
import { locale, say, sayCode, sayFor, sayProblem, words } from "../../i18n";
import { now } from "../../state/clock";
import { lastDays, spanOf } from "../../state/days";
import { agentName, loadDirectory, queueName } from "../../state/directory";
import { figure } from "../../state/urgency";
import { channelName } from "../parts/glyph";
import { Lacking } from "./lacking";

type By = "queue" | "channel" | "agent";

export function Reports() {
  const [week, today] = lastDays(now.peek());
  const first = useSignal(week);
  const last = useSignal(today);
  const by = useSignal<By>("queue");
  const responses = useSignal<ResponseReport | null>(null);
  const callbacks = useSignal<CallbackReport | null>(null);
  const satisfaction = useSignal<SatisfactionReport | null>(null);
  const questions = useSignal<QuestionReport | null>(null);
  const trouble = useSignal<unknown>(null);
  useEffect(() => void loadDirectory(), []);
  useEffect(() => {
    const span = spanOf(first.value, last.value);
    if (!span) return;
    const { signal, abort } = stoppable();
    Promise.all([
      desk.responses(span, by.value, signal),
      desk.callbackFigures(span, by.value === "queue" ? "queue" : "", signal),
      desk.satisfaction(span, by.value, signal),
      desk.questions(span, signal),
    ]).then(
      ([answers, calls, scores, asked]) => {
        responses.value = answers;
        callbacks.value = calls;
        satisfaction.value = scores;
        questions.value = asked;
        trouble.value = null;
      },
      (error: unknown) => {
        if (!signal.aborted) trouble.value = error;
      },
    );
    return abort;
  }, [first.value, last.value, by.value]);
  return (
    <main class="page">
      <h1>{words.value.reportResponses}</h1>
      <form class="asked" onSubmit={(event) => event.preventDefault()}>
        <Day label={words.value.reportFrom} day={first} most={today} />
        <Day label={words.value.reportTo} day={last} most={today} />
        <label>
          {words.value.reportBy}
          <select
            class="field"
            value={by.value}
            onChange={(event) => {
              by.value = event.currentTarget.value as By;
            }}
          >
            <option value="queue">{words.value.byQueue}</option>
            <option value="channel">{words.value.byChannel}</option>
            <option value="agent">{words.value.byAgent}</option>
          </select>
        </label>
      </form>
      {trouble.value !== null && (
        <p class="bad" role="alert">
          {sayProblem(trouble.value)}
        </p>
      )}
      {responses.value && <Shares report={responses.value} />}
      {responses.value && <Responses rows={responses.value.items} />}
      <h1>{words.value.reportCallbacks}</h1>
      {callbacks.value && <Callbacks rows={callbacks.value.items} />}
      <h1>{words.value.reportSatisfaction}</h1>
      {satisfaction.value && <Satisfaction rows={satisfaction.value.items} />}
      <h1>{words.value.reportQuestions}</h1>
      {questions.value && <Lacking report={questions.value} />}
    </main>
  );
}

function stoppable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

interface DayProps {
  readonly label: string;
  readonly day: { value: string };
  readonly most: string;
}

function Day({ label, day, most }: DayProps) {
  return (
    <label>
      {label}
      <input
        class="field figures"
        type="date"
        required
        max={most}
        value={day.value}
        onChange={(event) => {
          if (event.currentTarget.value) day.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}

function Shares({ report }: { readonly report: ResponseReport }) {
  return (
    <>
      {report.shares.map((one) => {
        const line =
          one.value === null
            ? say("shareNobody", { name: one.share })
            : say("shareLine", {
                name: one.share,
                value: share(one.value),
                time: sayFor(one.within_ms),
              });
        const least = one.least === null ? "" : say("shareLeast", { least: share(one.least) });
        return (
          <p key={one.share} class={one.holds ? "figures" : "figures bad"}>
            {[line, least].filter(Boolean).join(" · ")}
          </p>
        );
      })}
    </>
  );
}

function Responses({ rows }: { readonly rows: readonly ResponseRow[] }) {
  if (rows.length === 0) return <p class="empty">{words.value.noResponses}</p>;
  const heads = [
    ...[words.value.reportMetric, words.value.answeredN],
    ...[0.5, 0.9, 0.99].map((part) => say("quantile", { percent: share(part) })),
    ...[words.value.withinTarget, words.value.breachedN, words.value.openLate],
    ...[words.value.unansweredN, words.value.elsewhereN],
  ];
  return (
    <Table
      heads={heads}
      label={words.value.reportResponses}
      wordy={0}
      lines={rows.map((row) => ({
        key: `${named(row.group)}/${row.metric}`,
        name: named(row.group),
        cells: [
          sayCode("metric_", row.metric),
          String(row.count),
          ...[row.p50_ms, row.p90_ms, row.p99_ms].map((ms) => (ms === null ? "–" : figure(ms))),
          share(row.within_target),
          String(row.breached),
          String(row.open_and_late),
          String(row.resolved_without_reply + row.abandoned + row.asked_for_callback),
          String(row.taken_elsewhere),
        ],
        bad: [row.breached > 0 ? 6 : -1, row.open_and_late > 0 ? 7 : -1],
      }))}
    />
  );
}

function Callbacks({ rows }: { readonly rows: readonly CallbackRow[] }) {
  if (rows.length === 0) return <p class="empty">{words.value.noCallbackFigures}</p>;
  const heads = [
    ...[words.value.reportEnded, words.value.keptN, words.value.breachedN, words.value.dialledN],
    ...[words.value.reachedN, words.value.triesN, words.value.nobodyCame],
  ];
  return (
    <Table
      heads={heads}
      label={words.value.reportCallbacks}
      lines={rows.map((row) => {
        const late = row.kept === null ? 0 : Math.round(row.promised * (1 - row.kept));
        return {
          key: named(row.group),
          name: named(row.group),
          cells: [
            String(row.ended),
            share(row.kept),
            String(late),
            String(row.dialled),
            share(row.reached),
            row.attempts_mean === null ? "–" : number(row.attempts_mean),
            share(row.answered_abandoned),
          ],
          bad: [late > 0 ? 2 : -1],
        };
      })}
    />
  );
}

function Satisfaction({ rows }: { readonly rows: readonly SatisfactionRow[] }) {
  if (rows.length === 0) return <p class="empty">{words.value.noSatisfaction}</p>;
  const heads = [
    ...[words.value.askedN, words.value.answeredN, words.value.meanScore, words.value.goodShare],
    ...[words.value.meanBefore, words.value.goodBefore, words.value.dimensionMeans],
  ];
  return (
    <Table
      heads={heads}
      label={words.value.reportSatisfaction}
      wordy={6}
      lines={rows.map((row) => ({
        key: named(row.group),
        name: named(row.group),
        cells: [
          String(row.asked),
          String(row.answered),
          mean(row.mean),
          share(row.good_share),
          mean(row.before?.mean ?? null),
          share(row.before?.good_share ?? null),
          Object.entries(row.dimensions)
            .map(([name, one]) => `${sayCode("survey_", name)} ${mean(one.mean)}`)
            .join(" · ") || "–",
        ],
        bad: [],
      }))}
    />
  );
}

interface Line {
  readonly key: string;
  readonly name: string;
  readonly cells: readonly string[];
  readonly bad: readonly number[];
}

interface TableProps {
  readonly heads: readonly string[];
  readonly label: string;
  readonly lines: readonly Line[];
  /** Which column has words instead of figures. */
  readonly wordy?: number;
}

/** A table on a desk; on a telephone each row a card whose figures carry their own names. */
function Table({ heads, label, lines, wordy }: TableProps) {
  return (
    <table class="report" aria-label={label}>
      <thead>
        <tr>
          <td />
          {heads.map((head, at) => (
            <th key={head} scope="col" class={at === wordy ? "wordy" : undefined}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.key}>
            <th scope="row">{line.name}</th>
            {line.cells.map((cell, at) => (
              <td
                key={heads[at]}
                data-head={heads[at]}
                class={at === wordy ? "wordy" : line.bad.includes(at) ? "figures bad" : "figures"}
              >
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Every callback goes by telephone: by channel they are one group. */
function named(group: Readonly<Record<string, string>>): string {
  if (group.agent !== undefined) return group.agent ? agentName(group.agent) : "–";
  return group.queue === undefined ? channelName(group.channel ?? "voice") : queueName(group.queue);
}

function mean(value: number | null): string {
  return value === null ? "–" : number(value);
}

function number(value: number): string {
  return new Intl.NumberFormat(locale.value, { maximumFractionDigits: 1 }).format(value);
}

function share(value: number | null): string {
  if (value === null) return "–";
  const form = { style: "percent", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale.value, form).format(value);
}
