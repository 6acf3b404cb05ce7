// How long a text is as its channel counts it, and how long the channel stays open. Pure.
// SMS: 3GPP TS 23.038 section 6.2.1 (alphabets), TS 23.040 section 9.2.3.24.1 (parts).

import type { Capabilities, TextUnit } from "../api/types";

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENDED = new Set("\f^{}\\[~]|€");
const GSM = { single: 160, part: 153 };
const UCS2 = { single: 70, part: 67 };

/** How many SMS carry this text. No character is split between two. */
export function segments(text: string): number {
  const characters = [...text];
  const gsm = characters.every((one) => BASIC.has(one) || EXTENDED.has(one));
  const limits = gsm ? GSM : UCS2;
  const sizes = characters.map((one) => (gsm ? (EXTENDED.has(one) ? 2 : 1) : one.length));
  const total = sizes.reduce((sum, one) => sum + one, 0);
  if (total <= limits.single) return total ? 1 : 0;
  let [count, used] = [1, 0];
  for (const one of sizes) {
    if (used + one > limits.part) [count, used] = [count + 1, 0];
    used += one;
  }
  return count;
}

const MEASURES: Readonly<Record<TextUnit, (text: string) => number>> = {
  characters: (text) => [...text].length,
  utf16: (text) => text.length,
  bytes: (text) => new TextEncoder().encode(text).length,
  sms: segments,
};

export function units(text: string, unit: TextUnit): number {
  return MEASURES[unit](text);
}

export interface Meter {
  readonly used: number;
  readonly limit: number;
  readonly unit: TextUnit;
  readonly over: boolean;
  /** Worth showing: near the limit, or every segment costs money. */
  readonly shown: boolean;
}

const NEAR = 0.8;

export function meter(text: string, capabilities: Capabilities): Meter {
  const used = units(text, capabilities.text_unit);
  const { max_text: limit, text_unit: unit } = capabilities;
  const shown = used > 0 && (unit === "sms" || used >= limit * NEAR);
  return { used, limit, unit, over: used > limit, shown };
}
