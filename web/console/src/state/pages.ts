// Which pages a person may enter, and where those land who may not.

import { may } from "./me";
import type { Place } from "./places";

const NEEDS: Readonly<Record<Place["page"], string>> = {
  conversations: "conversation:read",
  queues: "queue:read",
  channels: "channel:read",
  reports: "report:read",
  templates: "words:share",
};

export function mayEnter(page: string): boolean {
  return page in NEEDS && may(NEEDS[page as Place["page"]]);
}

export function pageOf(page: Place["page"]): Place["page"] {
  return mayEnter(page) ? page : "queues";
}
