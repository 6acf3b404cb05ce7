// Why a message is not with its provider yet, and what comes next, in words.

import type { MessageItem } from "../api/types";
import { say, sayCode, sayFor } from "../i18n";
import type { WordKey } from "../i18n/keys";

const NEXT = { try: "waitsTry", ask: "waitsAsk", report: "waitsReport" } as const;
const DUE = { try: "waitsTryNow", ask: "waitsAskNow", report: "waitsReportNow" } as const;
/** Reasons that we have a sentence for; of any other the provider's own words say more. */
const KNOWN: ReadonlySet<string> = new Set(["unavailable", "throttled"]);

export function waitingWords(item: MessageItem, now: number): string {
  if (!item.waiting) return "";
  const { next, at } = item.waiting;
  const left = Date.parse(at) - now;
  const key: WordKey = left > 0 ? NEXT[next] : DUE[next];
  const known = item.reason && KNOWN.has(item.reason);
  const why = known ? sayCode("wait_", item.reason) : item.detail || sayCode("", item.reason ?? "");
  return say(key, { why, time: sayFor(left) });
}
