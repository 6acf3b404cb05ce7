// HTML of others, for a frame that runs nothing: the desk's pages take no other HTML as text.

interface Policy {
  createHTML(html: string): unknown;
}

interface Factory {
  createPolicy(name: string, rules: { createHTML(html: string): string }): Policy;
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const framed = factory?.createPolicy("framed", { createHTML: (html) => html });

/** For `srcdoc` of a frame with an empty `sandbox`, and for nothing else. */
export function framedHtml(html: string): string {
  return (framed?.createHTML(html) ?? html) as string;
}
