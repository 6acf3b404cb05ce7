// Words with holes: "{name}" takes the value of that name; an unknown hole stays as it is.

export type Values = Readonly<Record<string, string | number>>;

export function fill(words: string, values: Values): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
