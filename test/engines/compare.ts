// Runs a generated program on an engine and on the oracle, and says where they differ.

import { parseElf } from '../../codegen/elf/elf.ts';
import { isa } from '../../codegen/isa/index.ts';
import { loadProgram, type Program } from '../../codegen/program/program.ts';
import { ENTRY_BYTES } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import { TraceChunk } from '../../runtime/trace/chunk.ts';
import { CHUNK_HEADER_BYTES } from '../../runtime/trace/chunk-layout.ts';
import type { ExecutorOptions } from '../../src/engine/execution.ts';
import { Executor } from '../../src/engine/executor.ts';
import { MeteredRun } from '../../src/engine/metering.ts';
import { type Observation, type TracingOptions, tracing } from '../../src/engine/observation.ts';
import { loadGuest, makeMachine } from '../../src/machine/guest.ts';
import { Replayer } from '../../src/machine/sp1/replay/replay.ts';
import { profiling } from '../../src/profile/profiler.ts';
import { buildElf } from '../codegen/elf/elf-builder.ts';
import { listing } from './assembler.ts';
import { MeteredReader } from './metered-reader.ts';
import type { OracleRun } from './oracle.ts';
import type { OracleChunk } from './oracle-trace.ts';
import type { Built } from './random-program.ts';
import { MOST_POOL_BYTES, TestMachine } from './test-machine.ts';

export interface RunOptions {
  readonly engine: ExecutorOptions['engine'];
  readonly budget: number;
  readonly hot: number;
  /** Traced where given: entries that end a chunk. */
  readonly threshold?: number | undefined;
  /** Metered where given: instructions after which a period ends. */
  readonly period?: number | undefined;
  /** Its calls are followed where true, by instructions, or by weight in a metered run. */
  readonly follows?: 'instructions' | 'weight' | undefined;
}

export interface Prepared {
  readonly executor: Executor;
  /** What it has published so far. */
  readonly chunks: readonly Uint8Array[];
  /** Of a metered run. */
  readonly metered?: MeteredReader | undefined;
}

export type Differ = (what: string, got: unknown, want: unknown) => void;

/** The executable of a generated program; on the machine `test` its data comes from elsewhere. */
function elfOf({ setup, text, functionStarts }: Built): Uint8Array {
  const { xlen, compressed } = isa(setup.isa);
  const { textBase, dataBase } = setup.layout;
  return buildElf({
    xlen,
    entry: textBase,
    flags: compressed ? 1 : 0,
    segments: [
      { address: textBase, bytes: text, flags: 5 },
      ...(setup.machine === 'sp1' ? [{ address: dataBase, bytes: setup.data, flags: 6 }] : []),
    ],
    symbols: functionStarts.map((address, i) => ({ name: `f${i + 1}`, address })),
  });
}

/** Who follows the calls of a program; loads weigh 1, others 3. */
function following(program: Program, by: 'instructions' | 'weight'): Observation {
  if (by === 'instructions') return profiling({ program });
  return profiling({
    program,
    weightOf: (slot, text) => (text.instructionAt(slot)?.row.effect.kind === 'load' ? 1 : 3),
    mostWeight: 3,
  });
}

export function prepare(built: Built, { engine, budget, hot, threshold, period, follows }: RunOptions): Prepared {
  const { setup, text } = built;
  const chunks: Uint8Array[] = [];
  const sink: TracingOptions['sink'] = ({ buffer, offset }) => ({
    acquire: () => offset,
    publish: (at, entries) =>
      void chunks.push(new Uint8Array(buffer, at, CHUNK_HEADER_BYTES['6.4'] + ENTRY_BYTES * entries).slice()),
  });
  const metered = new MeteredReader(setup, period ?? 1);
  const options: ExecutorOptions = {
    engine,
    maxCycles: budget,
    hot,
    observe:
      period !== undefined
        ? metered.observation
        : threshold === undefined
          ? undefined
          : tracing({ threshold, slots: 1, sink }),
  };
  if (setup.machine === 'sp1') {
    const guest = loadGuest(elfOf(built), 'generated.elf', 'sp1', { lenient: true });
    const machine = makeMachine(guest, { inputs: setup.inputs });
    return { executor: new Executor(guest.program, machine, options), chunks, metered };
  }
  const program = loadProgram(parseElf(elfOf(built), 'generated.elf'), isa(setup.isa));
  const observed = follows === undefined ? {} : { observe: following(program, follows) };
  return {
    executor: new Executor(program, new TestMachine(setup, text), { ...options, ...observed }),
    chunks,
    metered,
  };
}

/** What differs between the engine's end state and chunks and the oracle's; empty where nothing does. */
export function differences(built: Built, { executor, chunks, metered }: Prepared, oracle: OracleRun): string[] {
  const found: string[] = [];
  const ended = executor.run();
  // The oracle has memory without end; a run that used up what the machine has ends before.
  if (ended.kind === 'limit' && ended.limit === 'memory' && executor.memory.poolBytes >= MOST_POOL_BYTES) return [];
  // The oracle knows no names of instructions that are refused.
  const isRefusal = ended.kind === 'unsupported' && oracle.exit.kind !== 'unsupported';
  const exit = isRefusal ? { kind: 'fault', cause: 'illegal-instruction', pc: ended.pc } : ended;
  const differ: Differ = (what, got, want) => {
    if (got !== want) found.push(`${what}: got ${got}, the oracle has ${want}`);
  };
  // Where a jump came from is told besides, and no part of the fault.
  const told = 'cause' in exit && exit.cause.startsWith('fetch-') ? { ...exit, detail: undefined } : exit;
  differ('exit', words(told), words(oracle.exit));
  differ('instructions', executor.instructions, oracle.instructions);
  const { xlen, registers, memory } = oracle.state;
  for (let r = 0; r < 32; r++) {
    const got = BigInt.asUintN(xlen, executor.memory.readRegister(r));
    differ(`x${r}`, got.toString(16), registers[r]!.toString(16));
  }
  compareMemory(executor.memory, memory, differ);
  if (executor.observer instanceof MeteredRun) metered!.compare(executor.observer, oracle, differ);
  else if (executor.observer !== undefined) compareChunks(chunks, oracle.chunks!, differ);
  if (found.length > 0) found.push(listing(built.setup.isa, built.setup.layout.textBase, built.text));
  return found;
}

const words = (exit: object): string =>
  Object.entries(exit)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${typeof value === 'bigint' ? value.toString(16) : value}`)
    .sort()
    .join(', ');

function compareMemory(guest: GuestMemory, memory: ReadonlyMap<bigint, number>, differ: Differ): void {
  let nonzero = 0;
  for (const [address, byte] of memory) {
    if (byte !== 0) nonzero++;
    const got = guest.readBytes(Number(address), 1)?.[0];
    if (got !== byte) differ(`byte at ${address.toString(16)}`, got, byte);
  }
  // Every byte the oracle has is there, so as many nonzero bytes mean that there are no others.
  if (guest.i32.length > MAX_SCANNED_WORDS) return;
  let found = 0;
  for (let i = 0; i < guest.i32.length; i++) {
    const word = guest.i32[i]!;
    if (word === 0) continue;
    for (let shift = 0; shift < 32; shift += 8) if (((word >>> shift) & 255) !== 0) found++;
  }
  differ('nonzero bytes in memory', found, nonzero);
}

/** SP1's windows are larger: to look at all of them would make them resident. */
const MAX_SCANNED_WORDS = 2 ** 20;

function compareChunks(chunks: readonly Uint8Array[], expected: readonly OracleChunk[], differ: Differ): void {
  differ('chunks', chunks.length, expected.length);
  for (let i = 0; i < Math.min(chunks.length, expected.length); i++) {
    const [got, want] = [chunks[i]!, expected[i]!.raw];
    if (Buffer.compare(got, want) === 0) continue;
    const at = got.findIndex((byte, k) => byte !== want[k]);
    const word = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(at & -8, (at & -8) + 8)).toString('hex');
    differ(`bytes of chunk ${i}`, got.length, want.length);
    differ(`chunk ${i} from byte ${at & -8} on`, word(got), word(want));
    return;
  }
}

/** What differs between the oracle's states at the ends of chunks and what a replay of its chunks reaches. */
export function replayDifferences(built: Built, { chunks, exit, endsAtEntry }: OracleRun): string[] {
  const guest = loadGuest(elfOf(built), 'generated.elf', 'sp1', { lenient: true });
  const replayers = (['run', 'chunk'] as const).map(history => new Replayer(guest, { history }));
  const found: string[] = [];
  for (const [i, chunk] of chunks!.entries()) {
    const isLast = i === chunks!.length - 1;
    const stopped = isLast && exit.kind !== 'halted';
    for (const replayer of replayers) {
      const outcome = replayer.replay(TraceChunk.fromRaw(chunk.raw), { stopped });
      if (outcome.kind === 'diverges') {
        return [`chunk ${i}: ${Object.entries(outcome.divergence).join(' ')}`];
      }
      if (stopped && endsAtEntry) continue;
      const { registers, pc, clk } = outcome.end;
      const got = [...registers, isLast ? 0 : pc, clk].join(' ');
      const want = [...chunk.registers, isLast ? 0 : chunk.pc, chunk.clk].join(' ');
      if (got !== want) found.push(`end of chunk ${i}: replay has ${got}, the oracle ${want}`);
    }
  }
  return found;
}
