import { beforeEach, expect, test, vi } from "vitest";

beforeEach(() => vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined }));

test("what went wrong on one page does not follow to the next; what is pending does", async () => {
  const { leaveBehind, toast, toasts } = await import("../../console/src/state/toasts");
  vi.useFakeTimers();
  toast("It was refused.", "bad");
  toast("It is pending.");
  leaveBehind();
  expect(toasts.value.map((one) => one.text)).toEqual(["It is pending."]);
  vi.useRealTimers();
});
