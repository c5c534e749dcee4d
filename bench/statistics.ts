// The two averages that benches use.

/** Throws on an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The average of ratios. Throws on an empty list and on values that are not positive. */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0 || values.some(value => !(value > 0))) {
    throw new RangeError(`geometric mean of ${values.length === 0 ? 'nothing' : values.join(', ')}`);
  }
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
