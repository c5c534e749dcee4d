// One guest, one runner, one fresh process: its time as its parent sees it, and whether it did the right thing.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Guest, ROOT } from './guests.ts';

export const ENGINES = ['interpreter', 'js', 'wasm'] as const;
export type Engine = (typeof ENGINES)[number];
export type Runner = Engine | 'qemu';
export const RUNNERS: readonly Runner[] = [...ENGINES, 'qemu'];

export interface Sample {
  /** Seconds from start to end of the process. */
  readonly wall: number;
  /** User and system seconds of all its threads; undefined where the shell cannot tell. */
  readonly cpu: number | undefined;
  /** Seconds that `execute` reports: without the start of Node, with translation. */
  readonly inside: number | undefined;
}

interface Finished {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly wall: number;
  readonly cpu: number | undefined;
}

export const CLI: string = join(ROOT, 'dist/cli/cli.js');

/** Runs a command to its end. The shell's `times` (POSIX) tells the processor time of its children. */
export function runProcess(command: readonly string[]): Finished {
  const isPosix = process.platform !== 'win32';
  const script = '"$@"; status=$?; times >&3; exit $status';
  const [file, ...args] = isPosix ? ['sh', '-c', script, 'sh', ...command] : command;
  const start = performance.now();
  const child = spawnSync(file!, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], maxBuffer: 2 ** 28 });
  const wall = (performance.now() - start) / 1000;
  if (child.error) throw child.error;
  const { status, stdout, stderr, output } = child;
  return { status, stdout, stderr, wall, cpu: isPosix ? childSeconds(String(output[3])) : undefined };
}

/** The second line of `times`: user and system time of the children, such as `0m1.250000s 0m0.030000s`. */
export function childSeconds(times: string): number | undefined {
  const parts = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.length === 2 ? parts.reduce((sum, [, m, s]) => sum + 60 * Number(m) + Number(s), 0) : undefined;
}

export function commandOf(guest: Guest, runner: Runner): readonly string[] {
  if (runner === 'qemu') return [`qemu-riscv${guest.xlen}`, guest.path, ...guest.args];
  return [process.execPath, CLI, 'run', '--json', '--quiet', '--engine', runner, guest.path, '--', ...guest.args];
}

/** Throws where the guest did something else than QEMU said when its expectations were recorded. */
export function measure(guest: Guest, runner: Runner): Sample {
  const { status, stdout, stderr, wall, cpu } = runProcess(commandOf(guest, runner));
  const refuse = (what: string): Error => new Error(`bench: ${runner} on ${guest.name}: ${what}\n${stderr}`);
  if (status !== guest.exit) throw refuse(`expected status ${guest.exit}, got ${status}`);
  const output = runner === 'qemu' ? stdout : stderr;
  if (createHash('sha256').update(output).digest('hex') !== guest.stdoutSha256) throw refuse('unexpected output');
  if (runner === 'qemu') return { wall, cpu, inside: undefined };
  const { engine, instructions, seconds } = JSON.parse(String(stdout));
  if (engine !== runner) throw refuse(`${engine} ran instead`);
  if (instructions !== guest.instructions)
    throw refuse(`expected ${guest.instructions} instructions, got ${instructions}`);
  return { wall, cpu, inside: seconds };
}

/** Which runners this machine and this build have. `guests` are short runs, of each XLEN that will be measured. */
export function availableRunners(guests: readonly Guest[]): readonly Runner[] {
  return RUNNERS.filter(runner =>
    guests.every(guest => {
      if (runner === 'qemu') return spawnSync(commandOf(guest, runner)[0]!, ['--version']).status === 0;
      const { status, stdout, stderr } = runProcess(commandOf(guest, runner));
      if (status !== guest.exit) throw new Error(`bench: ${runner} on ${guest.name} ended with ${status}\n${stderr}`);
      return JSON.parse(String(stdout)).engine === runner;
    }),
  );
}
