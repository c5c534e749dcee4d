// The two averages that benches use.

export { median } from '../src/command/median.ts';

/** The average of ratios. Throws on an empty list and on values that are not positive. */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0 || values.some(value => !(value > 0))) {
    throw new RangeError(`geometric mean of ${values.length === 0 ? 'nothing' : values.join(', ')}`);
  }
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
