// npm run bench:openvm [-- guest …]: instructions a second of OpenVM's guests in pure, metered and recorded runs; the least processor
// time of several rounds, interleaved in one process, beside what OpenVM 1.4.0 itself does on such a machine.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadGuest } from '../src/machine/guest.ts';
import { heightsById } from '../src/machine/openvm/airs.ts';
import { Preflight } from '../src/machine/openvm/preflight/preflight.ts';
import { initialState } from '../src/machine/openvm/preflight/state.ts';
import { execute } from '../src/verbs/execute.ts';
import { type PlanResult, plan } from '../src/verbs/plan.ts';
import { ROOT } from './guests.ts';

const ROUNDS = 2;
/** Of a recorded run: enough that what is compiled runs long. */
const RECORDED = 100_000_000;
/** Instructions of a segment whose columns are made. */
const FILLED = 1_500_000;
/** The rows of upstream's own benchmarks. */
const LIMITS = { rows: 1_048_476 };
/** Million instructions a second of OpenVM 1.4.0, one thread, processor time: its slowest and its fastest of five guests. */
const UPSTREAM = { pure: [270, 370], metered: [145, 200], preflight: [10, 12] } as const;
type Mode = keyof typeof UPSTREAM;
const MODES = Object.keys(UPSTREAM) as readonly Mode[];

interface Run {
  readonly inputs: readonly string[];
  readonly stdout: string;
}

interface Guest {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly inputs: readonly Uint8Array[];
  readonly stdout: string;
}

function guests(wanted: readonly string[]): readonly Guest[] {
  const folder = join(ROOT, 'bench/openvm-guests');
  const expected: Record<string, { readonly runs: readonly Run[] }> = JSON.parse(
    readFileSync(join(folder, 'expected.json'), 'utf8'),
  );
  return Object.entries(expected)
    .filter(([name]) => wanted.length === 0 || wanted.includes(name.split('.')[0]!))
    .map(([name, { runs }]) => {
      const { inputs, stdout } = runs.at(-1)!;
      const bytes = readFileSync(join(folder, `bin/${name}.elf`));
      return { name, bytes, inputs: inputs.map(hex => new Uint8Array(Buffer.from(hex, 'hex'))), stdout };
    });
}

/** Million instructions a second of this process, the compiler's threads included. */
function speed(run: () => number): number {
  const before = process.cpuUsage();
  const instructions = run();
  const { user, system } = process.cpuUsage(before);
  return instructions / (user + system);
}

function pure({ name, bytes, inputs, stdout }: Guest): number {
  let printed = '';
  const { exit, instructions } = execute(bytes, {
    inputs,
    stdout: text => {
      printed += Buffer.from(text).toString('latin1');
    },
  });
  if (exit.kind !== 'halted' || printed !== stdout) throw new Error(`bench: ${name} printed ${printed}`);
  return instructions;
}

/** Everything that is recorded of the segments of a plan, which is dropped. */
function preflight({ name, bytes, inputs }: Guest, { segments }: PlanResult): number {
  const { program } = loadGuest(bytes, name, 'openvm');
  const state = initialState(program, { inputs, keyValues: [], stdout: () => undefined });
  const interpreter = new Preflight(program);
  let instructions = 0;
  for (const segment of segments) {
    const recorded = interpreter.run(state, segment.instructions, heightsById(segment.heights));
    if ('kind' in recorded) throw new Error(`bench: ${name} cannot be recorded: ${recorded.kind}`);
    instructions += recorded.instructions;
    recorded.arenas.release();
  }
  return instructions;
}

function measure(guest: Guest): Readonly<Record<Mode, number>> & { readonly instructions: number } {
  const best = { pure: 0, metered: 0, preflight: 0 };
  const { inputs, bytes } = guest;
  const cut = plan(bytes, { inputs, limits: LIMITS, maxCycles: RECORDED });
  let instructions = 0;
  for (let round = 0; round < ROUNDS; round++) {
    best.pure = Math.max(
      best.pure,
      speed(() => {
        instructions = pure(guest);
        return instructions;
      }),
    );
    best.metered = Math.max(
      best.metered,
      speed(() => plan(bytes, { inputs }).instructions),
    );
    best.preflight = Math.max(
      best.preflight,
      speed(() => preflight(guest, cut)),
    );
  }
  return { ...best, instructions };
}

/** The command makes the columns of segments, two threads in all; without digests of them, which take longer than they do. */
function tracedLine(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jit-exec-bench-'));
  const trace = ['trace', join(ROOT, 'bench/openvm-guests/bin/bcinterp.openvm.elf'), '--input-hex', '31', '-o', folder];
  // Any limit is passed by then.
  const cuts = ['--check-every', `${FILLED}`, '--max-rows', '1000', '--until', 'traces', '--digests-only'];
  try {
    const told = execFileSync(
      process.execPath,
      [join(ROOT, 'dist/cli/cli.js'), ...trace, ...cuts, '--workers', '1', '--json', '--quiet'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const { instructions, pipeline } = JSON.parse(told);
    const { fill, idle } = pipeline.seconds;
    const each = (seconds: number): string => ((seconds * FILLED) / instructions).toFixed(2);
    return `a segment of ${FILLED} instructions: ${each(fill)} s for its columns by one thread, which waits ${each(idle)} s for the guest's (asked: 1 s)`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const mean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

console.log(`million instructions a second of processor time

| guest | instructions | pure | metered | recorded | pure ÷ metered |
| --- | --- | --- | --- | --- | --- |`);
const all = guests(process.argv.slice(2)).map(guest => {
  const found = measure(guest);
  const speeds = MODES.map(mode => found[mode].toFixed(0));
  const ratio = (found.pure / found.metered).toFixed(2);
  console.log(`| ${[guest.name, found.instructions, ...speeds, ratio].join(' | ')} |`);
  return found;
});
const means = MODES.map(mode => mean(all.map(one => one[mode])));
const ratio = mean(all.map(one => one.pure / one.metered));
console.log(`| geometric mean |  | ${means.map(one => one.toFixed(0)).join(' | ')} | ${ratio.toFixed(2)} |`);
const shares = MODES.map((mode, i) => UPSTREAM[mode].map(one => (means[i]! / one).toFixed(1)).join('–'));
console.log(`| ÷ OpenVM 1.4.0 |  | ${shares.join(' | ')} |  |`);
console.log(`\n${tracedLine()}`);
