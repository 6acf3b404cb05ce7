// The list of all keys, made from the same table that reads them.

import { sayCode, words } from "../i18n";
import { CHORDS, type Chord, printed } from "../state/chords";
import { Overlay, OverlayHead } from "./overlay";

const GROUPS = [
  { place: "outside", title: "keysOutside" },
  { place: "composer", title: "keysComposer" },
  { place: "anywhere", title: "keysEverywhere" },
] as const;

function byCommand(place: Chord["place"]): readonly [string, readonly string[]][] {
  const found = new Map<string, string[]>();
  for (const chord of CHORDS) {
    if (chord.place !== place) continue;
    found.set(chord.command, [...(found.get(chord.command) ?? []), chord.keys]);
  }
  return [...found];
}

export function Keys() {
  return (
    <Overlay label={words.value.keysTitle}>
      <div class="keys">
        <OverlayHead title={words.value.keysTitle} />
        {GROUPS.map((group) => (
          <section key={group.place}>
            <h2>{words.value[group.title]}</h2>
            <dl>
              {byCommand(group.place).map(([command, keys]) => (
                <div key={command}>
                  <dt>
                    {keys.map((one) => (
                      <kbd key={one}>{printed(one)}</kbd>
                    ))}
                  </dt>
                  <dd>{sayCode("cmd_", command)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Overlay>
  );
}
