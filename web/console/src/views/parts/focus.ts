// Where the reader is to go on.

/** As `ref` of what appears: it has the focus once. A function made anew would take it each time. */
export function takesFocus(element: HTMLElement | null): void {
  element?.focus();
}
