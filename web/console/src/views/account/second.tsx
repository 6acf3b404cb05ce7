// The second step: a device that shows six digits, and codes on paper for when it is lost.

import { useEffect, useState } from "preact/hooks";
import { session } from "../../api/desk";
import type { Second as State } from "../../api/types";
import { say, words } from "../../i18n";
import { renewing } from "../../state/live";
import { Code } from "../parts/code";
import { CopyButton } from "../parts/copy";
import { Buttons, type Guarded } from "./pane";

interface Offer {
  readonly secret: string;
  readonly picture: Picture;
}

/** A QR code: its modules' outline for a path, and how many there are to a side. */
interface Picture {
  readonly path: string;
  readonly size: number;
}

export function Second({ guarded }: { readonly guarded: Guarded }) {
  const [state, setState] = useState<State | null>(null);
  const [offer, setOffer] = useState<Offer | null>(null);
  const [codes, setCodes] = useState<readonly string[]>([]);
  const look = async () => setState(await session.second());
  useEffect(() => void guarded(look), []);
  const begin = () =>
    guarded(async () => {
      const { secret, uri } = await session.offerSecond();
      setOffer({ secret, picture: await picture(uri) });
    });
  const prove = (code: string) =>
    guarded(async () => {
      const shown = await renewing(() => session.setSecond(offer?.secret ?? "", code));
      setOffer(null);
      setCodes(shown.codes);
      await look();
    });
  const drop = () =>
    guarded(async () => {
      await renewing(session.dropSecond);
      setCodes([]);
      await look();
    });
  if (!state) return null;
  return (
    <section class="account-part">
      <h2>{words.value.second}</h2>
      {codes.length > 0 && <Paper codes={codes} />}
      {offer ? (
        <Proof offer={offer} prove={prove} leave={() => setOffer(null)} />
      ) : (
        <>
          <p>{state.on ? say("secondOn", { n: state.recovery_left }) : words.value.secondOff}</p>
          <Buttons>
            <button
              type="button"
              class={state.on ? "button" : "button main"}
              onClick={() => void begin()}
            >
              {words.value[state.on ? "secondAnew" : "secondBegin"]}
            </button>
            {state.on && (
              <button type="button" class="button" onClick={() => void drop()}>
                {words.value.secondDrop}
              </button>
            )}
          </Buttons>
        </>
      )}
    </section>
  );
}

/** Drawn here: the secret is told to nobody else. */
async function picture(uri: string): Promise<Picture> {
  const { encode } = await import("uqr");
  const { data, size } = encode(uri, { ecc: "M", border: 3 });
  const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : "")));
  return { path: dark.join(""), size };
}

interface ProofProps {
  readonly offer: Offer;
  readonly prove: (code: string) => Promise<void>;
  readonly leave: () => void;
}

function Proof({ offer, prove, leave }: ProofProps) {
  const [code, setCode] = useState("");
  const { path, size } = offer.picture;
  return (
    <form
      class="second"
      onSubmit={(event) => {
        event.preventDefault();
        void prove(code);
      }}
    >
      <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={words.value.qrLabel}>
        <path d={path} />
      </svg>
      <div class="second-words">
        <p>{words.value.secondScan}</p>
        <p class="seed">{offer.secret.match(/.{4}/g)?.join(" ")}</p>
        <Code hint={words.value.secondProof} value={code} change={setCode} />
        <Buttons>
          <button type="submit" class="button main">
            {words.value.secondTurnOn}
          </button>
          <button type="button" class="button" onClick={leave}>
            {words.value.cancel}
          </button>
        </Buttons>
      </div>
    </form>
  );
}

function Paper({ codes }: { readonly codes: readonly string[] }) {
  return (
    <div class="paper" role="status">
      <p>{words.value.paperHint}</p>
      <ul>
        {codes.map((code) => (
          <li key={code}>{`${code.slice(0, 5)}-${code.slice(5)}`}</li>
        ))}
      </ul>
      <Buttons>
        <CopyButton label={words.value.copyCodes} text={codes.join("\n")} />
      </Buttons>
    </div>
  );
}
