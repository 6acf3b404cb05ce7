// One door to the HTTP surface: same-origin JSON, idempotency keys, errors as problems with words;
// what is only read is asked for again while the desk cannot answer.

import { uuid } from "../../../shared/ids";
import { growingMs } from "../../../shared/link";

/** A refusal or a failure, in words that a person can act on. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly whatToDo: string;
  readonly extra: Readonly<Record<string, unknown>>;
  /** How long to wait before the next try; null where nobody said. */
  readonly waitMs: number | null;

  constructor(status: number, body: Readonly<Record<string, unknown>>, retryAfter = "") {
    super(String(body.detail ?? body.title ?? status));
    this.status = status;
    this.code = String(body.code ?? "");
    this.whatToDo = String(body.what_to_do ?? "");
    this.extra = body;
    this.waitMs = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : null;
  }
}

const RETRY_AFTER = "Retry-After";

/** Nothing came back: the line or the desk is down. Whether it was carried out nobody knows. */
export const UNREACHABLE = "unreachable";

export interface Ask {
  readonly body?: unknown;
  /** The same key for the same press, so that trying again does nothing twice. */
  readonly key?: string;
  readonly signal?: AbortSignal;
  /** Told of each try that failed and is followed by another. */
  readonly failing?: (problem: Problem) => void;
}

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Told when the desk no longer knows the session. */
export function onSignedOut(listener: Listener): void {
  signedOut.add(listener);
}

/** Who has no answer by then has none. */
const ANSWER_MS = 30_000;
/** How long a question is put again in all, from its first try. */
const INSIST_MS = 30_000;
/** The most of a Retry-After that is waited out; the growing wait comes on top. */
const TOLD_MOST_MS = 10_000;
const BUSY: ReadonlySet<number> = new Set([0, 429, 502, 503, 504]);

/** The line or the desk is down, or busy: the same question may be answered later. */
export function passes(error: unknown): error is Problem {
  return error instanceof Problem && BUSY.has(error.status);
}

/**
 * Only what is read is asked for again: it does nothing, however often the desk hears it. Not so
 * what may be given up, by its signal: whoever asks that looks on, and is told at once.
 */
export function request<T>(method: string, path: string, ask: Ask = {}): Promise<T> {
  if (method !== "GET" || ask.signal) return once(method, path, ask);
  const awaited = waiting.get(path) as Promise<T> | undefined;
  return awaited ?? insist(path, ask, Date.now() + INSIST_MS, 0);
}

/** Questions between two tries: whoever asks the same meanwhile has the same answer. */
const waiting = new Map<string, Promise<unknown>>();

async function insist<T>(path: string, ask: Ask, until: number, tries: number): Promise<T> {
  try {
    return await once<T>("GET", path, ask);
  } catch (error) {
    if (!passes(error)) throw error;
    const told = Math.min(error.waitMs ?? 0, TOLD_MOST_MS);
    const wait = told + growingMs(tries, Math.random());
    if (Date.now() + wait > until) throw error;
    ask.failing?.(error);
    const awaited = waiting.get(path) as Promise<T> | undefined;
    if (awaited) return awaited;
    const rest = new Promise((goOn) => setTimeout(goOn, wait)).then(() => {
      waiting.delete(path);
      return insist<T>(path, ask, until, tries + 1);
    });
    waiting.set(path, rest);
    return rest;
  }
}

async function once<T>(method: string, path: string, ask: Ask): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") {
    headers["X-Parley"] = "1";
    headers["Idempotency-Key"] = ask.key ?? uuid();
    headers["Content-Type"] = "application/json";
  }
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (method !== "GET" && method !== "DELETE") init.body = JSON.stringify(ask.body ?? {});
  const late = AbortSignal.timeout(ANSWER_MS);
  init.signal = ask.signal ? AbortSignal.any([ask.signal, late]) : late;
  const response = await reach(path, init);
  return read<T>(response);
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`/api/v1${path}`, init);
  } catch (error) {
    throw brokenOff(error);
  }
}

function brokenOff(error: unknown): unknown {
  const byUs = error instanceof DOMException && error.name === "AbortError";
  return byUs ? error : new Problem(0, { code: UNREACHABLE });
}

async function read<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch((error: unknown) => {
    // An answer that breaks off in the middle is none, however well it began.
    if (response.ok) throw brokenOff(error);
    return {};
  });
  if (response.ok) return body as T;
  const problem = new Problem(
    response.status,
    body as Record<string, unknown>,
    response.headers.get(RETRY_AFTER) ?? "",
  );
  if (response.status === 401 && problem.code === "signed_out") {
    for (const listener of signedOut) listener();
  }
  throw problem;
}

/** A file's bytes as they are, with progress; the body is not JSON. */
export function upload<T>(
  path: string,
  file: File,
  progress: (percent: number) => void,
): { readonly done: Promise<T>; cancel(): void } {
  const call = new XMLHttpRequest();
  const done = new Promise<T>((resolve, reject) => {
    call.open("POST", `/api/v1${path}`);
    call.setRequestHeader("X-Parley", "1");
    call.setRequestHeader("Idempotency-Key", uuid());
    call.setRequestHeader("X-Filename", encodeURIComponent(file.name || "file"));
    call.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    call.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(Math.round((event.loaded / event.total) * 100));
    };
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText));
      else {
        const wait = call.getResponseHeader(RETRY_AFTER) ?? "";
        reject(new Problem(call.status, parsed(call.responseText), wait));
      }
    };
    call.onerror = () => reject(new Problem(0, { code: UNREACHABLE }));
    call.onabort = () => reject(new DOMException("", "AbortError"));
    call.send(file);
  });
  return { done, cancel: () => call.abort() };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
