// The other way in: the button with the provider's name.

import { useEffect, useState } from "preact/hooks";
import { session } from "../../api/desk";
import type { Ways } from "../../api/types";
import { say, sayProblem } from "../../i18n";
import { toProvider } from "../../state/provider";
import { Wrong } from "./field";

/** How one signs in here; null while nobody knows yet. */
export function useWays(): Ways | null {
  const [ways, setWays] = useState<Ways | null>(null);
  useEffect(() => {
    session.ways().then(setWays, () => setWays({ local: true, provider: null }));
  }, []);
  return ways;
}

interface ByProviderProps {
  readonly ways: Ways;
  readonly invite?: string;
}

export function ByProvider({ ways, invite = "" }: ByProviderProps) {
  const [problem, setProblem] = useState("");
  if (!ways.provider) return null;
  const leave = () => {
    setProblem("");
    toProvider(invite).catch((error) => setProblem(sayProblem(error)));
  };
  return (
    <div class="by-provider">
      <Wrong problem={problem} />
      <button type="button" class={ways.local ? "button wide" : "button main wide"} onClick={leave}>
        {say("signInBy", { name: ways.provider })}
      </button>
    </div>
  );
}
