// On which channel an answer goes: the one chosen, else the customer's own, else any that still reaches,
// else one where it waits for the customer. Pure.

import type { Conversation, Route } from "../api/types";

export function routeKey(route: Pick<Route, "account" | "identity">): string {
  return `${route.account}|${route.identity}`;
}

export function mayWrite(route: Route): boolean {
  return route.usable || route.holds === true;
}

export function routeFor(conversation: Conversation, chosen: string | null): Route | null {
  const { channels, account } = conversation;
  return (
    channels.find((route) => routeKey(route) === chosen && mayWrite(route)) ??
    channels.find((route) => route.account === account && route.usable) ??
    channels.find((route) => route.usable) ??
    channels.find((route) => route.account === account && mayWrite(route)) ??
    channels.find(mayWrite) ??
    null
  );
}

/** How long the reply window stays open; null when it has no end. Negative: it is shut. */
export function windowLeft(route: Route, now: number): number | null {
  return route.window_closes_at ? Date.parse(route.window_closes_at) - now : null;
}
