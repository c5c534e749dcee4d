// Runs a generated program on an engine and on the oracle, and says where they differ.

import { parseElf } from '../../codegen/elf.ts';
import { isa } from '../../codegen/isa/index.ts';
import { loadProgram } from '../../codegen/program.ts';
import type { GuestMemory } from '../../runtime/memory.ts';
import { Executor, type ExecutorOptions } from '../../src/executor.ts';
import { buildElf } from '../codegen/elf-builder.ts';
import { listing } from './assembler.ts';
import type { OracleRun } from './oracle.ts';
import type { Built } from './random-program.ts';
import { TestMachine } from './test-machine.ts';

export interface RunOptions {
  readonly engine: ExecutorOptions['engine'];
  readonly budget: number;
  readonly hot: number;
}

export function makeExecutor({ setup, text, functionStarts }: Built, { engine, budget, hot }: RunOptions): Executor {
  const { xlen, compressed } = isa(setup.isa);
  const { textBase } = setup.layout;
  const bytes = buildElf({
    xlen,
    entry: textBase,
    flags: compressed ? 1 : 0,
    segments: [{ address: textBase, bytes: text, flags: 5 }],
    symbols: functionStarts.map((address, i) => ({ name: `f${i + 1}`, address })),
  });
  const program = loadProgram(parseElf(bytes, 'generated.elf'), isa(setup.isa));
  return new Executor(program, new TestMachine(setup, text), { engine, maxCycles: budget, hot });
}

/** What differs between the engine's end state and the oracle's; empty where nothing does. */
export function differences(built: Built, executor: Executor, oracle: OracleRun): string[] {
  const found: string[] = [];
  const ended = executor.run();
  // The oracle knows no names of instructions that are refused.
  const isRefusal = ended.kind === 'unsupported';
  const exit = isRefusal ? { kind: 'fault', cause: 'illegal-instruction', pc: ended.pc } : ended;
  const differ = (what: string, got: unknown, want: unknown): void => {
    if (got !== want) found.push(`${what}: got ${got}, the oracle has ${want}`);
  };
  differ('exit', words(exit), words(oracle.exit));
  differ('instructions', executor.instructions, oracle.instructions);
  const { xlen, registers, memory } = oracle.state;
  for (let r = 0; r < 32; r++) {
    const got = BigInt.asUintN(xlen, executor.memory.readRegister(r));
    differ(`x${r}`, got.toString(16), registers[r]!.toString(16));
  }
  compareMemory(executor.memory, memory, differ);
  if (found.length > 0) found.push(listing(built.setup.isa, built.setup.layout.textBase, built.text));
  return found;
}

const words = (exit: object): string =>
  Object.entries(exit)
    .map(([key, value]) => `${key} ${typeof value === 'bigint' ? value.toString(16) : value}`)
    .sort()
    .join(', ');

function compareMemory(
  guest: GuestMemory,
  memory: ReadonlyMap<bigint, number>,
  differ: (what: string, got: unknown, want: unknown) => void,
): void {
  let nonzero = 0;
  for (const [address, byte] of memory) {
    if (byte === 0) continue;
    nonzero++;
    const got = guest.readBytes(Number(address), 1)?.[0];
    if (got !== byte) differ(`byte at ${address.toString(16)}`, got, byte);
  }
  for (const [address, byte] of memory) {
    if (byte === 0 && guest.readBytes(Number(address), 1)?.[0] !== 0)
      differ(`byte at ${address.toString(16)}`, 'some', 0);
  }
  // Every byte the oracle has is there, so as many nonzero bytes mean that there are no others.
  let found = 0;
  for (let i = 0; i < guest.i32.length; i++) {
    const word = guest.i32[i]!;
    if (word === 0) continue;
    for (let shift = 0; shift < 32; shift += 8) if (((word >>> shift) & 255) !== 0) found++;
  }
  differ('nonzero bytes in memory', found, nonzero);
}
