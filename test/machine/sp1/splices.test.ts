import { describe, expect, test } from 'vitest';
import { AREA } from '../../../codegen/chips/sp1/area.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { CALL_SHAPES, CHIP_NAMES } from '../../../src/machine/sp1/records/chips.ts';
import { callsPerShard, checkThresholds, memoryEventsPerShard } from '../../../src/machine/sp1/records/cut/shape.ts';
import { elfOf, expectShardsOf, SHARD_RUNS, type ShardRun, spliceRun } from './shard-runs.ts';

/** The others are in splices.slow.test.ts. */
const RUNS = SHARD_RUNS.filter(({ cycles }) => cycles < 3e5);
const named = (runs: readonly ShardRun[]): [string, ShardRun][] => runs.map(run => [run.name, run]);

describe('the shards of a run', () => {
  test.each(named(RUNS))('are cut where SP1 cuts them and have its rows: %s', (_name, run) => {
    expectShardsOf(run, true);
  });

  test.each(
    named(RUNS.filter(({ name }) => ['precompiles-chunks', 'echo-chunks', 'unconstrained-99-chunks'].includes(name))),
  )('are cut alike whichever engine wrote the chunks: %s', (_name, run) => {
    for (const engine of ['js', 'interpreter'] as const) {
      expect(spliceRun(run, engine).splices.map(s => s.slice(0, 5))).toEqual(run.splices.map(s => s.slice(0, 5)));
    }
  });

  test('are split by the thresholds that SP1 derives', () => {
    const elfs = new Map(
      SHARD_RUNS.map(run => [run.elf, loadGuest(elfOf(run), run.elf, 'sp1').program.text.length / 4]),
    );
    for (const run of SHARD_RUNS) {
      const instructions = elfs.get(run.elf)!;
      const thresholds = { elements: run.elementThreshold, height: run.heightThreshold };
      expect(memoryEventsPerShard(thresholds, instructions)).toBe(run.split.memory);
      for (const shape of CALL_SHAPES.values()) {
        expect([shape.name, callsPerShard(shape, thresholds, instructions)]).toEqual([
          shape.name,
          run.split.syscall[shape.name],
        ]);
      }
      expect(() => checkThresholds(thresholds, instructions)).not.toThrow();
    }
  });

  test('cannot be asked for with thresholds that SP1 cannot trace with', () => {
    const least = 32 * 76_795 + 1024 * 17 + 1_245_184;
    const check = (elements: number, height: number) => () => checkThresholds({ elements, height }, 1021);
    expect(check(least, 4640)).not.toThrow();
    expect(check(least - 1, 4640)).toThrow(`--element-threshold: expected at least ${least}`);
    expect(check(least, 4639)).toThrow('--height-threshold: expected at least 4640');
    expect(check(Number.NaN, 4640)).toThrow('--element-threshold');
  });

  test('have chips of known width', () => {
    expect(CHIP_NAMES.filter(name => !(AREA[name] > 0))).toEqual([]);
  });
});
