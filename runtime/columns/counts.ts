// Multiplicities: each worker counts in tables of its own, which are added up when the shard's rows are filled.

/** Adds the counts of `from` to those of `to`. */
export function addCounts(to: Uint32Array, from: Uint32Array): void {
  for (let slot = 0; slot < to.length; slot++) to[slot] = to[slot]! + from[slot]!;
}
