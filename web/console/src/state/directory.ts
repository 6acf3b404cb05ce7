// Names of colleagues and queues, so that logins and ids never stand on the screen.

import { signal } from "@preact/signals";
import { desk } from "../api/desk";
import type { Agent, ChannelHealth, Queue, Recent } from "../api/types";
import { askLater } from "./lacking";
import { me } from "./me";

export const agents = signal<readonly Agent[]>([]);
export const queues = signal<readonly Queue[]>([]);
export const recent = signal<readonly Recent[]>([]);
/** Null while nobody knows. */
export const channels = signal<readonly ChannelHealth[] | null>(null);
/** Whether the lists of colleagues and queues have come: before that, an empty one says nothing. */
export const introduced = signal(false);

export async function loadDirectory(): Promise<void> {
  const [people, lines] = await Promise.allSettled([desk.agents(), desk.queues()]);
  if (people.status === "fulfilled") agents.value = people.value.items;
  if (lines.status === "fulfilled") queues.value = lines.value.items;
  const failed = [people, lines].find((one) => one.status === "rejected");
  if (failed) askLater("directory", loadDirectory, failed.reason);
  else introduced.value = true;
}

/** Kept as it was while the desk is too busy to look back. */
export async function loadRecent(): Promise<void> {
  const found = await desk.recent().catch(() => null);
  if (found) recent.value = found.items;
}

export async function loadChannels(): Promise<void> {
  channels.value = (await desk.channels()).items;
}

export function agentName(login: string | null | undefined): string {
  if (!login) return "";
  return agents.value.find((agent) => agent.login === login)?.name || login;
}

export function queueName(id: string | null | undefined): string {
  if (!id) return "";
  return queues.value.find((queue) => queue.id === id)?.name || id;
}

export function skillName(id: string): string {
  return me.value?.desk.skills?.[id] ?? id;
}

/** An actor of the log: "agent:lin", or an object with an id. */
export function actorName(actor: unknown): string {
  if (typeof actor === "string") {
    const [kind = "", ...rest] = actor.split(":");
    const id = rest.join(":") || kind;
    return kind === "contact" || kind === "desk" || kind === "system" ? "" : agentName(id);
  }
  if (typeof actor !== "object" || actor === null) return "";
  const { name, id } = actor as { name?: string; id?: string };
  return name || agentName(id);
}
