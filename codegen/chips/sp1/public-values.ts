// What a shard says of itself to the others, as one row: its columns are the public values by upstream's names, and they
// begin and end what the rows of the shard's chips go on with.
// Reference: sp1:crates/hypercube/src/air/public_values.rs, SP1 6.4.0.

import { START_POINT } from '../../../runtime/curves/global-points.ts';
import type { Air } from '../air.ts';
import { type Chip, flatten, type Layout } from '../chip.ts';
import { type Cell, compose, type Poly } from '../poly.ts';
import { sp1 } from './air.ts';
import { stateBus } from './buses.ts';
import { range, u8, u8s, u16s } from './bytes.ts';
import { accumulationBus } from './global.ts';
import { finalizeControlBus, initControlBus } from './memory-global.ts';

/** Elements of a shard's public values. */
export const PUBLIC_VALUES = 160;
const WORDS = 8;
const POINT = 14;
const EVENT = { values: [31, PUBLIC_VALUES] } as const;

type Words = readonly (readonly Cell[])[];

/** One row, no padding. */
export const publicValuesChip: Chip = sp1('PublicValues', EVENT, (air, { values }) => {
  let next = 0;
  const one = (): Cell => air.cell(values[next++]!);
  const some = (n: number): Cell[] => Array.from({ length: n }, one);
  const words = (): Cell[][] => Array.from({ length: WORDS }, () => some(4));
  const digests = { prev_committed_value_digest: words(), committed_value_digest: words() };
  const deferred = { prev_deferred_proofs_digest: some(WORDS), deferred_proofs_digest: some(WORDS) };
  const place = {
    pc_start: some(3),
    next_pc: some(3),
    prev_exit_code: one(),
    exit_code: one(),
    is_execution_shard: one(),
  };
  const memory = {
    previous_init_addr: some(3),
    last_init_addr: some(3),
    previous_finalize_addr: some(3),
    last_finalize_addr: some(3),
  };
  const pages = {
    ...{ previous_init_page_idx: some(3), last_init_page_idx: some(3) },
    ...{ previous_finalize_page_idx: some(3), last_finalize_page_idx: some(3) },
  };
  const clocks = { initial_timestamp: some(4), last_timestamp: some(4) };
  const equals = {
    is_timestamp_high_eq: one(),
    inv_timestamp_high: one(),
    is_timestamp_low_eq: one(),
    inv_timestamp_low: one(),
  };
  const counts = { global_init_count: one(), global_finalize_count: one() };
  const pageCounts = { global_page_prot_init_count: one(), global_page_prot_finalize_count: one() };
  const global = { global_count: one(), global_cumulative_sum: some(POINT) };
  const commits = { prev_commit_syscall: one(), commit_syscall: one() };
  const commitsDeferred = { prev_commit_deferred_syscall: one(), commit_deferred_syscall: one() };
  const inverses = { initial_timestamp_inv: one(), last_timestamp_inv: one(), is_first_execution_shard: one() };
  const rest = { is_untrusted_programs_enabled: one(), proof_nonce: some(4), empty: some(4) };
  time(air, clocks, equals, inverses, place.is_execution_shard);
  stays(air, place, clocks);
  commitments(air, Object.values(digests), Object.values(commits));
  commitments(
    air,
    Object.values(deferred).map(element => element.map(x => [x])),
    Object.values(commitsDeferred),
  );
  u8s(air, Object.values(digests).flat(2));
  for (const limbs of [place.pc_start, place.next_pc, ...Object.values(memory)]) u16s(air, limbs);
  air.send(accumulationBus, [0, START_POINT.x, START_POINT.y]);
  const sum = global.global_cumulative_sum;
  air.receive(accumulationBus, [global.global_count, sum.slice(0, POINT / 2), sum.slice(POINT / 2)]);
  addressOrder(air, memory, counts);
  for (const cell of cellsOf(pages, pageCounts, { a: rest.is_untrusted_programs_enabled, b: rest.empty }))
    air.zero(cell, 'only programs with untrusted code have it');
  return {
    ...{ ...digests, ...deferred, ...place, ...memory, ...pages, ...clocks, ...equals, ...counts, ...pageCounts },
    ...{ ...global, ...commits, ...commitsDeferred, ...inverses, ...rest },
  };
});

/** The rows of initial and of final memory go on from the shard's before. */
function addressOrder(
  air: Air,
  memory: Readonly<Record<`${'previous' | 'last'}_${'init' | 'finalize'}_addr`, readonly Cell[]>>,
  counts: Readonly<Record<'global_init_count' | 'global_finalize_count', Cell>>,
): void {
  air.send(initControlBus, [0, memory.previous_init_addr, 1]);
  air.receive(initControlBus, [counts.global_init_count, memory.last_init_addr, 1]);
  air.send(finalizeControlBus, [0, memory.previous_finalize_addr, 1]);
  air.receive(finalizeControlBus, [counts.global_finalize_count, memory.last_finalize_addr, 1]);
}

function cellsOf(...layouts: readonly Layout[]): Cell[] {
  return layouts.flatMap(layout => [...flatten('', layout)].map(([, cell]) => cell));
}

/** Upper and lower 24 bits of a clock in pieces of 16, 8, 8 and 16 bits. */
function halves([upper, high, middle, low]: readonly Cell[]): readonly [Poly, Poly] {
  return [compose([high!, upper!], 8), compose([low!, middle!], 16)];
}

function time(
  air: Air,
  { initial_timestamp, last_timestamp }: Readonly<Record<'initial_timestamp' | 'last_timestamp', readonly Cell[]>>,
  equals: Readonly<
    Record<'is_timestamp_high_eq' | 'inv_timestamp_high' | 'is_timestamp_low_eq' | 'inv_timestamp_low', Cell>
  >,
  inverses: Readonly<Record<'initial_timestamp_inv' | 'last_timestamp_inv' | 'is_first_execution_shard', Cell>>,
  is_execution_shard: Cell,
): void {
  for (const [upper, high, middle, low] of [initial_timestamp, last_timestamp]) {
    u8(air, high!, middle!);
    range(air, upper!, 16);
    range(air, low!.sub(1).over(8), 13);
  }
  const [start, end] = [halves(initial_timestamp), halves(last_timestamp)];
  for (const [i, flag, inverse] of [
    [0, equals.is_timestamp_high_eq, equals.inv_timestamp_high],
    [1, equals.is_timestamp_low_eq, equals.inv_timestamp_low],
  ] as const) {
    const difference = end[i].sub(start[i]);
    air.bool(flag, 'a flag is 0 or 1');
    air.equal(difference.mul(inverse), flag.not(), 'the inverse of the difference of the clocks');
    air.when(flag).zero(difference, 'equal clocks');
    air.when(flag).zero(inverse, 'equal clocks');
  }
  const { initial_timestamp_inv, last_timestamp_inv, is_first_execution_shard: isFirst } = inverses;
  for (const flag of [is_execution_shard, isFirst]) air.bool(flag, 'a flag is 0 or 1');
  air.when(isFirst).equal(is_execution_shard, 1, 'the first execution shard is one');
  const executes = air.when(is_execution_shard);
  const since = ([high, low]: readonly [Poly, Poly]): Poly => high.add(low).sub(1);
  for (const [at, inverse] of [
    [start, initial_timestamp_inv],
    [end, last_timestamp_inv],
  ] as const)
    air.when(inverse).equal(since(at).mul(inverse), 1, 'an inverse of the clock, or 0');
  executes.equal(since(start).mul(initial_timestamp_inv), isFirst.not(), 'the first shard alone begins at clock 1');
  executes.when(isFirst).zero(since(start), 'the first shard alone begins at clock 1');
  executes.equal(since(end).mul(last_timestamp_inv), 1, 'no execution shard ends at clock 1');
}

/** Where nothing is executed, pc, clock and exit code stay. */
function stays(
  air: Air,
  place: Readonly<Record<'pc_start' | 'next_pc', readonly Cell[]>> &
    Readonly<Record<'prev_exit_code' | 'exit_code' | 'is_execution_shard', Cell>>,
  { initial_timestamp, last_timestamp }: Readonly<Record<'initial_timestamp' | 'last_timestamp', readonly Cell[]>>,
): void {
  const { pc_start, next_pc, prev_exit_code, exit_code, is_execution_shard } = place;
  const still = air.when(is_execution_shard.not());
  for (const [i, cell] of pc_start.entries()) still.equal(next_pc[i]!, cell, 'nothing is executed');
  for (const [i, cell] of initial_timestamp.entries()) still.equal(last_timestamp[i]!, cell, 'nothing is executed');
  still.equal(exit_code, prev_exit_code, 'nothing is executed');
  air.when(is_execution_shard).zero(prev_exit_code, 'nothing is executed after the halt');
  const [at, code] = [
    [...initial_timestamp, ...last_timestamp],
    [...pc_start, ...next_pc],
  ];
  const [high, low] = halves(at.slice(0, 4));
  const [endHigh, endLow] = halves(at.slice(4));
  air.send(stateBus, [high, low, code.slice(0, 3)]);
  air.receive(stateBus, [endHigh, endLow, code.slice(3)]);
}

/** A digest is 0 until it is committed to, and the same from then on. */
function commitments(air: Air, [before, after]: readonly Words[], [hadCommitted, hasCommitted]: readonly Cell[]): void {
  for (const flag of [hadCommitted!, hasCommitted!]) air.bool(flag, 'a flag is 0 or 1');
  air.when(hadCommitted!).equal(hasCommitted!, 1, 'committed to for good');
  for (const [i, word] of before!.entries()) {
    for (const [j, cell] of word.entries()) {
      const now = after![i]![j]!;
      air.when(hadCommitted!).equal(now, cell, 'the same digest from then on');
      air.when(hadCommitted!.not()).zero(cell, 'nothing committed to yet');
      air.when(hasCommitted!.not()).zero(now, 'nothing committed to yet');
    }
  }
}
