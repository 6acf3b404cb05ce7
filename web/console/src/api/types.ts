// What the desk's HTTP surface and live socket say, as types.

export type Presence = "available" | "busy" | "offline" | "not_responding" | "after_contact";
export type Status = "open" | "pending" | "on_hold" | "snoozed" | "resolved";
export type View = "mine" | "waiting" | "all" | "resolved";
export type TextUnit = "characters" | "utf16" | "bytes" | "sms";
export type SendState =
  | "received"
  | "held"
  | "queued"
  | "sending"
  | "sent"
  | "delivered"
  | "read"
  | "failed"
  | "unknown";

export interface Capabilities {
  readonly max_text: number;
  readonly text_unit: TextUnit;
  /** How many files go with one message. */
  readonly attachments: number;
  readonly formatting?: string;
  /** A reply may name the message it answers. */
  readonly threading?: boolean;
  readonly window_ms?: number | null;
}

/** A template that the provider approved; its text has {{place}} for each of its places. */
export interface ApprovedTemplate {
  readonly name: string;
  readonly language: string;
  readonly text: string;
  readonly header: "" | "text" | "image" | "video" | "document";
  readonly places: readonly string[];
}

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface Account {
  readonly account: string;
  readonly channel: string;
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly templates?: readonly ApprovedTemplate[];
}

export interface Me {
  readonly login: string;
  readonly name: string;
  readonly role: "agent" | "supervisor" | "ops" | "admin" | "auditor";
  readonly locale: string;
  readonly permissions: readonly string[];
  readonly desk: {
    readonly id: string;
    readonly name: string;
    readonly locale: string;
    readonly skills?: Readonly<Record<string, string>>;
    /** By whose clock its days begin. */
    readonly timezone: string;
    /** Nothing goes out to customers. */
    readonly sending_paused: boolean;
  };
  readonly presence: Presence;
  readonly reason?: string | null;
  readonly load: number;
  readonly capacity: number;
  readonly queues: readonly string[];
  readonly channels: readonly Account[];
  /** Whether a model drafts replies on request. */
  readonly drafts: boolean;
}

/** The second factor of one's own account. */
export interface Second {
  readonly on: boolean;
  readonly recovery_left: number;
}

/** Where one is signed in. */
export interface Browser {
  readonly id: string;
  readonly current: boolean;
  readonly created_at: string;
  readonly seen_at: string;
  readonly address: string;
  readonly agent: string;
}

export interface Work {
  readonly id: string;
  readonly state: string;
  readonly queue: string;
  readonly agent: string | null;
  readonly channel?: string;
  readonly enqueued_at: string;
  readonly priority?: number;
}

export interface Turn {
  readonly metric: string;
  readonly opened_at: string;
  readonly due: string | null;
  readonly breached_at?: string | null;
}

/** What a conversation is taken for: by a rule, the model, or an agent. */
export interface Callback {
  readonly id: string;
  readonly conversation: string;
  readonly state: string;
  readonly number: string;
  readonly owner: string;
  /** Of a booked one: the wall clock's reading and its zone. */
  readonly at: string;
  readonly visible_at: string;
  readonly tries: number;
}

/** What the customer of a conversation waits for first. */
export interface PledgeBrief {
  readonly id: string;
  readonly owner: string;
  readonly state: "open" | "late";
  readonly due: string;
  readonly warned: boolean;
}

/** What a customer was promised. */
export interface Pledge {
  readonly id: string;
  readonly conversation: string;
  readonly owner: string;
  readonly text: string;
  readonly state: "open" | "late" | "kept" | "broken" | "withdrawn";
  readonly due: string;
  readonly made_at: string;
  readonly late_at: string | null;
  readonly reason: string;
  readonly ended_at: string | null;
}

/** A reply that was written for later. */
export interface Scheduled {
  readonly id: string;
  readonly conversation: string;
  /** `auto`: a model wrote it, and it is nobody's yet. */
  readonly author: { readonly kind: string; readonly id: string; readonly name: string };
  readonly text: string;
  readonly attachments: readonly { readonly filename: string }[];
  readonly approved: string;
  readonly send_at: string;
  /** It goes only while the customer has not written. */
  readonly unless_answered: boolean;
  readonly state: "waiting" | "sent" | "cancelled" | "refused";
  /** Of one that could not go: the code of why. */
  readonly reason: string;
  readonly version: number;
}

/** Until when typed words promise an answer; the place is of what names the instant. */
export interface TypedPledge {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly due: string;
}

/** A time that can be booked. */
export interface Slot {
  readonly start: string;
  /** How the booking names it. */
  readonly at: string;
}

export interface Judgement {
  readonly category: string;
  readonly certain_percent: number;
  readonly language: string;
  readonly anger: number;
  readonly urgency: number;
  readonly wants: string;
  /** rule:<name>, model:<version>, agent:<login> or token:<id> */
  readonly by: string;
  /** What that token is called. */
  readonly program: string;
  /** The rules that escalated it. */
  readonly escalated: readonly string[];
}

export interface Row {
  readonly id: string;
  readonly status: Status;
  readonly subject?: string | null;
  readonly language?: string | null;
  readonly channel: string;
  readonly account: string;
  readonly contact: {
    readonly id: string;
    readonly name: string;
    readonly vip: boolean;
    readonly language?: string | null;
  };
  readonly preview?: {
    readonly text: string;
    readonly direction: "in" | "out";
    readonly at: string;
    readonly author?: unknown;
  } | null;
  readonly seq: number;
  readonly updated_at: string;
  readonly inbound_at?: string | null;
  readonly opened_at: string;
  readonly work: Work | null;
  readonly turn: Turn | null;
  readonly judgement?: Judgement | null;
  readonly promise?: PledgeBrief | null;
  readonly continued_in?: string | null;
}

export interface Identity {
  readonly urn: string;
  /** Whose it is: this person's, or of who was merged into them. */
  readonly contact: string;
  readonly name?: string;
  readonly verified: boolean;
  readonly opted_out: boolean;
  readonly channel: string;
}

/** Another contact that is the same person. */
export interface Merged {
  readonly id: string;
  readonly name: string;
  readonly into: string;
}

export interface Contact {
  readonly id: string;
  readonly name: string;
  readonly language?: string | null;
  readonly vip: boolean;
  readonly blocked?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly identities?: readonly Identity[];
  readonly merged?: readonly Merged[];
  readonly conversations?: readonly Row[];
}

/** A way on which an answer may reach this person. */
export interface Route {
  readonly account: string;
  readonly channel: string;
  readonly identity: string;
  readonly address?: string;
  readonly usable: boolean;
  readonly why_not?: string | null;
  /** What is written now waits there for the customer's next message. */
  readonly holds?: boolean;
  readonly window_closes_at?: string | null;
  /** Of the channel's budget of answers to one message. */
  readonly messages_left?: number | null;
}

/** A telephone call: live, or what came of it. */
export interface Call {
  readonly id: string;
  /** That tells of it on the timeline. */
  readonly message: string;
  readonly state: string;
  readonly outcome: string;
  readonly held: boolean;
  readonly started_at: string;
  readonly connected_at: string | null;
  readonly ended_at: string | null;
}

export interface Conversation extends Omit<Row, "contact"> {
  readonly contact: Contact;
  readonly channels: readonly Route[];
  readonly calls: readonly Call[];
  /** The time after it, and how often its agent may still ask for more. */
  readonly wrapup: { readonly until: string | null; readonly extensions: number } | null;
  readonly can: Readonly<Record<string, boolean>>;
}

export interface Attachment {
  readonly id: string;
  readonly filename: string;
  readonly media_type: string;
  readonly size_bytes: number | null;
  readonly url: string | null;
  readonly thumbnail_url: string | null;
  readonly inline: boolean;
  readonly state: "pending" | "ready" | "refused";
  /** Of a refused one: why. */
  readonly reason: string;
}

export interface Author {
  readonly kind: "contact" | "agent" | "auto";
  readonly id?: string | null;
  readonly name?: string | null;
}

export interface Quote {
  readonly id: string;
  readonly author: Author;
  readonly kind: string;
  readonly text: string;
}

export interface MessageItem {
  readonly type: "message";
  readonly id: string;
  readonly seq: number;
  readonly direction: "in" | "out";
  readonly kind: string;
  readonly author: Author;
  readonly account: string;
  readonly channel: string;
  readonly identity?: string;
  readonly text: string;
  readonly subject?: string | null;
  readonly html_url?: string | null;
  readonly quoted?: boolean;
  readonly text_full?: string | null;
  readonly state: SendState;
  readonly reason?: string | null;
  readonly detail?: string | null;
  readonly at: string;
  readonly automatic?: boolean;
  readonly verified?: boolean;
  readonly in_reply_to?: string | null;
  /** The message that it answers, or is about. */
  readonly quote?: Quote;
  readonly template?: string | null;
  /** The name of the provider's template that it was. */
  readonly approved?: string;
  /** By itself, from an article of the desk; in the words of a model, from the nearest. */
  readonly answered?: {
    readonly title: string;
    readonly certain_percent: number;
    readonly model?: string;
  };
  /** What it offers to be tapped. */
  readonly choices?: readonly Choice[];
  /** The id of what the customer tapped. */
  readonly choice?: string;
  readonly location?: {
    readonly latitude: number;
    readonly longitude: number;
    readonly name?: string;
  } | null;
  readonly attachments?: readonly Attachment[];
  /** The message that was sent in its place. */
  readonly resent_as?: string;
  /** What its provider has not taken yet, or nobody knows of: what comes next, and when. */
  readonly waiting?: { readonly next: "try" | "ask" | "report"; readonly at: string };
}

export interface NoteItem {
  readonly type: "note";
  readonly id: string;
  readonly seq: number;
  readonly author: Author | string;
  readonly text: string;
  readonly at: string;
}

export interface EventItem {
  readonly type: "event";
  readonly seq: number | null;
  readonly kind: string;
  readonly at: string;
  readonly actor: unknown;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Item = MessageItem | NoteItem | EventItem;

export interface Offer {
  readonly id: string;
  readonly work: string;
  readonly conversation: Row | null;
  readonly agent: string;
  readonly queue: string;
  readonly channel: string;
  readonly created_at: string;
  readonly expires_at: string;
  /** Routing's explanation as JSON. */
  readonly why?: string;
}

/** Why an agent got the work, as routing tells it. */
export interface Why {
  readonly queue?: string;
  readonly step?: number;
  readonly needs?: Readonly<Record<string, number>>;
  readonly rule?: string;
  readonly pinned?: boolean;
  readonly considered?: number;
  readonly passed?: Readonly<Record<string, number>>;
  readonly named?: readonly { readonly agent: string; readonly reason: string }[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | null;
}

export interface Timeline {
  readonly items: readonly Item[];
  readonly more: boolean;
}

/** One thing to mend in a reply; places count characters, and are both 0 for what lacks. */
export interface Finding {
  readonly rule: string;
  readonly level: "hint" | "warn" | "block";
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** A template's words, and what they promise: its sentence, and until when. */
export interface Rendered {
  readonly text: string;
  readonly promise: { readonly text: string; readonly due: string } | null;
}

/** How often people made something of it, and who did last. */
export interface Usage {
  readonly times: number;
  readonly last_at: string;
  readonly last_by: string;
}

/** One thing that a macro does beside speaking. */
export type Action =
  | { readonly do: "note"; readonly text: string }
  | { readonly do: "promise"; readonly text: string; readonly when: string }
  | { readonly do: "judge"; readonly category?: string | null; readonly urgency?: number | null }
  | { readonly do: "vip"; readonly vip: boolean }
  | { readonly do: "status"; readonly verb: "hold" | "wake" | "snooze" | "resolve" }
  | { readonly do: "transfer"; readonly to: string };

/** What came of a macro, and what of it can be put back. */
export interface MacroRun {
  readonly run: number;
  readonly message: MessageItem | null;
  readonly transfer: "" | "done" | "pending" | "refused";
  readonly why: string;
  readonly back: readonly ("status" | "judge" | "vip" | "transfer")[];
}

/** Words that somebody keeps for themselves, or a supervisor for the whole desk. */
export interface QuickReply {
  readonly id: string;
  readonly name: string;
  readonly shortcut: string;
  readonly text: string;
  /** Whose words a macro says in the place of its own. */
  readonly template: string;
  /** With these it is a macro. */
  readonly actions: readonly Action[];
  readonly locale: string;
  readonly channels: readonly string[];
  readonly shared: boolean;
  /** Whether who is signed in may change it. */
  readonly mine: boolean;
  /** The pinyin of its name and of its text, a blank between syllables. */
  readonly sounds: readonly [string, string];
  readonly version: number;
  readonly changed_by: string;
  readonly changed_at: string;
  readonly used: Usage | null;
}

export interface Article {
  readonly id: string;
  readonly locale: string;
  readonly locales: readonly string[];
  readonly title: string;
  readonly category: string;
  readonly automatic: boolean;
  readonly link: string;
  /** Markdown. */
  readonly text: string;
  /** The same, as a message carries it. */
  readonly plain: string;
  readonly certain_percent: number;
}

export interface Template {
  readonly name: string;
  readonly purpose?: string | null;
  /** What one may look for, in all its locales. */
  readonly keywords?: readonly string[];
  /** The pinyin of its purpose, then of each keyword. */
  readonly sounds?: readonly string[];
  readonly locales: readonly string[];
  readonly variables?: readonly {
    readonly name: string;
    readonly example?: string | null;
    readonly required?: boolean;
  }[];
  readonly used?: Usage | null;
}

/** A template in one locale; where its words come from. */
export interface LocaleState {
  readonly locale: string;
  readonly channels: readonly string[];
  readonly origin: "shipped" | "folder" | "console" | "";
  /** How often it was saved. */
  readonly version: number;
  readonly changed_by: string;
  readonly changed_at: string | null;
  /** The files have been changed since it was saved; what was saved is in force. */
  readonly file_changed: boolean;
}

export interface TemplateRow {
  readonly name: string;
  readonly purpose: string;
  readonly owner: string;
  readonly keywords: readonly string[];
  readonly sounds: string;
  readonly locales: readonly LocaleState[];
  readonly used: Usage | null;
}

/** A value that a template speaks of; null: it is required. */
export interface Place {
  readonly name: string;
  readonly type: string;
  readonly example: string;
  readonly meaning: string;
  readonly fallback: string | null;
}

export interface Wording extends LocaleState {
  readonly name: string;
  readonly purpose: string;
  readonly owner: string;
  readonly keywords: readonly string[];
  readonly only: readonly string[];
  readonly variables: readonly Place[];
  readonly approved: Readonly<Record<string, unknown>>;
  readonly words: Readonly<Record<string, string>>;
  readonly note: string;
}

export interface WordingVersion {
  readonly version: number;
  readonly by: string;
  readonly at: string;
  readonly note: string;
  /** It went back to what the files say. */
  readonly files: boolean;
}

/** The newest first; `next`: before which version there are more. */
export interface WordingVersions {
  readonly items: readonly WordingVersion[];
  readonly next: number | null;
}

export interface Fault {
  readonly part: string;
  readonly line: number;
  readonly text: string;
}

export interface Remark extends Fault {
  readonly rule: string;
  readonly level: "hint" | "warn" | "block";
}

/** What a customer would read on a channel. */
export interface Shown {
  readonly channel: string;
  readonly text: string;
  readonly subject: string;
  readonly html: string;
  readonly segments: number;
  /** Why the channel could not carry it. */
  readonly too_long: string;
}

export interface WordingCheck {
  readonly faults: readonly Fault[];
  readonly remarks: readonly Remark[];
  readonly shown: readonly Shown[];
}

export interface Upload {
  readonly sha256: string;
  readonly filename: string;
  readonly media_type: string;
  readonly size_bytes: number;
}

export interface Queue {
  readonly id: string;
  readonly name?: string;
  readonly waiting: number;
  readonly offered: number;
  readonly assigned: number;
  readonly longest_wait_ms: number | null;
  readonly agents_available: number;
  readonly open_now: boolean;
  readonly next_open?: string | null;
}

/** The last two hours of a queue. */
export interface Recent {
  readonly queue: string;
  /** Of 1: the promised answers that came in time; null: none was due. */
  readonly level: number | null;
  /** Questions by five minutes, the oldest first. */
  readonly asked: readonly number[];
}

export interface Agent {
  readonly login: string;
  readonly name: string;
  readonly presence: Presence;
  readonly reason?: string | null;
  readonly load: number;
  readonly capacity: number;
  readonly skills?: Readonly<Record<string, number>>;
  readonly queues?: readonly string[];
  readonly since?: string | null;
}

export interface ChannelHealth {
  readonly account: string;
  readonly channel: string;
  readonly adapter?: string;
  readonly ok: boolean | null;
  readonly detail?: string | null;
  readonly what_to_do?: string | null;
  readonly checked_at?: string | null;
  readonly last_inbound_at?: string | null;
  readonly last_outbound_at?: string | null;
}

/** What happens by itself: to whom, or whom it lets in, where that says more. */
export interface NextStep {
  readonly what: string;
  readonly at: string;
  readonly agent?: string;
  readonly queue?: string;
  readonly needs?: Readonly<Record<string, number>>;
  readonly pool?: readonly string[];
}

export interface RuleTried {
  readonly rule: string;
  /** The first condition that did not hold; "" when all did. */
  readonly failed: string;
}

export interface Explain {
  readonly judgement?:
    | (Judgement & {
        readonly reasons: readonly { readonly piece: string; readonly weight: number }[];
        readonly rule: string;
        readonly tried: readonly RuleTried[];
      })
    | null;
  readonly work?: Work | null;
  readonly why?: Why | null;
  readonly decisions?: readonly (EventItem & { readonly why?: Why | null })[];
  readonly next?: readonly NextStep[];
}

export interface SearchHit {
  readonly type: "message" | "note" | "contact";
  readonly id: string;
  readonly at: string;
  readonly text: string;
  readonly contact: string | null;
  readonly name: string;
  readonly conversation: Row | null;
}

/** How one signs in: by a password, by the provider of this name, or either. */
export interface Ways {
  readonly local: boolean;
  readonly provider: string | null;
}

export interface Demo {
  readonly demo: boolean;
  readonly logins: readonly {
    readonly login: string;
    readonly name: string;
    readonly role: string;
  }[];
  readonly shop?: string;
  readonly sandbox?: string;
}

/** What the live socket says. */
export type LiveFrame =
  | { readonly type: "welcome"; readonly at: string; readonly position: number; readonly me: Me }
  | { readonly type: "gap"; readonly oldest: number }
  | LiveEvent
  | {
      readonly type: "typing";
      readonly conversation: string;
      readonly who: { readonly kind: string; readonly name?: string | null };
    }
  | { readonly type: "viewers"; readonly conversation: string; readonly logins: readonly string[] }
  | { readonly type: "pong"; readonly at: string };

export interface LiveEvent {
  readonly type: "event";
  readonly position: number;
  readonly conversation?: string | null;
  readonly seq?: number | null;
  readonly kind: string;
  readonly at: string;
  readonly actor: unknown;
  readonly cause?: unknown;
  readonly body: Readonly<Record<string, unknown>>;
  readonly message?: MessageItem;
  readonly note?: NoteItem;
  readonly offer?: Offer;
  readonly row?: Row;
}

/** From an instant to before another, RFC 3339. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** Shares are of 1; null: there is none. Times are open time in milliseconds. */
export interface ResponseRow {
  readonly group: Readonly<Record<string, string>>;
  readonly metric: string;
  readonly count: number;
  readonly p50_ms: number | null;
  readonly p90_ms: number | null;
  readonly p99_ms: number | null;
  readonly within_target: number | null;
  readonly breached: number;
  readonly open_and_late: number;
  readonly resolved_without_reply: number;
  readonly taken_elsewhere: number;
  readonly abandoned: number;
  readonly asked_for_callback: number;
}

export interface ShareRow {
  readonly share: string;
  readonly within_ms: number;
  readonly value: number | null;
  readonly least: number | null;
  readonly holds: boolean;
}

export interface ResponseReport {
  readonly items: readonly ResponseRow[];
  readonly shares: readonly ShareRow[];
}

export interface CallbackRow {
  readonly group: Readonly<Record<string, string>>;
  readonly ended: number;
  readonly promised: number;
  readonly kept: number | null;
  readonly dialled: number;
  readonly reached: number | null;
  readonly attempts_mean: number | null;
  readonly answered_abandoned: number | null;
}

export interface CallbackReport {
  readonly items: readonly CallbackRow[];
}

/** null: nobody answered. `good_share` is of the answers: 4 and 5. */
export interface Satisfied {
  readonly asked: number;
  readonly answered: number;
  readonly mean: number | null;
  readonly good_share: number | null;
}

export interface SatisfactionRow extends Satisfied {
  readonly group: Readonly<Record<string, string>>;
  readonly dimensions: Readonly<
    Record<string, { readonly answered: number; readonly mean: number }>
  >;
  readonly before: Satisfied | null;
}

export interface SatisfactionReport {
  readonly items: readonly SatisfactionRow[];
}

/** Questions that are alike, and that no article answers by now. */
export interface LackingRow {
  readonly count: number;
  /** The newest of them, without what belongs to a person. */
  readonly text: string;
  readonly last_at: string;
  readonly article: string;
  readonly certain_percent: number;
  /** Null for whoever may not read it. */
  readonly conversation: string | null;
}

export interface QuestionReport {
  readonly asked: number;
  readonly answered: number;
  /** By a model, unread; and what it wrote for an agent to decide about. */
  readonly written: number;
  readonly kept: number;
  readonly items: readonly LackingRow[];
}

/** What a customer was asked, and said of it. */
export interface Survey {
  readonly id: string;
  readonly channel: string;
  readonly agent: string;
  readonly asked_at: string;
  readonly until: string;
  readonly score: number | null;
  readonly scores: Readonly<Record<string, number>>;
  readonly comment: string;
  readonly answered_at: string | null;
}
