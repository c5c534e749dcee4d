// Every guest with an expected.json, as QEMU user mode ran it: examples/guests/README.md, "Rebuilding".

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { execute, type RunResult } from '../../src/verbs/execute.ts';
import { IS_DEEP, sampled } from '../depth.ts';
import { RUNNERS, type Runner } from './engines.ts';

interface Run {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly stdoutBytes: number;
  readonly stdoutSha256: string;
  readonly exit?: number;
  readonly instructions?: number;
  readonly signal?: string;
  readonly endless?: boolean;
}

interface Guest {
  readonly elfSha256: string;
  readonly runs: readonly Run[];
}

/** Longer runs are for benchmarks. */
const MOST_INSTRUCTIONS = 12e6;
/** Runs of the slower engines that `npm test` has. */
const MOST_OF_SAMPLE = 4e6;
const ENDLESS_CYCLES = 3e6;

/** What a signal of QEMU's may be here. */
const CAUSES_OF_SIGNAL: Readonly<Record<string, readonly string[]>> = {
  SIGSEGV: ['load-address', 'store-address', 'fetch-address', 'store-to-text'],
  SIGILL: ['illegal-instruction'],
  SIGTRAP: ['breakpoint'],
};

/**
 * Runs of `faults` that end otherwise than in QEMU, with the reason. On `bare` all of the space (RV32) or its low
 * 4 GiB (RV64) is memory, except the first 4 KiB, and only text is protected.
 */
const DIFFERENT: Readonly<Record<string, { readonly ends: 'survives' | 'fetch-address'; readonly because: string }>> = {
  'faults.rv32 wild-load': { ends: 'survives', because: 'untouched memory reads 0' },
  'faults.rv32 wild-store': { ends: 'survives', because: 'untouched memory can be written' },
  'faults.rv32 bad-pointer': { ends: 'survives', because: 'write reads untouched memory' },
  'faults.rv32 store-to-rodata': { ends: 'survives', because: 'only text is protected' },
  'faults.rv64 store-to-rodata': { ends: 'survives', because: 'only text is protected' },
  'faults.rv32 run-data': { ends: 'fetch-address', because: 'data is no text' },
  'faults.rv64 run-data': { ends: 'fetch-address', because: 'data is no text' },
};

function load(folder: string): [string, Guest][] {
  const text = readFileSync(new URL(`../../${folder}/expected.json`, import.meta.url), 'utf8');
  const guests = Object.entries(JSON.parse(text) as Record<string, Guest>);
  return guests.filter(([name]) => !name.endsWith('.sp1'));
}

interface Outcome extends RunResult {
  readonly stdoutSha256: string;
}

function runGuest(folder: string, name: string, run: Run, { engine, hot }: Runner): Outcome {
  const bytes = readFileSync(new URL(`../../${folder}/bin/${name}.elf`, import.meta.url));
  const hash = createHash('sha256');
  let input = Buffer.from(run.stdin);
  const result = execute(bytes, {
    name: `${name}.elf`,
    machine: 'bare',
    engine,
    ...(hot === undefined ? {} : { hot }),
    args: run.args,
    ...(run.endless ? { maxCycles: ENDLESS_CYCLES } : {}),
    stdin: max => {
      const piece = input.subarray(0, max);
      input = input.subarray(piece.length);
      return piece;
    },
    stdout: piece => void hash.update(piece),
  });
  return { ...result, stdoutSha256: hash.digest('hex') };
}

describe.each(RUNNERS)('engine $name', runner => {
  describe.each(['examples/guests', 'bench/guests'])('on %s', folder => {
    for (const [name, { runs }] of load(folder)) {
      // What else differs between engines, generated programs find.
      for (const run of sampled(runs, runner.engine === 'js' || runner.hot !== undefined ? 3 : 1)) {
        const most = IS_DEEP || runner.engine === 'wasm' ? MOST_INSTRUCTIONS : MOST_OF_SAMPLE;
        if ((run.instructions ?? 0) > most) continue;
        // Touches a GiB of stack, seconds each; what differs is how compiled code nests.
        const leavesOut =
          runner.engine === 'interpreter' || runner.hot !== undefined || (!IS_DEEP && runner.engine === 'wasm');
        if (run.args[0] === 'stack-overflow' && leavesOut) continue;
        const title = [name, ...run.args].join(' ');
        it(`runs ${title} as QEMU does`, () => check(folder, name, title, run, runner));
      }
    }
  });
});

function check(folder: string, name: string, title: string, run: Run, runner: Runner): void {
  const { exit, instructions, stdoutSha256, engine: used } = runGuest(folder, name, run, runner);
  expect(used).toBe(runner.engine);
  const different = DIFFERENT[title];
  if (different?.ends === 'survives') {
    expect(exit.kind, different.because).toBe('halted');
    return;
  }
  expect(stdoutSha256).toBe(run.stdoutSha256);
  if (run.endless) {
    expect([exit.kind, instructions]).toEqual(['limit', ENDLESS_CYCLES]);
  } else if (run.signal !== undefined) {
    const causes = different === undefined ? CAUSES_OF_SIGNAL[run.signal]! : [different.ends];
    expect(causes).toContain(exit.kind === 'fault' ? exit.cause : exit.kind);
  } else {
    // A process status is the low 8 bits of what the guest gave to exit.
    expect(exit.kind === 'halted' ? exit.code & 255 : exit).toBe(run.exit);
    expect(instructions).toBe(run.instructions);
  }
}
