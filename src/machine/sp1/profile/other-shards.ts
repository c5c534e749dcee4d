// The shards of a profiled run that are no core shards: of precompiles' calls, and of memory.

import type { OtherShard } from '../../../planner/run/run-profile.ts';
import type { Sp1Guest } from '../machine.ts';
import { CHIP_NAMES } from '../records/chips.ts';
import { type ShardOptions, shardsOf } from '../records/shards.ts';
import type { LiveSlicer } from './live-slicer.ts';

/** Of a run that halted at `clk`; all registers have events, as where more than one core shard is. */
export function otherShards(
  { elf, program }: Sp1Guest,
  { deferred, hints, accessedWords }: LiveSlicer,
  clk: number,
  options: ShardOptions,
): readonly OtherShard[] {
  const none = { splices: [], touched: new Float64Array(0), committed: new Map(), deferredDigest: new Map() };
  const chunk = { ...none, deferred, hints, accessed: -1, exitCode: 0 };
  const all = shardsOf({ elf, program, chunks: [chunk], clk, touched: accessedWords }, options);
  return all.map(({ kind, code, chips }) => ({
    kind: kind === 'precompile' ? 'precompile' : 'memory',
    code: code ?? 0,
    rows: chips.map(({ name, realRows }) => [CHIP_NAMES.indexOf(name), realRows] as const),
  }));
}
