// A macro was carried out: what came of it, and putting back what can be put back.

import { signal } from "@preact/signals";
import { onSignedOut, Problem } from "../api/client";
import { type MacroBody, macros } from "../api/desk";
import type { Action, MacroRun } from "../api/types";
import { say, sayCode, sayProblem, words } from "../i18n";
import { agentName, queueName } from "./directory";
import { takeRow } from "./lists";
import { refresh, takeAnswer, within } from "./open";
import { attempt, toast } from "./toasts";

/** What of a press of "send" is a macro's. */
export interface Doing {
  readonly id: string;
  readonly name: string;
  readonly actions: readonly Action[];
  readonly body: MacroBody;
}

export interface Done {
  readonly conversation: string;
  readonly macro: Doing;
  readonly run: MacroRun;
}

/** The last one, until it is put back, put away, or another follows. */
export const done = signal<Done | null>(null);
/** Its putting back is asked for, and not answered yet. */
export const puttingBack = signal(false);

onSignedOut(() => {
  done.value = null;
});

export async function carryOut(conversation: string, macro: Doing, key: string): Promise<void> {
  const run = await within(conversation, macros.run(conversation, macro.id, macro.body, key));
  if (run.message) takeAnswer(conversation, run.message);
  if (run.transfer === "refused")
    toast(say("macroKept", { name: macro.name, why: run.why }), "bad");
  done.value = { conversation, macro, run };
  void refresh(conversation);
}

/** All of it or nothing: which action it was that could not be done. */
export function sayRefused(macro: Doing, refusal: unknown): string {
  const n = refusal instanceof Problem ? Number(refusal.extra.action ?? 0) : 0;
  const why = sayProblem(refusal).replace(/^Action \d+: /, "");
  return n > 0
    ? say("macroRefused", { name: macro.name, n, why })
    : say("macroFailed", { name: macro.name, why });
}

/** What another press would be refused for as well. */
const OVER = new Set(["changed_since", "taken", "not_found", "forbidden"]);

/** The offer stands until it is answered: who hears nothing, or of a moment's trouble, tries again. */
export async function putBack(one: Done): Promise<boolean> {
  if (puttingBack.value) return false;
  const { conversation, macro, run } = one;
  const over = () => {
    if (done.value === one) done.value = null;
  };
  puttingBack.value = true;
  try {
    return await attempt(
      async () => {
        takeRow(await macros.back(conversation, macro.id, run.run));
        over();
        await refresh(conversation);
      },
      (refusal) => {
        if (refusal instanceof Problem && OVER.has(refusal.code)) over();
      },
    );
  } finally {
    puttingBack.value = false;
  }
}

/** "resolve", "to Returns": each in a few words. */
export function actionWords(action: Action): string {
  switch (action.do) {
    case "note":
      return say("doNote", { text: action.text });
    case "promise":
      return say("doPromise", { when: action.when });
    case "judge":
      return [
        action.category && sayCode("cat_", action.category),
        typeof action.urgency === "number" && sayCode("urgency_", String(action.urgency)),
      ]
        .filter(Boolean)
        .join(words.value.listing);
    case "vip":
      return words.value[action.vip ? "makeVip" : "unmakeVip"];
    case "status":
      return words.value[action.verb];
    case "transfer": {
      const [kind, name = ""] = action.to.split(/:(.*)/s);
      return say("doTransfer", { to: kind === "queue" ? queueName(name) : agentName(name) });
    }
  }
}

export function actionsWords(actions: readonly Action[]): string {
  return actions.map(actionWords).join(" · ");
}
