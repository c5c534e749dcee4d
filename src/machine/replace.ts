// Sets counts by name to others, in place.

export function replace(counts: Record<string, number>, by: Readonly<Record<string, number>>): void {
  for (const name of Object.keys(counts)) delete counts[name];
  Object.assign(counts, by);
}
