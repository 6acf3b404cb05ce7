// By whom a conversation's category was named, in words.

import type { Judgement } from "../api/types";
import { say, words } from "../i18n";
import { agentName } from "./directory";

export function judgedBy({ by, program, certain_percent }: Judgement): string {
  const [kind, ...rest] = by.split(":");
  const name = rest.join(":");
  if (kind === "agent") return say("judgedByAgent", { agent: agentName(name) });
  if (kind === "token") return say("judgedByProgram", { program });
  if (kind === "rule") return say("judgedByRule", { rule: name });
  if (kind === "model" && certain_percent > 0) return say("judgedByModel", { n: certain_percent });
  return words.value.judgedByNobody;
}
