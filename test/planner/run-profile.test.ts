// Profiles of runs against SP1's splicer, which counts the rows of each shard by itself.

import { describe, expect, it } from 'vitest';
import { JitExecError } from '../../runtime/errors.ts';
import { TraceChunk } from '../../runtime/trace/chunk.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../../src/machine/sp1/records/cut/shape.ts';
import type { Splice } from '../../src/machine/sp1/records/cut/splice.ts';
import { Splicer } from '../../src/machine/sp1/records/cut/splicer.ts';
import { planRun, type RunPlan, type RunPlanOptions, resplitShard } from '../../src/planner/run/plan-run.ts';
import type { RunProfile } from '../../src/planner/run/run-profile.ts';
import { mergeRunProfiles, readRunProfile, writeRunProfile } from '../../src/planner/run/run-profile-file.ts';
import { cost } from '../../src/verbs/cost.ts';
import { profileRun } from '../../src/verbs/profile-run.ts';
import { trace } from '../../src/verbs/trace.ts';
import { guestBytes, inputBytes } from '../machine/sp1/guest-runs.ts';
import { lcg } from './lcg.ts';

const LIMITS = { elementThreshold: DEFAULT_ELEMENT_THRESHOLD, heightThreshold: DEFAULT_HEIGHT_THRESHOLD };
const CALIBRATION = {
  source: 'test',
  baseBytes: 1000,
  bytesPerCell: 8,
  workerBytes: 1,
  bytesPerEntry: 16,
  usable: 1,
  secondsPerCell: 1e-9,
};

interface Run {
  readonly guest: string;
  readonly inputs: readonly string[];
  readonly chunkEntries: number;
  readonly slice: number;
}

const RUNS: readonly Run[] = [
  { guest: 'fibonacci', inputs: ['u64:300'], chunkEntries: 2 ** 24, slice: 97 },
  { guest: 'fibonacci', inputs: ['u64:5'], chunkEntries: 50, slice: 1 },
  { guest: 'accesses', inputs: [], chunkEntries: 200_000, slice: 20_000 },
  { guest: 'precompiles', inputs: [], chunkEntries: 2 ** 24, slice: 700 },
  { guest: 'echo', inputs: ['u64:7', 'zeros:200'], chunkEntries: 64, slice: 31 },
  { guest: 'hints', inputs: ['u64:7', 'zeros:100'], chunkEntries: 2 ** 24, slice: 40 },
];

function profiled({ guest, inputs, chunkEntries, slice }: Run): RunProfile {
  return profileRun(guestBytes(guest), { inputs: inputs.map(text => inputBytes(text)), chunkEntries, slice }).profile;
}

function splicesOf({ guest, inputs, chunkEntries }: Run, cuts: readonly number[]): Splice[] {
  const bytes = guestBytes(guest);
  const thresholds = { elements: DEFAULT_ELEMENT_THRESHOLD, height: DEFAULT_HEIGHT_THRESHOLD, cuts };
  const splicer = new Splicer(loadGuest(bytes, guest, 'sp1').program, thresholds);
  const splices: Splice[] = [];
  trace(bytes, {
    inputs: inputs.map(text => inputBytes(text)),
    chunkEntries,
    onChunk: ({ raw }) => splices.push(...splicer.splice(TraceChunk.copyFromBytes(raw)).splices),
  });
  return splices;
}

const planOf = (profile: RunProfile, options: Partial<RunPlanOptions> = {}): RunPlan =>
  planRun(profile, profile.runs[0]!, { ...LIMITS, ...options }, CALIBRATION);

/** Rows that do not depend on which registers the last shard accessed, or on epochs. */
const rowsOf = (rows: Iterable<readonly [string, number]>): Record<string, number> =>
  Object.fromEntries(
    [...rows].filter(([name, count]) => count > 0 && !['Program', 'Byte', 'Range', 'MemoryBump'].includes(name)),
  );

describe.each(RUNS.map(run => [`${run.guest}, slices of ${run.slice}`, run] as const))('a profile of %s', (_, run) => {
  const profile = profiled(run);
  const { slices, instructions } = profile.runs[0]!;

  it('has the rows of shards that the splicer cuts where a plan says', () => {
    const draw = lcg(run.slice);
    const some = slices.map(({ instructions: own }) => own);
    const most = Math.max(...some);
    for (const cycles of [instructions, Math.ceil(instructions / 2), Math.max(most, draw() % instructions)]) {
      const { shards } = planOf(profile, { cycles });
      const splices = splicesOf(
        run,
        shards.map(({ clkStart }) => clkStart),
      );
      expect(splices.map(({ clkStart, clkEnd, pcStart, instructions: n }) => [clkStart, clkEnd, pcStart, n])).toEqual(
        shards.map(({ clkStart, clkEnd, pcStart, start, end }) => [clkStart, clkEnd, pcStart, end - start]),
      );
      for (const [i, { rows }] of splices.slice(0, -1).entries()) {
        const planned = shards[i]!.chips.map(({ name, realRows }) => [name, realRows] as const);
        expect(rowsOf(planned)).toEqual(rowsOf(rows));
      }
    }
  });

  it('has the shards of calls and memory that the run has', () => {
    const { cost: costs } = cost(guestBytes(run.guest), {
      inputs: run.inputs.map(text => inputBytes(text)),
      chunkEntries: Math.min(run.chunkEntries, 60),
    });
    const rows = (chips: readonly { readonly name: string; readonly realRows: number }[]): unknown =>
      chips.map(({ name, realRows }) => [name, realRows]);
    const expected = costs.shards.filter(({ kind }) => kind !== 'core').map(({ kind, chips }) => [kind, rows(chips)]);
    expect(planOf(profile).others.map(({ kind, chips }) => [kind, rows(chips)])).toEqual(expected);
  });

  it('is the same after a file, and no other bytes are one', () => {
    const bytes = writeRunProfile(profile);
    expect(Buffer.compare(writeRunProfile(readRunProfile(bytes)), bytes)).toBe(0);
    const draw = lcg(99);
    for (let round = 0; round < 20; round++) {
      const changed = bytes.slice(0, draw() % 2 === 0 ? bytes.length : draw() % bytes.length);
      if (changed.length === bytes.length) changed[draw() % bytes.length]! ^= 1 + (draw() % 255);
      expect(() => readRunProfile(changed)).toThrow(JitExecError);
    }
  });
});

describe('shards of calls and memory', () => {
  const run = { guest: 'echo', inputs: ['u64:7', 'zeros:40000'], chunkEntries: 2 ** 24, slice: 5000 };
  const limits = { elements: 30_000_000, height: 4640 };
  const inputs = run.inputs.map(text => inputBytes(text));
  const { profile } = profileRun(guestBytes(run.guest), { ...run, inputs, limits });

  it('are those of other limits where a profile is made for them', () => {
    const { cost: costs } = cost(guestBytes(run.guest), {
      inputs,
      chunkEntries: run.chunkEntries,
      elementThreshold: limits.elements,
      heightThreshold: limits.height,
    });
    const expected = costs.shards.filter(({ kind }) => kind !== 'core').map(({ kind, cells }) => [kind, cells]);
    const given = { elementThreshold: limits.elements, heightThreshold: limits.height, cycles: 10_000 };
    const { others } = planOf(readRunProfile(writeRunProfile(profile)), given);
    expect(others.map(({ kind, cells }) => [kind, cells])).toEqual(expected);
    expect(others.length).toBeGreaterThan(profiled(run).runs[0]!.others.length);
  });

  it('are not planned by limits that they were not counted with', () => {
    expect(() => planOf(profile, { cycles: 1000 })).toThrow('--element-threshold 30000000 --height-threshold 4640');
  });
});

describe('a plan of a run', () => {
  const profile = profiled(RUNS[0]!);
  const run = profile.runs[0]!;

  it('comes to the run, whatever it is cut by', () => {
    for (const shards of [1, 2, 5, 17]) {
      const plan = planOf(profile, { shards });
      expect(plan.shards.length).toBe(shards);
      expect(plan.shards.reduce((all, { start, end }) => all + end - start, 0)).toBe(run.instructions);
      expect(plan.shards.at(-1)!.clkEnd).toBe(run.clk);
    }
  });

  it('has no more cells a shard than memory has room for, and as few shards as that allows', () => {
    const whole = planOf(profile).shards[0]!;
    const ram = whole.peakBytes - 1;
    const { shards } = planOf(profile, { ram });
    expect(shards.length).toBe(2);
    expect(Math.max(...shards.map(({ peakBytes }) => peakBytes))).toBeLessThanOrEqual(ram);
    expect(planOf(profile, { ram: whole.peakBytes }).shards.length).toBe(1);
  });

  it('refuses a budget below what is there at least, or below one slice', () => {
    expect(() => planOf(profile, { ram: 0 })).toThrow('plan: of 0 MiB of memory 0 MiB may be planned with');
    expect(() => planOf(profile, { area: 0 })).toThrow('a shard of 0 cells');
    expect(() => planOf(profile, { cycles: 0 })).toThrow('a shard of 0 cycles');
    expect(() => planOf(profile, { cycles: 96 })).toThrow(/^plan: 97 instructions at pc 0x[\da-f]+ \(clk 1\) need 97/);
    expect(() => planOf(profile, { shards: 1000 })).toThrow('expected 1 to');
  });

  it('cuts one shard anew and leaves the others', () => {
    const { cuts } = planOf(profile, { shards: 4 });
    const options = { ...LIMITS, cycles: 200 };
    const finer = resplitShard(profile, run, cuts, 1, options, CALIBRATION);
    expect(finer.length).toBeGreaterThan(cuts.length);
    expect(finer.filter(cut => cut <= cuts[1]! || cut >= cuts[2]!)).toEqual(cuts);
  });
});

describe('profiles of one program', () => {
  const [first, second] = ['u64:10', 'u64:20'].map(input => profiled({ ...RUNS[0]!, inputs: [input] })) as [
    RunProfile,
    RunProfile,
  ];

  it('are merged, each run once', () => {
    const merged = mergeRunProfiles([first, second, first]);
    expect(merged.runs).toEqual([first.runs[0], second.runs[0]]);
    expect(readRunProfile(writeRunProfile(merged))).toEqual(merged);
  });

  it('are not merged with those of another, or cut otherwise', () => {
    expect(() => mergeRunProfiles([first, profiled(RUNS[1]!)])).toThrow('expected one program');
    expect(() => mergeRunProfiles([first, profiled({ ...RUNS[0]!, slice: 98 })])).toThrow('expected one program');
  });

  it('have the tape of what was read in common', () => {
    const tapes = (inputs: string[]): string[] =>
      profiled({ ...RUNS[4]!, inputs }).runs[0]!.slices.map(({ tape }) => Buffer.from(tape).toString('hex'));
    const [one, other] = [tapes(['u64:7', 'zeros:200']), tapes(['u64:7', 'zeros:208'])];
    const differs = one.findIndex((tape, i) => tape !== other[i]);
    expect(differs).toBeGreaterThan(0);
    expect(new Set(one.slice(0, differs)).size).toBeGreaterThan(0);
  });
});
