// Where a model's words go, and which end of waiting for them is no fault.

/** Below what stands there already: nobody's words are overwritten. */
export function below(text: string, words: string): string {
  return text.trim() ? `${text.trimEnd()}\n\n${words}` : words;
}

/** Whether it was called off by whoever asked. */
export function givenUp(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
