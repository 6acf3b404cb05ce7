// Who is signed in, and what they may do.

import { computed, signal } from "@preact/signals";
import { onSignedOut, Problem } from "../api/client";
import { session, work } from "../api/desk";
import type { Account, Me, Presence } from "../api/types";
import { deskLocale } from "../i18n";
import { known } from "./prefs";
import { backInPlace, sayRefusal, takeRefusal } from "./provider";
import { toast } from "./toasts";

/** Undefined while nobody knows yet; null when signed out. */
export const me = signal<Me | null | undefined>(undefined);
/** Why nobody knows yet. */
export const unanswered = signal<Problem | null>(null);

export function signedIn(person: Me): void {
  known.value = true;
  deskLocale.value = person.locale;
  me.value = person;
}

function nobody(): void {
  known.value = false;
  me.value = null;
}

onSignedOut(nobody);

export async function boot(): Promise<void> {
  takeRefusal();
  if (!known.value) return nobody();
  await recognise();
}

const SIGNED_OUT = 401;
const AGAIN_MS = 10_000;

/** Only the desk knows that nobody is signed in: while it does not answer, it is asked. */
async function recognise(): Promise<void> {
  try {
    signedIn(await session.me(wait));
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem(0, {});
    if (problem.status === SIGNED_OUT) return nobody();
    wait(problem);
    setTimeout(() => void recognise(), AGAIN_MS);
    return;
  }
  backInPlace();
  const refusal = sayRefusal();
  if (refusal) toast(refusal, "bad");
}

function wait(problem: Problem): void {
  unanswered.value = problem;
}

export async function signOut(): Promise<void> {
  await session.signOut();
  nobody();
}

export const login = computed(() => me.value?.login ?? "");

export function may(permission: string): boolean {
  return me.value?.permissions.includes(permission) ?? false;
}

export function account(name: string): Account | undefined {
  return me.value?.channels.find((one) => one.account === name);
}

/** Shown at once; the desk's decision follows by the live socket. */
export async function setPresence(presence: Presence, reason?: string): Promise<void> {
  await work.presence(presence, reason);
  if (me.value) me.value = { ...me.value, presence, reason: reason ?? null };
}
