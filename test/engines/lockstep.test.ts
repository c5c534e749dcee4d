// One program, instruction by instruction, as QEMU ran it: test/vectors/record-lockstep.mjs. The evaluator agrees with
// QEMU at each instruction, the engines with the evaluator wherever they are stopped.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseElf } from '../../codegen/elf/elf.ts';
import { makeDecoder } from '../../codegen/isa/decode.ts';
import { type OracleState, oracleState, readMemory, step } from '../../codegen/isa/evaluate.ts';
import { type IsaName, isa } from '../../codegen/isa/index.ts';
import { type ExecuteOptions, execute } from '../../src/verbs/execute.ts';
import { RUNNERS } from './engines.ts';

const SETS: readonly IsaName[] = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'];
/** Instructions until sp no longer is what the host made it. */
const FIRST = 2;

const file = (name: string): Buffer => readFileSync(new URL(`../vectors/lockstep/${name}`, import.meta.url));

interface Snapshot {
  readonly pc: bigint;
  readonly registers: readonly bigint[];
}

interface Recording {
  /** Instructions done, and the hash of all states until then. */
  readonly hashes: readonly string[];
  /** The state before each instruction. */
  readonly states: readonly Snapshot[];
}

/** What the evaluator does, in the form of the recording. */
function evaluateProgram(name: IsaName, every: ReadonlySet<number>): Recording {
  const elf = parseElf(file(`${name}.elf`), `${name}.elf`);
  const state: OracleState = oracleState(elf.xlen, BigInt(elf.entry));
  for (const { address, fileBytes } of elf.segments) {
    for (const [i, byte] of fileBytes.entries()) state.memory.set(BigInt(address + i), byte);
  }
  const decode = makeDecoder(isa(name));
  const hashes: string[] = [];
  const states: Snapshot[] = [];
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (let i = 0; ; i++) {
    states.push({ pc: state.pc, registers: [...state.registers] });
    if (i >= FIRST) {
      for (const word of [state.pc, ...state.registers.slice(1)]) {
        hash = BigInt.asUintN(64, (hash ^ word) * 0x100_0000_01b3n);
      }
    }
    if (every.has(i)) hashes.push(`${i} ${hash.toString(16)}`);
    const instruction = decode(Number(BigInt.asIntN(32, readMemory(state, state.pc, 4))));
    if (instruction === undefined || step(instruction, state) !== 'next') return { hashes, states };
  }
}

describe.each(SETS)('a program of %s', name => {
  const lines = file(`${name}.txt`)
    .toString()
    .trimEnd()
    .split('\n')
    .filter(line => !line.startsWith('#'));
  const counts = lines.map(line => Number(line.split(' ')[0]));
  const { hashes, states } = evaluateProgram(name, new Set(counts));
  const last = states.length - 1;

  it('has in QEMU the pc and registers that the evaluator has, before every instruction', () => {
    expect(last).toBe(counts.at(-1));
    expect(hashes).toEqual(lines);
  });

  it.each(RUNNERS)('stops on engine $name where it is told to, with the same pc and registers', ({ engine, hot }) => {
    const options: ExecuteOptions = { machine: 'bare', engine, ...(hot === undefined ? {} : { hot }) };
    for (const maxCycles of [FIRST, 3, 700, 4095, 4096, 5000, 9999, 15_001, 20_000, 24_500, last]) {
      const { exit, registers, instructions } = execute(file(`${name}.elf`), { ...options, maxCycles });
      const got = { pc: exit.pc, registers };
      expect([maxCycles, exit.kind, instructions, got]).toEqual([maxCycles, 'limit', maxCycles, states[maxCycles]]);
    }
    const end = execute(file(`${name}.elf`), options);
    expect([end.exit.kind, end.instructions]).toEqual(['halted', last + 1]);
  });
});
