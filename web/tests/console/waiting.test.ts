import { describe, expect, test } from "vitest";
import type { MessageItem } from "../../console/src/api/types";
import { chosenLocale } from "../../console/src/i18n";
import { waitingWords } from "../../console/src/state/waiting";

const NOW = Date.parse("2026-11-22T05:00:00Z");
const in40s = new Date(NOW + 40_000).toISOString();

function item(next: "try" | "ask" | "report", reason: string, detail: string): MessageItem {
  return { reason, detail, waiting: { next, at: in40s } } as unknown as MessageItem;
}

describe("a message that waits", () => {
  test.each([
    [item("try", "unavailable", "HTTP 503"), "provider does not answer; next try in 40 s"],
    [item("try", "credentials", "token expired"), "token expired; next try in 40 s"],
    [item("ask", "", "cut off"), "the provider will be asked in 40 s"],
    [item("report", "", "cut off"), "waiting 40 s more"],
  ])("says why, and what comes next", (waiting, words) => {
    chosenLocale.value = "en";
    expect(waitingWords(waiting, NOW)).toContain(words);
  });

  test("has no seconds left once its time has come", () => {
    chosenLocale.value = "en";
    const said = waitingWords(item("try", "unavailable", ""), NOW + 41_000);
    expect(said).toBe("Waiting: the provider does not answer; trying again now");
  });
});
