// `jit-exec bench`: the engines on one program, in turns, so that a slow moment of the host meets all of them.

import { JitExecError } from '../../../runtime/errors.ts';
import { type ExecuteOptions, execute, type RunResult } from '../../execute.ts';
import type { Arguments } from '../command.ts';
import { readBytes, readInputs } from '../input.ts';
import { complain, writeAll } from '../output.ts';
import { statusOf } from '../status.ts';
import { exitLine, reportExit } from './run-report.ts';

const ENGINES = ['interpreter', 'js', 'wasm'] as const;
type Engine = (typeof ENGINES)[number];
const MIN_ROUNDS = 3;

export interface Measurement {
  readonly engine: Engine;
  /** Median over the rounds. */
  readonly seconds: number;
  readonly mips: number;
  /** How many times faster than the interpreter. */
  readonly ratio: number;
}

export function bench(args: Arguments): number {
  const bytes = readBytes(args.program);
  const rounds = args.rounds as number;
  if (rounds < MIN_ROUNDS) throw new JitExecError('USAGE', `--rounds: expected at least ${MIN_ROUNDS}, got ${rounds}`);
  const maxCycles = args['max-cycles'] as number | undefined;
  const options: ExecuteOptions = {
    machine: args.machine as NonNullable<ExecuteOptions['machine']>,
    args: ((args['--'] ?? []) as readonly unknown[]).map(String),
    inputs: readInputs(args.argv, args),
    ...(maxCycles === undefined ? {} : { maxCycles }),
    stdin: () => new Uint8Array(),
    stdout: () => {},
    stderr: () => {},
  };
  const seconds = new Map<Engine, number[]>(ENGINES.map(engine => [engine, []]));
  const skipped = new Set<Engine>();
  let first: RunResult | undefined;
  for (let round = 0; round < rounds; round++) {
    for (const engine of ENGINES.filter(engine => !skipped.has(engine))) {
      const result = execute(bytes, { ...options, engine, name: args.program });
      if (result.engine !== engine) {
        complain(`bench: ${engine} is left out, ${result.engine} ran instead`);
        skipped.add(engine);
        seconds.delete(engine);
        continue;
      }
      seconds.get(engine)!.push(result.seconds);
      first ??= result;
      checkAgreement(first, result);
    }
  }
  const { exit, instructions, machine } = first!;
  const line = exitLine(exit, reportExit(exit, undefined), instructions);
  if (line !== undefined && !(exit.kind === 'limit' && maxCycles !== undefined)) {
    complain(line);
    return statusOf(exit);
  }
  const measurements = summarise(seconds, instructions);
  const json = { schema: 1, program: args.program, machine, instructions, rounds, engines: measurements };
  writeAll(1, args.json ? `${JSON.stringify(json)}\n` : table(measurements, instructions, rounds));
  return 0;
}

/** Engines that disagree are our bug, and their times mean nothing. */
function checkAgreement(expected: RunResult, got: RunResult): void {
  const same = expected.instructions === got.instructions && expected.exit.kind === got.exit.kind;
  if (same && expected.exit.pc === got.exit.pc) return;
  const text = ({ engine, exit, instructions }: RunResult): string =>
    `${engine}: ${exit.kind} at 0x${exit.pc.toString(16)} after ${instructions} instructions`;
  throw new Error(`engines disagree: ${text(expected)}; ${text(got)}`);
}

function summarise(seconds: ReadonlyMap<Engine, readonly number[]>, instructions: number): readonly Measurement[] {
  const median = (values: readonly number[]): number => {
    const sorted = values.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  };
  const base = median(seconds.get('interpreter') ?? []);
  return Array.from(seconds, ([engine, times]) => {
    const time = median(times);
    return { engine, seconds: time, mips: instructions / time / 1e6, ratio: base / time };
  });
}

function table(measurements: readonly Measurement[], instructions: number, rounds: number): string {
  const rows = measurements.map(({ engine, seconds, mips, ratio }) =>
    [
      engine.padEnd(12),
      seconds.toFixed(4).padStart(10),
      mips.toFixed(1).padStart(10),
      `${ratio.toFixed(2)}x`.padStart(9),
    ].join(''),
  );
  const head = `${'engine'.padEnd(12)}${'seconds'.padStart(10)}${'MIPS'.padStart(10)}${'ratio'.padStart(9)}`;
  return `${instructions} instructions, median of ${rounds} rounds\n${[head, ...rows].join('\n')}\n`;
}
