// A check of shards finds nothing in those of an honest run, and every forgery by chip, row and column.

import { beforeAll, describe, expect, test } from 'vitest';
import { sp1Chip } from '../../../codegen/chips/sp1/index.ts';
import { publicValuesChip } from '../../../codegen/chips/sp1/public-values.ts';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { RunChecker } from '../../../src/machine/sp1/check/run-checker.ts';
import { type CheckableShard, ShardChecker } from '../../../src/machine/sp1/check/shard-checker.ts';
import { FailureList, failureLine } from '../../../src/tracegen/failures.ts';
import { traceShards } from '../../../src/verbs/trace-shards.ts';
import { unnoticed } from '../../chips/mutants.ts';
import { elfOf, inputsOf, SHARD_RUNS } from './shard-runs.ts';

interface KeptShard extends CheckableShard {
  readonly columns: readonly Columns[];
}

const run = SHARD_RUNS.find(({ name }) => name === 'echo-chunks')!;
const guest = loadGuest(elfOf(run), run.elf, 'sp1');
const program = { elf: guest.elf, entry: guest.program.entry };
const shards: KeptShard[] = [];
let checker: ShardChecker;

const kept = (columns: Columns): Columns => ({ ...columns, data: columns.data.slice() });

beforeAll(async () => {
  const { chunkEntries, elementThreshold, heightThreshold } = run;
  await traceShards(elfOf(run), {
    ...{ workers: 0, inputs: inputsOf(run), chunkEntries, elementThreshold, heightThreshold },
    onPreprocessed: columns => {
      checker = new ShardChecker(new Map([...mapped(columns)].map(one => [one.name, one])));
    },
    onShard: ({ index, publicValues, columns }) => {
      shards.push({ index, publicValues: [...publicValues], columns: [...mapped(columns)] });
    },
  });
}, 60_000);

function* mapped(columns: Iterable<Columns>): Generator<Columns> {
  for (const one of columns) yield kept(one);
}

function failuresOf(shard: CheckableShard, limit?: number): FailureList {
  const failures = new FailureList(limit);
  checker.check(shard, failures);
  return failures;
}

function chainOf(given: readonly CheckableShard[], isWhole = true): { failures: FailureList; isClosed: boolean } {
  const failures = new FailureList();
  const chain = new RunChecker(program, failures);
  for (const shard of given) chain.add(shard);
  return { failures, isClosed: chain.finish(isWhole) };
}

const withValues = (shard: KeptShard, name: string, value: number): KeptShard => {
  const { index } = publicValuesChip.columns.find(column => column.name === name)!;
  return { ...shard, publicValues: shard.publicValues.with(index, value) };
};

describe('a check of shards', () => {
  test('finds nothing in an honest run', () => {
    for (const shard of shards) expect(failuresOf(shard).list.map(failureLine)).toEqual([]);
    const { failures, isClosed } = chainOf(shards);
    expect([failures.list, isClosed]).toEqual([[], true]);
  });

  test('names chip, row, column and event of cells that were changed, one in every chip', () => {
    const shard = { ...shards[1]!, columns: shards[1]!.columns.map(kept) };
    const changed = shard.columns.flatMap(({ name, realRows, width, stride, data }, i) => {
      if (realRows === 0) return [];
      const [row, column] = [i % realRows, (7 * i) % width];
      const at = column * stride + row;
      data[at] = (data[at]! + 1) % 0x7f000001;
      const chip = sp1Chip(name);
      return [{ name, row, column: chip.columns[chip.fixed + column]!.name }];
    });
    expect(changed.length).toBeGreaterThan(15);
    const failures = failuresOf(shard, 1e4);
    const found = new Set(
      failures.list.flatMap(({ shard: index, chip, row, columns }) =>
        columns.map(column => `${index} ${chip} ${row} ${column.replace(/'$/, '')}`),
      ),
    );
    for (const { name, row, column } of changed) expect(found).toContain(`1 ${name} ${row} ${column}`);
    expect(failures.list.find(({ chip }) => chip === 'Addi')!.event).toMatchObject({
      pc: expect.stringMatching(/^0x/),
    });
    expect(failureLine(failures.list.find(({ chip }) => chip === 'Addi')!)).toMatch(
      /^shard 1, chip Addi, row \d+ \(clk /,
    );
    const bounded = failuresOf(shard, 5);
    expect(bounded.list).toHaveLength(5);
    expect(bounded.count).toBeGreaterThan(changed.length);
  });

  test('names cells that are no elements of the field, tables that are not there, and columns that are too few', () => {
    const [first] = shards as [KeptShard];
    const columns = first.columns.map(kept).filter(({ name }) => name !== 'Range');
    columns.find(({ name }) => name === 'Add')!.data[0] = 0x7f000001;
    const addi = columns.findIndex(({ name }) => name === 'Addi');
    columns[addi] = { ...columns[addi]!, width: 29 };
    const lines = failuresOf({ ...first, columns }, 1e4).list.map(failureLine);
    expect(lines).toContainEqual(
      expect.stringContaining('a cell is an element of the field [state.clk_high]: got 2130706433'),
    );
    expect(lines).toContainEqual('shard 0, chip Range: the shard has the table');
    expect(lines).toContainEqual('shard 0, chip Addi: the chip has 30 columns: got 29');
  });

  test('notices every public value but the nonce', () => {
    // Where something is committed to, rows of SyscallInstrs hold it.
    for (const { publicValues } of shards.slice(0, 2)) {
      const free = unnoticed(publicValuesChip, { cells: publicValues });
      // What has no lookup, message or rule of its own is compared with the shards beside it.
      const chained = /^(proof_nonce|(prev_)?exit_code|is_execution_shard|commit_(deferred_)?syscall)/;
      expect(free.filter(name => !chained.test(name))).toEqual([]);
    }
  });

  test('names shards that are swapped or left out, and values that do not go on', () => {
    const [a, b, c, ...rest] = shards as [KeptShard, KeptShard, KeptShard, ...KeptShard[]];
    const swapped = chainOf([a, { ...c, index: 1 }, { ...b, index: 2 }, ...rest]).failures;
    expect(swapped.list[0]).toMatchObject({
      shard: 1,
      chip: 'PublicValues',
      columns: expect.arrayContaining(['pc_start[0]']),
    });
    expect(chainOf([a, c, ...rest]).isClosed).toBe(false);
    const dropped = chainOf([a, ...[c, ...rest].map((shard, i) => ({ ...shard, index: i + 1 }))]).failures;
    expect(dropped.list.map(({ rule }) => rule)).toContainEqual(expect.stringContaining('adds up to nothing'));
    const late = chainOf([a, withValues(b, 'prev_commit_syscall', 1), c, ...rest]).failures.list;
    expect(late).toEqual([expect.objectContaining({ shard: 1, columns: ['prev_commit_syscall'], values: [1] })]);
    const exit = chainOf([a, b, c, ...rest.slice(0, -1), withValues(rest.at(-1)!, 'prev_exit_code', 3)]).failures.list;
    expect(exit).toEqual([expect.objectContaining({ shard: shards.length - 1, columns: ['prev_exit_code'] })]);
  });

  test('finds a digest that its rows do not add up to, in the shard and over all', () => {
    const forged = withValues(shards[0]!, 'global_cumulative_sum[0]', 1);
    expect(failuresOf(forged).list.map(({ chip }) => chip)).toContain('PublicValues');
    const { list } = chainOf([forged, ...shards.slice(1)]).failures;
    expect(list.map(({ rule }) => rule)).toEqual([expect.stringContaining('adds up to nothing')]);
  });
});
