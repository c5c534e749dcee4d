// What was found of shards in the threads that made them, and what the shards of a run must agree on.

import { RunChecker } from '../../../../machine/sp1/check/run-checker.ts';
import type { Sp1Guest } from '../../../../machine/sp1/machine.ts';
import { type Failure, FailureList } from '../../../../tracegen/failures.ts';
import type { ShardsChecked } from '../../../../verbs/check-shards.ts';

/** What was found of one shard, some of it in full. */
export interface ShardFound {
  readonly list: readonly Failure[];
  readonly count: number;
}

/**
 * Of shards in their order; `isWhole`: the run halted, and all its shards are here. Those without public values were not checked
 * by their rules. `failures`: what was found before.
 */
export function madeChecks(
  { elf, program }: Sp1Guest,
  version: '6.4' | '6.10' | undefined,
  shards: readonly { readonly index: number; readonly publicValues?: readonly number[] | undefined }[],
  found: ReadonlyMap<number, ShardFound>,
  isWhole: boolean,
  failures: FailureList = new FailureList(),
): ShardsChecked {
  const chain = new RunChecker({ elf, entry: program.entry, version }, failures);
  let checked = 0;
  for (const { index, publicValues } of shards) {
    const own = found.get(index);
    if (own === undefined) continue;
    for (const failure of own.list) failures.add(failure);
    failures.uncounted(own.count - own.list.length);
    if (publicValues === undefined) continue;
    checked++;
    chain.add({ index, publicValues });
  }
  const isAddedUp = chain.finish(isWhole);
  return { shards: checked, failures: failures.list, failureCount: failures.count, isWhole: isAddedUp };
}
