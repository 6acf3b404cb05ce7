// A quiet sign that something is on its way; not so soon that it would only flicker.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { words } from "../../i18n";

const SLOW_MS = 500;

export function Loading() {
  const slow = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      slow.value = true;
    }, SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class="empty" role="status">
      {slow.value && <span class="loading">{words.value.loading}</span>}
    </p>
  );
}
