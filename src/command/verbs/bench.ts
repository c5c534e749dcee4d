// `jit-exec bench`: the engines on one program, in turns, so that a slow moment of the host meets all of them.

import { JitExecError } from '../../../runtime/errors.ts';
import { canGenerate } from '../../engine/interpreters.ts';
import { exitJson, provenanceOf } from '../../result.ts';
import { type ExecuteOptions, executeChecked, type RunData } from '../../verbs/execute.ts';
import { VERSION } from '../../version.ts';
import type { Arguments } from '../command.ts';
import { readBytes, readInputs } from '../input.ts';
import { median } from '../median.ts';
import { complain, jsonLine, writeAll } from '../output.ts';
import { sha256 } from '../sha256.ts';
import { statusOf } from '../status.ts';
import { registerWrittenInterpreters } from '../threads/guest/host-interpreters.ts';
import { guestArguments } from './run/run.ts';
import { exitLine } from './run/run-report.ts';

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

export async function bench(args: Arguments): Promise<number> {
  await registerWrittenInterpreters();
  const bytes = readBytes(args.program);
  const rounds = args.rounds as number;
  if (rounds < MIN_ROUNDS) throw new JitExecError('USAGE', `--rounds: expected at least ${MIN_ROUNDS}, got ${rounds}`);
  const maxCycles = args['max-cycles'] as number | undefined;
  const options: ExecuteOptions = {
    machine: args.machine as NonNullable<ExecuteOptions['machine']>,
    args: guestArguments(args),
    inputs: readInputs(args.argv, args),
    ...(maxCycles === undefined ? {} : { maxCycles }),
    stdin: () => new Uint8Array(),
    stdout: () => {},
    stderr: () => {},
  };
  const seconds = new Map<Engine, number[]>(ENGINES.map(engine => [engine, []]));
  const skipped = new Set<Engine>();
  const leaveOut = (engine: Engine, why: string): void => {
    complain(`bench: ${engine} is left out, ${why}`);
    skipped.add(engine);
    seconds.delete(engine);
  };
  let first: RunData | undefined;
  if (!canGenerate()) leaveOut('js', 'the host forbids generated code');
  for (let round = 0; round < rounds; round++) {
    for (const engine of ENGINES.filter(engine => !skipped.has(engine))) {
      const result = executeChecked(bytes, { ...options, engine, name: args.program });
      if (result.engine !== engine) {
        leaveOut(engine, `${result.engine} ran instead`);
        continue;
      }
      seconds.get(engine)!.push(result.seconds);
      first ??= result;
      checkAgreement(first, result);
    }
  }
  const { exit, instructions, machine, symbol, stderrTail } = first!;
  const reported = exitJson(exit, symbol);
  const line = exitLine(exit, reported, instructions);
  const isBudget = exit.kind === 'limit' && maxCycles !== undefined;
  if (line !== undefined && !isBudget) {
    // Without it nobody would know why: what the guests write is dropped.
    if (stderrTail !== '') complain(`the guest's last words:\n${stderrTail.trimEnd()}`);
    complain(line);
    if (exit.kind !== 'halted') return statusOf(exit);
  }
  const measurements = summarise(seconds, instructions);
  const json = {
    schema: 1,
    version: VERSION,
    ...provenanceOf({ program: bytes, inputs: options.inputs ?? [] }, sha256),
    machine,
    exit: reported,
    instructions,
    rounds,
    engines: measurements,
  };
  writeAll(1, args.json ? jsonLine(json) : table(measurements, instructions, rounds));
  return isBudget ? 0 : statusOf(exit);
}

/** Engines that disagree are our bug, and their times mean nothing. */
function checkAgreement(expected: RunData, got: RunData): void {
  const same = expected.instructions === got.instructions && expected.exit.kind === got.exit.kind;
  if (same && expected.exit.pc === got.exit.pc) return;
  const text = ({ engine, exit, instructions }: RunData): string =>
    `${engine}: ${exit.kind} at 0x${exit.pc.toString(16)} after ${instructions} instructions`;
  throw new Error(`engines disagree: ${text(expected)}; ${text(got)}`);
}

function summarise(seconds: ReadonlyMap<Engine, readonly number[]>, instructions: number): readonly Measurement[] {
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
