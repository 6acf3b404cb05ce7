// Routing's explanation in one line and in parts.

import type { Why } from "../api/types";
import { say, sayCode } from "../i18n";
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
    .join(", ");
}

export function whyLine(why: unknown): string {
  const read = readWhy(why);
  if (!read) return typeof why === "string" ? why : "";
  const needs = needsLine(read);
  return [
    read.pinned ? say("whyPinned") : "",
    needs ? say("whyNeeds", { needs }) : "",
    read.rule ? sayCode("rule_", read.rule) : "",
    read.considered ? say("whyConsidered", { n: read.considered }) : "",
  ]
    .filter(Boolean)
    .join(", ");
}
