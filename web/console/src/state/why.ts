// Routing's explanation in one line and in parts.

import type { NextStep, Why } from "../api/types";
import { say, sayCode, words } from "../i18n";
import { skillName } from "./directory";

export function readWhy(why: unknown): Why | null {
  if (typeof why === "object" && why !== null) return why as Why;
  if (typeof why !== "string" || !why.startsWith("{")) return null;
  try {
    return JSON.parse(why) as Why;
  } catch {
    return null;
  }
}

export function needsLine(why: Why): string {
  return Object.entries(why.needs ?? {})
    .map(([skill, level]) => `${skillName(skill)} ≥ ${level}`)
    .join(words.value.listing);
}

/** A clock of the response time: it ends with the answer. */
export function isOfATurn(what: string): boolean {
  return /_(due|warned)$/.test(what);
}

/** An answer that was due is owed still; whatever else should have happened by now has. */
export function standingOf(step: NextStep, now: number): "ahead" | "late" | "over" {
  if (Date.parse(step.at) > now) return "ahead";
  return step.what.endsWith("_due") ? "late" : "over";
}

/** Why this agent, as short as a card asks for; what it says in full stands in the panel. */
export function whyLine(why: unknown): string {
  const read = readWhy(why);
  if (!read) return typeof why === "string" ? why : "";
  const needs = needsLine(read);
  return [read.pinned ? say("whyPinned") : "", needs, read.rule ? sayCode("rule_", read.rule) : ""]
    .filter(Boolean)
    .join(" · ");
}
