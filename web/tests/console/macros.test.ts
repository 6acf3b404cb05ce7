import { beforeEach, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => undefined);
});

test.each([
  ["zh-CN", "售后、今天内 · 备注“到货”"],
  ["en", "After-sales, Today · note “到货”"],
] as const)("what a macro does is listed as %s lists", async (locale, said) => {
  const { chosenLocale } = await import("../../console/src/i18n");
  const { actionsWords } = await import("../../console/src/state/macros");
  chosenLocale.value = locale;
  const told = actionsWords([
    { do: "judge", category: "after_sales", urgency: 2 },
    { do: "note", text: "到货" },
  ]);
  expect(told).toBe(said);
});
