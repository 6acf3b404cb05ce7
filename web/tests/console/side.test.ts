import { describe, expect, test } from "vitest";
import type { Callback, Conversation, Judgement } from "../../console/src/api/types";
import { chosenLocale } from "../../console/src/i18n";
import { numberOf, ofCustomer } from "../../console/src/state/callbacks";
import { judgedBy } from "../../console/src/state/judged";
import { personName } from "../../console/src/state/people";
import { byDay } from "../../console/src/state/slots";
import { standingOf, whyLine } from "../../console/src/state/why";

chosenLocale.value = "en";
const AT = Date.parse("2026-11-22T13:29:00Z");
const at = (minutes: number) => new Date(AT + minutes * 60_000).toISOString();

describe("a customer", () => {
  test.each([
    ["without a name at all", "", "Customer"],
    ["a visitor", "chat:01a203a4-4ced-7d19-9b83-b202c0c7ca99", "Visitor ca99"],
    [
      "of an account with a long name",
      "shop_2-b.c:01A203A4-4ced-7d19-9b83-b202c0c7ca99",
      "Visitor ca99",
    ],
    ["a visitor, bare", "01a203a4-4ced-7d19-9b83-b202c0c7ca99", "Visitor ca99"],
    ["whose name has a slash", "Tom/Anna", "Tom/Anna"],
    ["who has a name", "Tom Baker", "Tom Baker"],
    ["whose name has a colon", "re: Tom", "re: Tom"],
    ["a number", "+447700900147", "+447700900147"],
    ["of WeChat", "oAbcdefghijklmnopqrstuvwxy-_", "Customer xy-_"],
  ])("%s is never called by a machine's name", (_, name, shown) => {
    expect(personName(name)).toBe(shown);
  });
});

describe("what comes next", () => {
  test.each([
    ["an answer that is due later", "first_response_due", 1, "ahead"],
    ["an answer that was due", "first_response_due", -2, "late"],
    ["a later answer that was due", "next_response_due", -2, "late"],
    ["a reminder whose time is over", "first_response_warned", -1, "over"],
    ["an offer that has run out", "offer_expires", -1, "over"],
    ["an offer that stands", "offer_expires", 1, "ahead"],
  ])("%s", (_, what, minutes, standing) => {
    expect(standingOf({ what, at: at(minutes) }, AT)).toBe(standing);
  });
});

describe("an offer", () => {
  test("says why it is mine in the fewest words", () => {
    const why = { queue: "q", needs: { English: 3 }, rule: "longest_idle", considered: 4 };
    expect(whyLine(why)).toBe("English ≥ 3 · longest idle");
  });
});

describe("a category", () => {
  test.each([
    ["an agent", "agent:lin", "Corrected by lin"],
    ["a program", "token:01a2", "Corrected by the program “Triage”"],
    ["a rule", "rule:parcels", "Category by the rule “parcels”"],
    ["its words", "model:1", "Category by the words, 80% certain"],
    ["nobody", "", "Nobody has named a category yet"],
  ])("that %s named says so", (_, by, said) => {
    expect(judgedBy({ by, program: "Triage", certain_percent: 80 } as Judgement)).toBe(said);
  });
});

describe("the callbacks of a customer", () => {
  const identities = [{ urn: "webchat:1" }, { urn: "tel:12345" }, { urn: "tel:+491" }];
  const conversation = { id: "c", contact: { identities } } as unknown as Conversation;
  const planned = (id: string, more: Partial<Callback>) =>
    ({ id, conversation: "other", number: "+492", ...more }) as Callback;

  test("are those of the conversation and of the customer's numbers, and nobody else's", () => {
    const live = [
      planned("theirs", {}),
      planned("here", { conversation: "c" }),
      planned("earlier", { number: "+491" }),
    ];
    expect(ofCustomer(live, conversation).map(({ id }) => id)).toEqual(["here", "earlier"]);
  });

  test("go to a number that can be called", () => {
    expect(numberOf(conversation)).toBe("+491");
    expect(
      numberOf({ ...conversation, contact: { ...conversation.contact, identities: [] } }),
    ).toBe("");
  });
});

describe("times to be booked", () => {
  test("stand by day, in their order", () => {
    const slots = [at(0), at(15), at(24 * 60)].map((start) => ({ start, at: start }));
    const days = byDay(slots, (instant) => new Date(instant).toISOString().slice(0, 10));
    expect(days.map(({ name, slots: found }) => [name, found.length])).toEqual([
      ["2026-11-22", 2],
      ["2026-11-23", 1],
    ]);
  });
});
