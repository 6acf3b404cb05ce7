// The words that the widget and the desk exchange.

export interface WireAttachment {
  readonly id: string;
  readonly filename: string;
  readonly media_type: string;
  readonly size_bytes: number | null;
  /** Told by the desk; a file of a message that is not sent yet has none. */
  readonly state?: "pending" | "ready" | "refused";
  readonly url: string | null;
}

export interface Welcome {
  readonly type: "welcome";
  readonly token?: string;
  readonly visitor: string;
  readonly desk: {
    readonly name: string;
    readonly open: boolean;
    readonly next_open?: string | null;
  };
  readonly head: number;
  readonly agent: { readonly name: string } | null;
  readonly limits?: { readonly max_file_bytes?: number; readonly max_text?: number };
}

/** How it went: what is asked, and what was answered so far. */
export interface WireSurvey {
  readonly id: string;
  readonly until: string;
  readonly dimensions: readonly string[];
  readonly score: number | null;
  readonly scores: Readonly<Record<string, number>>;
  readonly comment: string;
  /** Why the desk did not take the last answer. */
  readonly failed?: string;
}

export interface WireMessage {
  readonly type: "message";
  readonly seq: number;
  readonly id: string;
  readonly client_id?: string | null;
  readonly direction: "in" | "out";
  readonly author: { readonly name: string | null; readonly kind: "agent" | "auto" | "visitor" };
  readonly text: string;
  readonly at: string;
  readonly attachments?: readonly WireAttachment[];
  readonly survey?: WireSurvey;
}

export type ServerFrame =
  | Welcome
  | WireMessage
  | { readonly type: "ack"; readonly id: string; readonly seq: number }
  | { readonly type: "scored"; readonly survey: WireSurvey }
  | { readonly type: "typing" }
  | { readonly type: "agent"; readonly name: string | null }
  | { readonly type: "read"; readonly seq: number }
  | {
      readonly type: "error";
      readonly code: string;
      readonly detail?: string;
      readonly what_to_do?: string;
      readonly id?: string;
    }
  | { readonly type: "pong" };

export interface Upload {
  readonly sha256: string;
  readonly filename: string;
  readonly media_type: string;
  readonly size_bytes: number;
}
