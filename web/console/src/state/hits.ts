// A search hit of any kind as one line that can be opened. Pure.

import type { SearchHit } from "../api/types";

export interface Found {
  readonly key: string;
  readonly what: "hitMessage" | "hitContact" | "hitConversation";
  readonly name: string;
  readonly text: string;
  readonly channel: string;
  readonly conversation: string | null;
  readonly at: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function object(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

const WHAT = {
  message: "hitMessage",
  contact: "hitContact",
  conversation: "hitConversation",
} as const;

/** Null for a kind that nobody here knows. */
export function readHit(hit: SearchHit): Found | null {
  const what = WHAT[hit.type];
  if (!what) return null;
  const inner = { ...hit, ...object(hit[hit.type]) } as Fields;
  const contact = object(inner.contact);
  const preview = object(inner.preview);
  const conversation =
    hit.type === "conversation"
      ? text(inner.id)
      : text(inner.conversation) || text(object(inner.conversation).id);
  const identity = text(object((inner.identities as unknown[] | undefined)?.[0]).urn);
  return {
    key: `${hit.type}:${text(inner.id) || conversation}`,
    what,
    name: text(inner.name) || text(contact.name) || text(object(inner.author).name),
    text: text(inner.snippet) || text(inner.text) || text(preview.text) || identity,
    channel: text(inner.channel),
    conversation: conversation || null,
    at: text(inner.at) || text(inner.updated_at) || null,
  };
}
