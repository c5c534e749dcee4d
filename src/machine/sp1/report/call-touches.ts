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

/** By code: what it reads and writes; what it only looks at it accesses besides. */
const RANGES: ReadonlyMap<number, readonly Range[]> = new Map(
  PRECOMPILES.map(({ code, accesses }) => [code, accesses.filter(({ kind }) => kind !== 'unsafe')]),
);

export function distinctDoublewords(
  code: number,
  { touched }: CallShape,
  argument: (index: Range['pointer']) => number,
): number {
  if (code === CALL.shaExtend) return touched;
  const all = new Set<number>();
  for (const { pointer, offset, granules } of RANGES.get(code)!) {
    const start = argument(pointer) + offset;
    for (let i = 0; i < granules; i++) all.add(start + DOUBLEWORD * i);
  }
  return all.size;
}
