// How many distinct doublewords a precompile call accesses: its operands may lie over each other.

import { CALL } from '../abi.ts';
import type { CallShape } from '../records/chips.ts';
import { PRECOMPILES } from '../syscalls/precompiles.ts';

const DOUBLEWORD = 8;

interface Range {
  readonly pointer: 0 | 1 | 2 | 3 | 4;
  readonly offset: number;
  readonly granules: number;
}

/** By code: what it reads and writes, each once; what it only looks at it accesses besides. */
const RANGES: ReadonlyMap<number, readonly Range[]> = new Map(
  PRECOMPILES.map(({ code, accesses }) => {
    const own = accesses.filter(({ kind }) => kind !== 'unsafe');
    const isFirst = ({ pointer, offset, granules }: Range, i: number): boolean =>
      own.findIndex(o => o.pointer === pointer && o.offset === offset && o.granules === granules) === i;
    return [code, own.filter(isFirst)];
  }),
);

export function distinctDoublewords(
  code: number,
  { touched }: CallShape,
  argument: (index: Range['pointer']) => number,
): number {
  if (code === CALL.shaExtend) return touched;
  const ranges = RANGES.get(code)!;
  const starts = ranges.map(({ pointer, offset }) => argument(pointer) + offset);
  // Most operands lie apart, and a set takes longer than the rest of the call's counting.
  if (!overlap(ranges, starts)) return ranges.reduce((sum, { granules }) => sum + granules, 0);
  const all = new Set<number>();
  for (const [range, { granules }] of ranges.entries())
    for (let i = 0; i < granules; i++) all.add(starts[range]! + DOUBLEWORD * i);
  return all.size;
}

function overlap(ranges: readonly Range[], starts: readonly number[]): boolean {
  for (let i = 1; i < ranges.length; i++) {
    for (let j = 0; j < i; j++) {
      const distance = starts[i]! - starts[j]!;
      if (distance < DOUBLEWORD * ranges[j]!.granules && -distance < DOUBLEWORD * ranges[i]!.granules) return true;
    }
  }
  return false;
}
