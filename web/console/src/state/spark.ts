// A spark line: counts of equal steps as a path. Pure.

export const WIDTH = 240;
export const HEIGHT = 28;
const STEPS = 24; // of two hours, while nothing is known of a queue

/** Through all counts from the left to the right, the largest at the top; none lie flat. */
export function path(counts: readonly number[]): string {
  const known = counts.length > 1 ? counts : new Array<number>(STEPS).fill(0);
  const most = Math.max(1, ...known);
  return known
    .map((count, at) => {
      const x = Math.round((at * WIDTH) / (known.length - 1));
      const y = Math.round(HEIGHT - (count * HEIGHT) / most);
      return `${at === 0 ? "M" : "L"}${x} ${y}`;
    })
    .join("");
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
