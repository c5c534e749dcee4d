// Whole programs by the BigInt evaluator, one instruction after another, with the faults of a guest machine.

import { type Instruction, makeDecoder } from '../../codegen/isa/decode.ts';
import { evaluate, type OracleState, oracleState, step } from '../../codegen/isa/evaluate.ts';
import { isa } from '../../codegen/isa/index.ts';
import type { Exit, FaultCause } from '../../runtime/exit.ts';
import { OracleHart, UndoableMemory } from './oracle-hart.ts';
import type { OracleChunk } from './oracle-trace.ts';
import { BOUNDS, type Setup } from './test-machine.ts';

export interface OracleRun {
  readonly state: OracleState;
  readonly exit: Exit;
  readonly instructions: number;
  /** How often the instruction at a pc was done, those of unconstrained execution left out. */
  readonly visits: ReadonlyMap<number, number>;
  /** Doublewords that loads and stores accessed, in order, each with the instructions done before; the same left out. */
  readonly accesses: readonly (readonly [address: number, instructions: number])[];
  /** Where they were asked for, all chunks of the run. */
  readonly chunks: readonly OracleChunk[] | undefined;
  /** Whether the last chunk has no entry since unconstrained execution was entered, so that it does not tell of its end. */
  readonly endsAtEntry: boolean;
}

/** Runs until the program ends or `budget` instructions are done; with chunks that `threshold` entries end if given. */
export function runOracle(setup: Setup, text: Uint8Array, budget: number, threshold?: number): OracleRun {
  const { layout, data, registers } = setup;
  const set = isa(setup.isa);
  const state = { ...oracleState(set.xlen, BigInt(layout.textBase)), memory: new UndoableMemory() };
  registers.forEach((value, r) => {
    if (r !== 0) state.registers[r] = BigInt.asUintN(set.xlen, value);
  });
  for (const [i, byte] of text.entries()) state.memory.set(BigInt(layout.textBase + i), byte);
  for (const [i, byte] of data.entries()) state.memory.set(BigInt(layout.dataBase + i), byte);
  const hart = new OracleHart(state, setup, threshold);
  const fetch = fetcher(setup, text);
  const visits = new Map<number, number>();
  let exit: Exit | undefined;
  while (exit === undefined) {
    const { instructions: before, isUnconstrained } = hart;
    const pc = Number(state.pc);
    exit = oneInstruction(hart, fetch, budget);
    if (hart.instructions > before && !isUnconstrained) visits.set(pc, (visits.get(pc) ?? 0) + 1);
    if (exit === undefined) hart.endFullChunk();
  }
  const { instructions, endsAtEntry, accesses } = hart;
  hart.endChunk();
  return { state, exit, instructions, visits, accesses, chunks: hart.trace?.chunks, endsAtEntry };
}

function oneInstruction(hart: OracleHart, fetch: Fetch, budget: number): Exit | undefined {
  const { state, setup } = hart;
  const { pc } = state;
  const fetched = fetch(pc);
  // A jump is done before its target turns out to be bad.
  if (typeof fetched === 'string' && fetched !== 'illegal-instruction') {
    return { kind: 'fault', cause: fetched, pc, address: pc };
  }
  if (hart.instructions === budget) return { kind: 'limit', limit: 'cycles', pc };
  if (typeof fetched === 'string') return { kind: 'fault', cause: fetched, pc };
  const address = accessAddress(fetched, state);
  if (address !== undefined) {
    const fault = accessFault(setup, fetched, state, address);
    if (fault !== undefined) return fault;
    hart.access(address);
  }
  const outcome = step(fetched, state);
  if (outcome === 'ebreak') return { kind: 'fault', cause: 'breakpoint', pc };
  hart.instructions++;
  if (outcome === 'next') return undefined;
  const exit = hart.call();
  if (exit !== undefined && exit.kind !== 'halted') hart.instructions--;
  return exit;
}

type Fetch = (pc: bigint) => Instruction | FaultCause;

function fetcher({ isa: name, layout, machine }: Setup, text: Uint8Array): Fetch {
  const set = isa(name);
  const decode = makeDecoder(set);
  const alignment = set.compressed ? 2n : 4n;
  const base = BigInt(layout.textBase);
  const known = new Map<bigint, Instruction | FaultCause>();
  const fetch: Fetch = pc => {
    if (pc % alignment !== 0n) return 'fetch-misaligned';
    const at = Number(pc - base);
    if (at < 0 || at >= text.length) return 'fetch-address';
    const word = [0, 1, 2, 3].reduce((sum, i) => sum | ((text[at + i] ?? 0) << (8 * i)), 0);
    const instruction = decode(word);
    // SP1 has no fences.
    const isRefused = machine === 'sp1' && instruction?.row.effect.kind === 'fence';
    if (instruction === undefined || isRefused || at + instruction.size > text.length) return 'illegal-instruction';
    return instruction;
  };
  return pc => {
    let found = known.get(pc);
    if (found === undefined) {
      found = fetch(pc);
      known.set(pc, found);
    }
    return found;
  };
}

/** The address of a load or store. */
function accessAddress({ row, rs1, imm }: Instruction, { registers, pc }: OracleState): bigint | undefined {
  const { effect } = row;
  if (effect.kind !== 'load' && effect.kind !== 'store') return undefined;
  return evaluate(effect.address, { rs1: registers[rs1]!, rs2: 0n, imm: BigInt(imm), pc });
}

/** What a load or store has to say before it is done. */
function accessFault(
  setup: Setup,
  { row: { effect } }: Instruction,
  { pc, xlen }: OracleState,
  address: bigint,
): Exit | undefined {
  if (effect.kind !== 'load' && effect.kind !== 'store') return undefined;
  const fault = (cause: FaultCause): Exit => ({ kind: 'fault', cause, pc, address });
  if (setup.alignedOnly && address % BigInt(effect.bytes) !== 0n) return fault(`${effect.kind}-misaligned`);
  const start = BigInt(setup.layout.textBase);
  const end = start + BigInt(setup.textBytes);
  const { floor, limit } = BOUNDS[setup.machine];
  for (let i = 0n; i < BigInt(effect.bytes); i++) {
    const byte = BigInt.asUintN(xlen, address + i);
    if (effect.kind === 'store' && setup.protectsText && byte >= start && byte < end) return fault('store-to-text');
    if (byte < BigInt(floor) || byte >= BigInt(limit)) return fault(`${effect.kind}-address`);
  }
  return undefined;
}
