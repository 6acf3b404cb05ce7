// Every call that the console makes, by name.

import type { WordingDraft } from "../state/wordings";
import { type Ask, request, upload } from "./client";
import type {
  Agent,
  Article,
  Browser,
  Call,
  Callback,
  CallbackReport,
  ChannelHealth,
  Choice,
  Contact,
  Conversation,
  Demo,
  Explain,
  Finding,
  Item,
  MacroRun,
  Me,
  MessageItem,
  NoteItem,
  Offer,
  Page,
  Pledge,
  Presence,
  QuestionReport,
  Queue,
  QuickReply,
  Recent,
  Rendered,
  ResponseReport,
  Row,
  SatisfactionReport,
  Scheduled,
  SearchHit,
  Second,
  Slot,
  Span,
  Survey,
  Template,
  TemplateRow,
  Timeline,
  TypedPledge,
  Upload,
  View,
  Ways,
  Wording,
  WordingCheck,
  WordingVersions,
} from "./types";

const get = <T>(path: string, signal?: AbortSignal) =>
  request<T>("GET", path, signal ? { signal } : {});
const post = <T>(path: string, body?: unknown, key?: string) =>
  request<T>("POST", path, { body, ...(key ? { key } : {}) });
const id = encodeURIComponent;
const AT_ONCE = 200;
const FOUND = 8;

/** Every page of a list. */
async function whole<T>(
  path: string,
  values: Readonly<Record<string, string>> = {},
): Promise<{ readonly items: readonly T[] }> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await get<Page<T>>(`${path}${query({ ...values, limit: AT_ONCE, cursor })}`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return { items };
}

export function query(
  values: Readonly<Record<string, string | number | undefined | null>>,
): string {
  const given = Object.entries(values).filter(
    ([, value]) => value !== undefined && value !== null && value !== "",
  );
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return given.length ? `?${search}` : "";
}

export interface Reply {
  readonly text: string;
  readonly account?: string;
  readonly identity?: string;
  readonly attachments?: readonly string[];
  /** What it was made of, to be counted. */
  readonly template?: string;
  readonly quick_reply?: string;
  readonly then?: "wait" | "resolve";
  readonly subject?: string;
  readonly in_reply_to?: string;
  readonly choices?: readonly Choice[];
  /** What it promises until when; written down with it. */
  readonly promise?: { readonly text: string; readonly due: string };
  /** Not now but then; and only if the customer has not written by then. */
  readonly send_at?: string;
  readonly unless_answered?: boolean;
  /** Goes instead of the text, whether the window is open or not. */
  readonly approved?: {
    readonly name: string;
    readonly language: string;
    readonly parameters: Readonly<Record<string, string>> | readonly string[];
    readonly header?: string;
  };
}

export const session = {
  me: (failing: NonNullable<Ask["failing"]>) => request<Me>("GET", "/session", { failing }),
  signIn: (login: string, password: string, totp?: string) =>
    post<Me>("/session", { login, password, ...(totp ? { totp } : {}) }),
  signOut: () => request<void>("DELETE", "/session"),
  ways: () => get<Ways>("/session/ways"),
  begin: (invite: string) => post<{ url: string }>("/session/oidc", { invite }),
  demo: () => get<Demo>("/demo"),
  demoSignIn: (login: string) => post<Me>("/demo/session", { login }),
  second: () => get<Second>("/me/totp"),
  offerSecond: () => post<{ secret: string; uri: string }>("/me/totp"),
  setSecond: (secret: string, code: string) =>
    request<{ codes: readonly string[] }>("PUT", "/me/totp", { body: { secret, code } }),
  dropSecond: () => request<void>("DELETE", "/me/totp"),
  browsers: () => get<Page<Browser>>("/me/sessions"),
  leave: (browser: string) => request<void>("DELETE", `/me/sessions/${id(browser)}`),
  pauseSending: (paused: boolean) => request<unknown>("PUT", "/sending", { body: { paused } }),
  takeInvite: (token: string, password: string) =>
    post<void>(`/invites/${id(token)}`, { password }),
};

export const work = {
  presence: (presence: Presence, reason?: string) =>
    request<unknown>("PUT", "/me/presence", {
      body: { presence, ...(reason ? { reason } : {}) },
    }),
  offers: () => get<Page<Offer>>("/offers"),
  accept: (offer: string) =>
    post<{ assignment?: { conversation: string } }>(`/offers/${id(offer)}/accept`),
  decline: (offer: string, reason?: string) =>
    post<unknown>(`/offers/${id(offer)}/decline`, reason ? { reason } : {}),
  take: (conversation: string) => post<unknown>(`/conversations/${id(conversation)}/take`),
  transfer: (conversation: string, to: string, note: string, force: boolean) =>
    post<unknown>(`/conversations/${id(conversation)}/transfer`, {
      to,
      ...(note ? { note } : {}),
      ...(force ? { force } : {}),
    }),
  endWrapup: (conversation: string) =>
    post<unknown>(`/conversations/${id(conversation)}/wrapup/end`),
  extendWrapup: (conversation: string) =>
    post<unknown>(`/conversations/${id(conversation)}/wrapup/extend`),
};

export const conversations = {
  list: (view: View, more: { queue?: string; cursor?: string | null } = {}) =>
    get<Page<Row>>(`/conversations${query({ view, ...more })}`),
  get: (conversation: string) => get<Conversation>(`/conversations/${id(conversation)}`),
  timeline: (conversation: string, range: { before?: number; after?: number } = {}) =>
    get<Timeline>(`/conversations/${id(conversation)}/timeline${query({ ...range, limit: 50 })}`),
  reply: (conversation: string, reply: Reply, key: string) =>
    post<{ message: MessageItem }>(`/conversations/${id(conversation)}/reply`, reply, key),
  schedule: (conversation: string, reply: Reply & { readonly send_at: string }, key: string) =>
    post<{ scheduled: Scheduled }>(`/conversations/${id(conversation)}/reply`, reply, key),
  courtesy: (
    conversation: string,
    body: { readonly text: string; readonly account?: string; readonly attachments: number },
    signal: AbortSignal,
  ) =>
    request<{ readonly findings: readonly Finding[]; readonly promise: TypedPledge | null }>(
      "POST",
      `/conversations/${id(conversation)}/courtesy`,
      { body, signal },
    ),
  draft: (conversation: string, account: string | null, signal: AbortSignal) =>
    request<{ readonly text: string }>("POST", `/conversations/${id(conversation)}/draft`, {
      body: account ? { account } : {},
      signal,
    }),
  note: (conversation: string, text: string, key: string) =>
    post<NoteItem>(`/conversations/${id(conversation)}/notes`, { text }, key),
  status: (conversation: string, verb: "hold" | "wake" | "resolve" | "reopen") =>
    post<Row>(`/conversations/${id(conversation)}/status`, { verb }),
  merge: (conversation: string, into: string) =>
    post<Row>(`/conversations/${id(conversation)}/merge`, { into }),
  split: (conversation: string, from_message: string) =>
    post<Row>(`/conversations/${id(conversation)}/split`, { from_message }),
  read: (conversation: string, seq: number) =>
    post<void>(`/conversations/${id(conversation)}/read`, { seq }),
  correct: (
    conversation: string,
    said: { readonly category?: string; readonly anger?: number; readonly urgency?: number },
  ) => post<Row>(`/conversations/${id(conversation)}/judgement`, said),
  explain: (conversation: string) => get<Explain>(`/conversations/${id(conversation)}/explain`),
  resend: (message: string) => post<{ message?: Item }>(`/messages/${id(message)}/resend`),
  arrived: (message: string) => post<{ message?: Item }>(`/messages/${id(message)}/arrived`),
  withdraw: (message: string) => post<{ message?: Item }>(`/messages/${id(message)}/withdraw`),
  reroute: (message: string, to: { account: string; identity: string }) =>
    post<{ message?: Item }>(`/messages/${id(message)}/reroute`, to),
};

export const calls = {
  hold: (conversation: string, held: boolean) =>
    post<Call>(`/conversations/${id(conversation)}/call/hold`, { held }),
  consult: (conversation: string, agent: string) =>
    post<Call>(`/conversations/${id(conversation)}/call/consult`, { agent }),
  hangUp: (conversation: string) => post<Call>(`/conversations/${id(conversation)}/call/hangup`),
};

export const callbacks = {
  live: () => whole<Callback>("/callbacks"),
  make: (conversation: string, number: string, at: string, mine: boolean) =>
    post<Callback>("/callbacks", { conversation, number, at, mine }),
  slots: (number: string, queue: string) =>
    get<Page<Slot>>(`/callbacks/slots${query({ number, queue })}`),
  cancel: (callback: string) => post<Callback>(`/callbacks/${id(callback)}/cancel`),
};

export const promises = {
  of: (conversation: string) => whole<Pledge>("/promises", { conversation, live: "false" }),
  make: (conversation: string, text: string, when: string) =>
    post<Pledge>(`/conversations/${id(conversation)}/promises`, { text, when }),
  keep: (promise: string, reason: string) =>
    post<Pledge>(`/promises/${id(promise)}/keep`, { reason }),
  withdraw: (promise: string, reason: string) =>
    post<Pledge>(`/promises/${id(promise)}/withdraw`, { reason }),
};

/** What is to be otherwise of a reply for later; the version is the one that was looked at. */
export interface ScheduledChange {
  readonly version: number;
  readonly send_at?: string;
  readonly unless_answered?: boolean;
  readonly text?: string;
}

export const scheduled = {
  of: (conversation: string) => whole<Scheduled>("/scheduled", { conversation }),
  mine: () => whole<Scheduled>("/scheduled", { mine: "true" }),
  change: (one: string, changes: ScheduledChange) =>
    request<Scheduled>("PATCH", `/scheduled/${id(one)}`, { body: changes }),
  cancel: (one: string) => post<Scheduled>(`/scheduled/${id(one)}/cancel`),
  send: (one: string, version: number) =>
    post<Scheduled>(`/scheduled/${id(one)}/send`, { version }),
};

export const contacts = {
  change: (contact: string, changes: Partial<Contact>) =>
    request<Contact>("PATCH", `/contacts/${id(contact)}`, { body: changes }),
  get: (contact: string) => get<Contact>(`/contacts/${id(contact)}`),
  find: (q: string, signal: AbortSignal) =>
    get<Page<Contact>>(`/contacts${query({ q, limit: FOUND })}`, signal),
  merge: (contact: string, into: string) =>
    post<Contact>(`/contacts/${id(contact)}/merge`, { into }),
  unmerge: (contact: string) => post<unknown>(`/contacts/${id(contact)}/unmerge`),
};

/** For whom words are filled in, and with what. */
export interface Filling {
  readonly locale: string;
  readonly channel: string;
  readonly conversation: string;
  readonly values: Readonly<Record<string, string>>;
}

/** A quick reply as somebody wants it. */
export type QuickReplyDraft = Pick<
  QuickReply,
  "name" | "text" | "template" | "actions" | "shortcut" | "locale" | "channels" | "shared"
>;

/** Where the words of a macro go, and what stands in them. */
export interface MacroBody {
  readonly account?: string;
  readonly identity?: string;
  readonly values: Readonly<Record<string, string>>;
}

export const quickReplies = {
  all: () => whole<QuickReply>("/quick-replies"),
  add: (draft: QuickReplyDraft) => post<QuickReply>("/quick-replies", draft),
  change: (reply: string, draft: QuickReplyDraft & { readonly version: number }) =>
    request<QuickReply>("PUT", `/quick-replies/${id(reply)}`, { body: draft }),
  remove: (reply: string) => request<void>("DELETE", `/quick-replies/${id(reply)}`),
  render: (reply: string, asked: Filling) =>
    post<Rendered>(`/quick-replies/${id(reply)}/render`, asked),
};

export const macros = {
  run: (conversation: string, macro: string, body: MacroBody, key: string) =>
    post<MacroRun>(`/conversations/${id(conversation)}/macros/${id(macro)}`, body, key),
  back: (conversation: string, macro: string, run: number) =>
    post<Row>(`/conversations/${id(conversation)}/macros/${id(macro)}/back`, { run }),
};

export const words = {
  templates: (locale: string, channel: string) =>
    whole<Template>("/templates", { locale, channel }),
  render: (template: string, asked: Filling) =>
    post<Rendered>(`/templates/${id(template)}/render`, asked),
};

export const surveys = {
  of: (conversation: string) =>
    get<{ readonly items: readonly Survey[] }>(`/conversations/${id(conversation)}/surveys`),
};

export const knowledge = {
  find: (q: string, locale: string, signal: AbortSignal) =>
    get<{ readonly items: readonly Article[] }>(`/knowledge${query({ q, locale })}`, signal),
};

const wording = (name: string, locale: string) => `/wordings/${id(name)}/${id(locale)}`;

export const wordings = {
  all: (locale: string) => whole<TemplateRow>("/wordings", { locale }),
  get: (name: string, locale: string) => get<Wording>(wording(name, locale)),
  check: (name: string, locale: string, draft: WordingDraft) =>
    post<WordingCheck>(`${wording(name, locale)}/check`, draft),
  save: (
    name: string,
    locale: string,
    change: WordingDraft & {
      readonly version: number;
      readonly note: string;
      readonly anyway: boolean;
    },
  ) => request<{ version: number }>("PUT", wording(name, locale), { body: change }),
  versions: (name: string, locale: string, cursor: number | null) =>
    get<WordingVersions>(`${wording(name, locale)}/history${query({ cursor })}`),
  version: (name: string, locale: string, version: number) =>
    get<Wording>(`${wording(name, locale)}/history/${version}`),
  back: (name: string, locale: string, to: number, version: number) =>
    post<{ version: number }>(`${wording(name, locale)}/back`, { to, version }),
};

export const desk = {
  search: (q: string, signal: AbortSignal) =>
    get<Page<SearchHit>>(`/search${query({ q })}`, signal),
  queues: () => whole<Queue>("/queues"),
  recent: () => get<{ readonly items: readonly Recent[] }>("/queues/recent"),
  agents: () => whole<Agent>("/agents"),
  channels: () => whole<ChannelHealth>("/channels"),
  responses: (span: Span, by: string, signal: AbortSignal) =>
    get<ResponseReport>(`/reports/response${query({ ...span, by })}`, signal),
  callbackFigures: (span: Span, by: string, signal: AbortSignal) =>
    get<CallbackReport>(`/reports/callbacks${query({ ...span, by })}`, signal),
  satisfaction: (span: Span, by: string, signal: AbortSignal) =>
    get<SatisfactionReport>(`/reports/satisfaction${query({ ...span, by })}`, signal),
  questions: (span: Span, signal: AbortSignal) =>
    get<QuestionReport>(`/reports/questions${query({ ...span })}`, signal),
};

export const sendFile = (file: File, progress: (percent: number) => void) =>
  upload<Upload>("/uploads", file, progress);
