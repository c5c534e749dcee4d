// Whole programs by the BigInt evaluator, one instruction after another, with the faults of a guest machine.

import { type Instruction, makeDecoder } from '../../codegen/decode.ts';
import { evaluate, type OracleState, oracleState, step } from '../../codegen/evaluate.ts';
import { isa } from '../../codegen/isa/index.ts';
import type { Exit, FaultCause } from '../../runtime/exit.ts';
import { ADDRESS_FLOOR, ADDRESS_LIMIT, type Setup, systemCall } from './test-machine.ts';

export interface OracleRun {
  readonly state: OracleState;
  readonly exit: Exit;
  readonly instructions: number;
}

/** Runs until the program ends or `budget` instructions are done. */
export function runOracle(setup: Setup, text: Uint8Array, budget: number): OracleRun {
  const { layout, data, registers } = setup;
  const set = isa(setup.isa);
  const state = oracleState(set.xlen, BigInt(layout.textBase));
  registers.forEach((value, r) => {
    if (r !== 0) state.registers[r] = BigInt.asUintN(set.xlen, value);
  });
  for (const [i, byte] of text.entries()) state.memory.set(BigInt(layout.textBase + i), byte);
  for (const [i, byte] of data.entries()) state.memory.set(BigInt(layout.dataBase + i), byte);
  const fetch = fetcher(setup, text);
  const call = caller(state, setup.alignedOnly);
  for (let instructions = 0; ; instructions++) {
    const fetched = fetch(state.pc);
    // A jump is done before its target turns out to be bad.
    if (typeof fetched === 'string' && fetched !== 'illegal-instruction') {
      return { state, instructions, exit: { kind: 'fault', cause: fetched, pc: state.pc, address: state.pc } };
    }
    if (instructions === budget) return { state, instructions, exit: { kind: 'limit', limit: 'cycles', pc: state.pc } };
    if (typeof fetched === 'string')
      return { state, instructions, exit: { kind: 'fault', cause: fetched, pc: state.pc } };
    const fault = accessFault(setup, fetched, state);
    if (fault !== undefined) return { state, instructions, exit: fault };
    const outcome = step(fetched, state);
    if (outcome === 'ebreak')
      return { state, instructions, exit: { kind: 'fault', cause: 'breakpoint', pc: state.pc } };
    if (outcome === 'next') continue;
    const exit = call(instructions + 1);
    if (exit !== undefined) return { state, instructions: instructions + (exit.kind === 'halted' ? 1 : 0), exit };
  }
}

/** System calls on the state; its pc goes on where the run does. */
function caller(state: OracleState, alignedOnly: boolean): (instructions: number) => Exit | undefined {
  let saved: { registers: bigint[]; memory: Map<bigint, number>; pc: bigint } | undefined;
  return instructions => {
    const result = systemCall(
      {
        instructions,
        pc: Number(state.pc),
        isUnconstrained: saved !== undefined,
        read: r => state.registers[r]!,
        write: (r, value) => {
          state.registers[r] = BigInt.asUintN(state.xlen, value);
        },
        enter: () => {
          saved = { registers: [...state.registers], memory: new Map(state.memory), pc: state.pc };
        },
        leave: () => {
          state.registers.splice(0, 32, ...saved!.registers);
          state.memory.clear();
          for (const [address, byte] of saved!.memory) state.memory.set(address, byte);
          state.pc = saved!.pc;
          saved = undefined;
        },
      },
      alignedOnly,
    );
    if (result === undefined) state.pc += 4n;
    return result;
  };
}

type Fetch = (pc: bigint) => Instruction | FaultCause;

function fetcher({ isa: name, layout }: Setup, text: Uint8Array): Fetch {
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
    return instruction === undefined || at + instruction.size > text.length ? 'illegal-instruction' : instruction;
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

/** What a load or store has to say before it is done. */
function accessFault(setup: Setup, instruction: Instruction, state: OracleState): Exit | undefined {
  const { effect } = instruction.row;
  if (effect.kind !== 'load' && effect.kind !== 'store') return undefined;
  const { pc, xlen } = state;
  const rs1 = state.registers[instruction.rs1]!;
  const address = evaluate(effect.address, { rs1, rs2: 0n, imm: BigInt(instruction.imm), pc });
  const fault = (cause: FaultCause): Exit => ({ kind: 'fault', cause, pc, address });
  if (setup.alignedOnly && address % BigInt(effect.bytes) !== 0n) return fault(`${effect.kind}-misaligned`);
  const start = BigInt(setup.layout.textBase);
  const end = start + BigInt(setup.textBytes);
  for (let i = 0n; i < BigInt(effect.bytes); i++) {
    const byte = BigInt.asUintN(xlen, address + i);
    if (effect.kind === 'store' && setup.protectsText && byte >= start && byte < end) return fault('store-to-text');
    if (byte < BigInt(ADDRESS_FLOOR) || byte >= BigInt(ADDRESS_LIMIT)) return fault(`${effect.kind}-address`);
  }
  return undefined;
}
