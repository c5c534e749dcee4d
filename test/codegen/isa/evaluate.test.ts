import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Instruction, makeDecoder } from '../../../codegen/isa/decode.ts';
import { encode, type Operands } from '../../../codegen/isa/encode.ts';
import {
  evaluate,
  evaluateCond,
  type OracleState,
  oracleState,
  readMemory,
  step,
} from '../../../codegen/isa/evaluate.ts';
import { type BinaryOp, binary, compare, type Expr, type Width } from '../../../codegen/isa/expr.ts';
import { isa, rowOf } from '../../../codegen/isa/index.ts';
import { recorded } from './vectors.ts';

type Xlen = 32 | 64;
const WIDTHS = [32, 64] as const;
const unsigned = BigInt.asUintN;

const apply = (op: BinaryOp, w: Width, a: bigint, b: bigint): bigint =>
  evaluate(binary(op, { op: 'reg', w, field: 'rs1' }, { op: 'reg', w, field: 'rs2' }), {
    rs1: unsigned(w, a),
    rs2: unsigned(w, b),
    imm: 0n,
    pc: 0n,
  });

describe.each(WIDTHS)('QEMU at RV%i', xlen => {
  const SCRATCH = 0x1000n;
  const SCRATCH_BYTES = 48;
  const decode = makeDecoder(isa(`rv${xlen}imc`));

  function before(instruction: Instruction, rs1: bigint, rs2: bigint): OracleState {
    const state = oracleState(xlen, 0x10000n);
    for (let i = 0; i < SCRATCH_BYTES; i++) state.memory.set(SCRATCH + BigInt(i), (37 * i + 129) & 255);
    const { kind } = instruction.row.effect;
    state.registers[10] = kind === 'load' || kind === 'store' ? SCRATCH + rs1 : rs1;
    state.registers[11] = rs2;
    return state;
  }

  function after(instruction: Instruction, state: OracleState): bigint {
    switch (instruction.row.effect.kind) {
      case 'branch':
        expect([0x10000n + BigInt(instruction.size), 0x10000n + BigInt(instruction.imm)]).toContain(state.pc);
        return state.pc === 0x10000n + BigInt(instruction.size) ? 0n : 1n;
      case 'store':
        return readMemory(state, SCRATCH + 16n, xlen / 8);
      default:
        return state.registers[instruction.rd]!;
    }
  }

  it('computes the same from single instructions', () => {
    const seen = new Set<string>();
    const wrong: string[] = [];
    for (const line of recorded(`qemu-rv${xlen}`)) {
      const [word = 0n, rs1 = 0n, rs2 = 0n, result] = line.split(' ').map(digits => BigInt(`0x${digits}`));
      const instruction = decode(Number(word))!;
      const state = before(instruction, rs1, rs2);
      expect(step(instruction, state)).toBe('next');
      if (after(instruction, state) !== result) wrong.push(`${instruction.row.mnemonic}: ${line}`);
      seen.add(instruction.row.mnemonic);
    }
    expect(wrong).toEqual([]);
    const unseen = isa(`rv${xlen}imc`).rows.filter(({ mnemonic }) => !seen.has(mnemonic));
    expect(unseen.map(row => row.mnemonic)).toEqual(['auipc', 'jal', 'jalr', 'fence', 'ecall', 'ebreak']);
  });
});

describe.each(WIDTHS)('operators on %i bits', w => {
  const MIN = 1n << BigInt(w - 1);
  const ONES = 2n * MIN - 1n;

  // "Semantics for division by zero and division overflow", unprivileged ISA, the chapter on M.
  it.each([
    ['division of 5 by zero', 5n, 0n, { divU: ONES, remU: 5n, divS: ONES, remS: 5n }],
    ['division of -5 by zero', -5n, 0n, { divU: ONES, remU: ONES - 4n, divS: ONES, remS: ONES - 4n }],
    ['the overflow of MIN by -1', MIN, -1n, { divU: 0n, remU: MIN, divS: MIN, remS: 0n }],
    ['-7 by 2, rounding towards zero', -7n, 2n, { divS: ONES - 2n, remS: ONES }],
    ['7 by -2, the remainder having the sign of the dividend', 7n, -2n, { divS: ONES - 2n, remS: 1n }],
  ])('do %s as the manual says', (_, a, b, results) => {
    for (const [op, result] of Object.entries(results)) {
      expect([op, apply(op as BinaryOp, w, a, b)]).toEqual([op, result]);
    }
  });

  it('shift by the low bits of the amount only', () => {
    const n = BigInt(w);
    for (const [op, by, result] of [
      ['shl', n, 3n],
      ['shl', n + 1n, 6n],
      ['shl', -1n, MIN],
      ['shrU', n + 1n, 1n],
      ['shrS', 2n * n, 3n],
    ] as const) {
      expect([op, by, apply(op, w, 3n, by)]).toEqual([op, by, result]);
    }
    expect(apply('shrS', w, MIN, n - 1n)).toBe(ONES);
    expect(apply('shrU', w, MIN, n - 1n)).toBe(1n);
  });

  it('give upper halves of products by the signs they are named for', () => {
    expect(apply('mulhS', w, -1n, -1n)).toBe(0n);
    expect(apply('mulhU', w, -1n, -1n)).toBe(ONES - 1n);
    expect(apply('mulhSU', w, -1n, -1n)).toBe(ONES);
    expect(apply('mulhS', w, MIN, MIN)).toBe(MIN >> 1n);
  });

  const value = fc.bigInt({ min: 0n, max: ONES });

  it('obey dividend = divisor * quotient + remainder for every pair', () => {
    fc.assert(
      fc.property(value, fc.oneof(value, fc.constantFrom(0n, 1n, ONES, MIN)), (a, b) => {
        for (const sign of ['S', 'U'] as const) {
          const quotient = apply(`div${sign}`, w, a, b);
          const remainder = apply(`rem${sign}`, w, a, b);
          expect(unsigned(w, b * quotient + remainder)).toBe(a);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('compare signed as unsigned with the top bit flipped', () => {
    const condition = (op: 'ltS' | 'ltU' | 'geS' | 'geU', rs1: bigint, rs2: bigint): boolean =>
      evaluateCond(compare(op, { op: 'reg', w, field: 'rs1' }, { op: 'reg', w, field: 'rs2' }), {
        rs1,
        rs2,
        imm: 0n,
        pc: 0n,
      });
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(condition('ltS', a, b)).toBe(condition('ltU', a ^ MIN, b ^ MIN));
        expect(condition('geS', a, b)).toBe(!condition('ltS', a, b));
        expect(condition('geU', a, b)).toBe(a >= b);
      }),
      { numRuns: 200 },
    );
  });
});

it('widening and narrowing keep or copy bit 31', () => {
  const leaves = { rs1: 0xffff_ffff_8000_0001n, rs2: 0n, imm: -1n, pc: 0n };
  const low: Expr = { op: 'trunc', w: 32, a: { op: 'reg', w: 64, field: 'rs1' } };
  expect(evaluate(low, leaves)).toBe(0x8000_0001n);
  expect(evaluate({ op: 'sext', w: 64, a: low }, leaves)).toBe(0xffff_ffff_8000_0001n);
  expect(evaluate({ op: 'zext', w: 64, a: low }, leaves)).toBe(0x8000_0001n);
  expect(evaluate({ op: 'imm', w: 64 }, leaves)).toBe(0xffff_ffff_ffff_ffffn);
});

describe('step', () => {
  function run(xlen: Xlen, mnemonic: string, operands: Operands, prepare: (state: OracleState) => void = () => {}) {
    const set = isa(`rv${xlen}im`);
    const state = oracleState(xlen, 0x1000n);
    prepare(state);
    const outcome = step(makeDecoder(set)(encode(rowOf(set, mnemonic), operands))!, state);
    return { outcome, state };
  }

  it('links to the next instruction, also when target and link are the same register', () => {
    const { state } = run(64, 'jalr', { rd: 5, rs1: 5, imm: 4 }, state => {
      state.registers[5] = 0x2001n;
    });
    expect([state.pc, state.registers[5]]).toEqual([0x2004n, 0x1004n]);
  });

  it('clears the lowest bit of a jalr target after the addition', () => {
    const { state } = run(32, 'jalr', { rd: 0, rs1: 5, imm: 1 }, state => {
      state.registers[5] = 0xffff_ffffn;
    });
    expect([state.pc, state.registers[0]]).toEqual([0n, 0n]);
  });

  it('links two bytes on from a compressed jump', () => {
    const state = oracleState(64, 0x1000n);
    state.registers[10] = 0x4000n;
    step(makeDecoder(isa('rv64imc'))(0x9502)!, state);
    expect([state.pc, state.registers[1]]).toEqual([0x4000n, 0x1002n]);
  });

  it('jumps backwards and past the end of the address space', () => {
    expect(run(64, 'jal', { rd: 1, imm: -4096 }).state.pc).toBe(0n);
    expect(run(64, 'jal', { rd: 1, imm: -4098 }).state.pc).toBe(0xffff_ffff_ffff_fffen);
    expect(run(32, 'jal', { rd: 1, imm: -4098 }).state.pc).toBe(0xffff_fffen);
  });

  it('adds the upper immediate to pc, sign-extended on RV64', () => {
    expect(run(64, 'auipc', { rd: 3, imm: -(2 ** 31) }).state.registers[3]).toBe(0xffff_ffff_8000_1000n);
    expect(run(32, 'auipc', { rd: 3, imm: -(2 ** 31) }).state.registers[3]).toBe(0x8000_1000n);
  });

  it('keeps x0 zero', () => {
    expect(run(64, 'addi', { rd: 0, imm: 5 }).state.registers[0]).toBe(0n);
  });

  it('wraps an access around the end of the address space', () => {
    const { state } = run(32, 'sw', { rs1: 5, rs2: 6 }, state => {
      state.registers[5] = 0xffff_fffen;
      state.registers[6] = 0x4433_2211n;
    });
    expect([...state.memory].map(([address, byte]) => [address.toString(16), byte])).toEqual([
      ['fffffffe', 0x11],
      ['ffffffff', 0x22],
      ['0', 0x33],
      ['1', 0x44],
    ]);
  });

  it.each(['ecall', 'ebreak'] as const)('stops at %s without touching the state', mnemonic => {
    const { outcome, state } = run(64, mnemonic, {});
    expect([outcome, state]).toEqual([mnemonic, oracleState(64, 0x1000n)]);
  });

  it('goes past a fence', () => {
    const { outcome, state } = run(64, 'fence', { imm: 0xff });
    expect([outcome, state.pc]).toEqual(['next', 0x1004n]);
  });
});
