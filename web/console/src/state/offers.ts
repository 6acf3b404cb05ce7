// Work held out to this agent, with its countdown.

import { computed, signal } from "@preact/signals";
import { Problem } from "../api/client";
import { work } from "../api/desk";
import type { Offer } from "../api/types";
import { say, sayProblem } from "../i18n";
import { now } from "./clock";
import { askLater } from "./lacking";
import { load } from "./lists";
import { openConversation } from "./route";
import { toast } from "./toasts";

const held = signal<readonly Offer[]>([]);

/** The desk ends an offer; this only keeps a dead one from being pressed. */
export const offers = computed(() =>
  held.value.filter((offer) => Date.parse(offer.expires_at) > now.value),
);

export async function loadOffers(): Promise<void> {
  try {
    held.value = (await work.offers()).items;
  } catch (error) {
    askLater("offers", loadOffers, error);
  }
}

export function forget(): void {
  held.value = [];
}

export function addOffer(offer: Offer): void {
  held.value = [...held.value.filter((other) => other.id !== offer.id), offer];
}

export function dropOffer(id: string): void {
  held.value = held.value.filter((offer) => offer.id !== id);
}

export function hasOffer(id: string): boolean {
  return held.value.some((offer) => offer.id === id);
}

export async function accept(offer: Offer): Promise<void> {
  dropOffer(offer.id);
  try {
    const answer = await work.accept(offer.id);
    const taken = answer.assignment?.conversation ?? offer.conversation?.id;
    if (taken) openConversation(taken);
  } catch (error) {
    const gone = error instanceof Problem && error.code === "offer_gone";
    // Nobody knows what a lost line has done; the offer stays to be pressed again.
    if (!gone) addOffer(offer);
    toast(gone ? say("offerGone") : sayProblem(error), "bad");
  }
  void load("mine");
}

export async function decline(offer: Offer): Promise<void> {
  dropOffer(offer.id);
  try {
    await work.decline(offer.id);
  } catch (error) {
    if (error instanceof Problem && error.code === "offer_gone") return;
    addOffer(offer);
    toast(sayProblem(error), "bad");
  }
}
