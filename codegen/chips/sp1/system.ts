// System calls: the instruction, and what its precompile's shard and its own one know of a call.
// Reference: sp1:crates/core/machine/src/syscall, SP1 6.4.0.

import type { Air } from '../air.ts';
import type { Chip } from '../chip.ts';
import { anyOf, type Cell, compose, type Limbs, type Poly, poly, publicValue, sum } from '../poly.ts';
import { type Word, word } from '../word.ts';
import { LIMB, OPCODE, sp1 } from './air.ts';
import { globalBus, syscallBus } from './buses.ts';
import { range, u8, u8s, u16s } from './bytes.ts';
import { SYSCALL } from './events.ts';
import { checkedBytes, lowBytes } from './gadgets/bytes.ts';
import { isZeroCells } from './gadgets/zero.ts';
import { type RType, rType } from './instructions/adapters.ts';
import { finishInstruction } from './instructions/finish.ts';
import { after, type State, state } from './instructions/state.ts';
import { readRegister } from './memory.ts';

/** Low bytes of calls that the instruction itself knows. */
const CALL = { HALT: 0x00, ENTER_UNCONSTRAINED: 0x03, COMMIT: 0x10, COMMIT_DEFERRED: 0x1a, HINT_LEN: 0xf0 } as const;
/** Public values, by their offset. */
const PUBLIC = { committedDigest: 32, deferredDigest: 72, exitCode: 87 } as const;
/** The upper limb of the field's modulus. */
const TOP_LIMB = 0x7f00;
const CYCLES = 264;
const DIGEST_WORDS = 8;

export const syscallInstrsChip: Chip = sp1('SyscallInstrs', SYSCALL, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = rType(real, s, e);
  const [t0, a0, a1] = [adapter.op_a_memory, adapter.op_b_memory, adapter.op_c_memory].map(r => r.prev_value) as [
    Limbs,
    Limbs,
    Limbs,
  ];
  const op_a_value = real.limbs(e.a);
  u16s(real, op_a_value.cells);
  const a_low_bytes = lowBytes(real, t0.cells);
  const [id, isSent] = checkedBytes(real, t0.cells, a_low_bytes) as [Poly, Poly];
  const is = (code: number): ReturnType<typeof isZeroCells> => isZeroCells(real, id.sub(code));
  const [is_enter_unconstrained, is_hint_len, is_halt_check] = [
    is(CALL.ENTER_UNCONSTRAINED),
    is(CALL.HINT_LEN),
    is(CALL.HALT),
  ];
  const [is_commit, is_commit_deferred_proofs] = [is(CALL.COMMIT), is(CALL.COMMIT_DEFERRED)];
  const is_halt = air.flag(is_halt_check.result.word);
  air.only(1).equal(is_halt, is_real.mul(is_halt_check.result), 'halts');
  const next_pc = nextPc(real, s, is_halt);
  for (const [i, limb] of op_a_value.cells.entries()) {
    real.when(is_enter_unconstrained.result).zero(limb, 'entering gives 0');
    const isKept = is_enter_unconstrained.result.add(is_hint_len.result).not();
    real.when(isKept).equal(limb, t0.at(i), 't0 stays');
  }
  const commits = commitments(real, [is_commit.result, is_commit_deferred_proofs.result], a0, a1, e.b);
  const op_b_range_check = fieldCheck(air.only(is_halt), a0, is_halt.word);
  air.only(is_halt).equal(publicValue(PUBLIC.exitCode), a0.at(0).add(a0.at(1).mul(LIMB)), 'the exit code');
  const isDeferred = is_commit_deferred_proofs.result;
  const op_c_range_check = fieldCheck(air.only(isDeferred), a1, isDeferred.word);
  for (const [check, asked] of [
    [op_b_range_check, is_halt],
    [op_c_range_check, isDeferred],
  ] as const)
    real.when(asked.not()).zero(check.most_sig_limb_lt_top_limb.bit, 'not asked');
  sendCall(real, after(s, 0), id, isSent, a0, a1);
  real.zero(adapter.op_a_0, 'op_a is t0');
  finishCall(real, s, adapter, op_a_value.cells, next_pc);
  return {
    ...{ state: s, adapter, next_pc, is_halt, op_a_value, a_low_bytes },
    ...{ is_enter_unconstrained, is_hint_len, is_halt_check, is_commit, is_commit_deferred_proofs },
    ...commits,
    ...{ op_b_range_check, op_c_range_check, is_real },
  };
});

/** The next instruction, its carries left to StateBump, or 1 after the last one. */
function nextPc(air: Air, s: State, is_halt: Cell): Cell[] {
  return [s.pc.at(0).add(4), s.pc.at(1), s.pc.at(2)].map((limb, i) => {
    const last = i === 0 ? 1 : 0;
    const cell = air.cell(is_halt.word.choose(last, limb.word));
    air.equal(cell, limb.add(is_halt.mul(limb.neg().add(last))), 'the next instruction, or 1 after the last');
    return cell;
  });
}

function finishCall(air: Air, s: State, adapter: RType, value: readonly Cell[], next_pc: readonly Cell[]): void {
  const operand = (index: Poly): Poly[] => [index, poly(0), poly(0), poly(0)];
  const [op_b, op_c] = [operand(adapter.op_b), operand(adapter.op_c)];
  finishInstruction(air, s, adapter, { opcode: OPCODE.ECALL, op_b, op_c, imm_b: 0, imm_c: 0 }, value, next_pc, CYCLES);
  readRegister(air, after(s, 3), adapter.op_b, adapter.op_b_memory);
  readRegister(air, after(s, 2), adapter.op_c, adapter.op_c_memory);
}

/** The instruction's message to whoever executes the call, if byte 1 of the code says that somebody does. */
function sendCall(air: Air, now: { high: Poly; low: Poly }, id: Poly, isSent: Poly, a0: Limbs, a1: Limbs): void {
  air.bool(isSent, 'sent or not');
  const sent = air.when(isSent);
  sent.zero(a0.at(3), 'an argument below 2^48');
  sent.zero(a1.at(3), 'an argument below 2^48');
  sent.send(syscallBus, [now.high, now.low, id, a0.cells.slice(0, 3), a1.cells.slice(0, 3)]);
}

type Commitments = { readonly index_bitmap: readonly Cell[]; readonly expected_public_values_digest: readonly Cell[] };

/** The word a0 of one of the two digests is a1: of the first by bytes, of the second as a field element. */
function commitments(
  air: Air,
  [commit, deferred]: readonly [Cell, Cell],
  a0: Limbs,
  a1: Limbs,
  index: Word,
): Commitments {
  const isEither = anyOf([commit, deferred]);
  const index_bitmap = Array.from({ length: DIGEST_WORDS }, (_, i) => air.flag(isEither.word.and(index.eq(i))));
  air.equal(sum(index_bitmap), isEither, 'one word is committed to, or none');
  const either = air.when(isEither);
  either.equal(sum(index_bitmap.map((bit, i) => bit.mul(i))), a0.at(0), 'the word of the digest');
  for (const limb of a0.cells.slice(1)) either.zero(limb, 'the word of the digest');
  const digest = [0, 1, 2, 3].map(i => air.cell(commit.word.choose(a1.word.byte(i), 0)));
  const committed = air.when(commit);
  u8s(committed, digest);
  for (const i of [0, 1])
    committed.equal(compose(digest.slice(2 * i, 2 * i + 2), 8), a1.at(i), 'the bytes of the word');
  for (const byte of digest) air.when(commit.not()).zero(byte, 'not asked');
  for (const [i, bit] of index_bitmap.entries()) {
    for (const [j, byte] of digest.entries()) {
      air
        .only(commit)
        .when(bit)
        .equal(publicValue(PUBLIC.committedDigest + 4 * i + j), byte, 'the committed digest');
    }
    const element = a1.at(0).add(a1.at(1).mul(LIMB));
    air
      .only(deferred)
      .when(bit)
      .equal(publicValue(PUBLIC.deferredDigest + i), element, 'the digest of deferred proofs');
  }
  return { index_bitmap, expected_public_values_digest: digest };
}

type FieldCheck = { readonly most_sig_limb_lt_top_limb: { readonly bit: Cell } };

/** The low 32 bits are below the modulus, which is 0x7f000001. The air is that of the rows that ask. */
export function fieldCheck(air: Air, x: Limbs, isAsked: Word): FieldCheck {
  const limb = x.at(1);
  const bit = air.flag(isAsked.choose(limb.word.ltU(TOP_LIMB), 0));
  range(air, limb.sub(TOP_LIMB).add(bit.mul(LIMB)), 16);
  const isEqual = air.when(bit.not());
  isEqual.equal(limb, TOP_LIMB, 'below the modulus');
  isEqual.zero(x.at(0), 'below the modulus');
  return { most_sig_limb_lt_top_limb: { bit } };
}

const CALL_FIELDS = { clk: 48, id: 8, arg1: 48, arg2: 48 } as const;

/** The interaction kind of system calls in Global. */
const SYSCALL_KIND = 8;

/** A call between the shard that makes it and the one that executes it, through Global: from one side or the other. */
function call(name: string, isCaller: boolean): Chip {
  return sp1(name, CALL_FIELDS, (air, e) => {
    const is_real = air.flag(word(1));
    const real = air.when(is_real);
    const [clk_high, clk_low] = [air.cell(e.clk.bits(24, 48)), air.cell(e.clk.bits(0, 24))];
    const syscall_id = air.cell(e.id);
    const [arg1, arg2] = [air.limbs(e.arg1, 3), air.limbs(e.arg2, 3)];
    u8(real, syscall_id, 0);
    range(real, arg1.at(0), 16);
    const local = [clk_high, clk_low, syscall_id, arg1.cells, arg2.cells] as const;
    if (isCaller) real.receive(syscallBus, local);
    else real.send(syscallBus, local);
    const message = [clk_high, clk_low, syscall_id.add(arg1.at(0).mul(256)), arg1.at(1), arg1.at(2), arg2.cells];
    real.send(globalBus, [message, isCaller ? 1 : 0, isCaller ? 0 : 1, SYSCALL_KIND]);
    return { clk_high, clk_low, syscall_id, arg1, arg2, is_real };
  });
}

export const syscallCoreChip: Chip = call('SyscallCore', true);
export const syscallPrecompileChip: Chip = call('SyscallPrecompile', false);
