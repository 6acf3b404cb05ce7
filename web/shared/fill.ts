// Words with holes: "{name}" takes the value of that name, "{n|file|files}" the one word for one and
// the other for any other number; an unknown hole stays as it is.

export type Values = Readonly<Record<string, string | number>>;

const HOLE = /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g;

export function fill(words: string, values: Values): string {
  return words.replace(HOLE, (whole, name: string, one?: string, more?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return one === undefined || more === undefined ? String(value) : value === 1 ? one : more;
  });
}
