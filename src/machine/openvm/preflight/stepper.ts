// Instructions of a recorded run done one by one, from the description of what is recorded and the meaning of rows: for code that runs a
// few times, whose text would cost more than it saves.

import { evaluate, evaluateCond, type LeafValues } from '../../../../codegen/isa/evaluate.ts';
import {
  type AccessedWord,
  type PreflightInstruction,
  type RecordPrinter,
  type RecordValues,
  recordOf,
  timesOf,
} from '../../../../codegen/preflight/forms.ts';
import { ACCESSED } from '../../../../runtime/openvm/preflight-layout.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { BlockState } from './block-state.ts';

const WORD = 4;
const MEMORY_BITS = 29;

/** The access of an instruction was refused, which the host was told. */
const REFUSED = Symbol('refused');

export class Stepper implements RecordPrinter<number> {
  #block!: BlockState;
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  /** Timestamp of the instruction's first access. */
  #now = 0;
  #next = 0;

  /** Gives the slot to go on at, or less than 0 where the run ends. */
  step(given: PreflightInstruction, block: BlockState): number {
    const [words, , , clock, , , , host] = block;
    this.#block = block;
    if (this.#view.buffer !== words.buffer) this.#view = new DataView(words.buffer);
    const { pc, form, localOpcode, instruction, air } = given;
    const at = host.alloc(air, RECORDS[form].bytes / WORD);
    this.#now = clock[0]!;
    this.#next = pc + (form === 'JalLui' && localOpcode === 0 ? instruction.imm : WORD);
    try {
      this.#write(given, recordOf(this, given), WORD * at);
    } catch (error) {
      if (error === REFUSED) return -1;
      throw error;
    }
    clock[0] = this.#now + timesOf(given);
    return host.slotOf(this.#next);
  }

  #write({ form }: PreflightInstruction, values: RecordValues<number>, at: number): void {
    for (const [name, { offset, stride, isList, count }] of RECORDS[form].fields) {
      const value = values[name];
      if (!isList) this.#put(at + offset, stride, value ?? 0);
      else if (value === undefined)
        for (let i = 0; i < count; i++) this.#put(at + offset + i * stride, stride, values[`${name}.${i}`]!);
      else if (stride === 1) this.#put(at + offset, WORD, value);
      else for (let i = 0; i < count; i++) this.#put(at + offset + i * stride, stride, (value >>> (8 * i)) & 255);
    }
  }

  #put(at: number, bytes: number, value: number): void {
    if (bytes === 4) this.#view.setInt32(at, value, true);
    else if (bytes === 2) this.#view.setInt16(at, value, true);
    else this.#view.setInt8(at, value);
  }

  #leaves({ instruction, pc }: PreflightInstruction, rs1: number, rs2: number): LeafValues {
    return { rs1: BigInt(rs1), rs2: BigInt(rs2), imm: BigInt(instruction.imm), pc: BigInt(pc) };
  }

  at(time: number): number {
    return this.#now + time;
  }

  read(register: number): number {
    return this.#block[4][2 * register]!;
  }

  touch(register: number, time: number): number {
    return this.#block[6].touchOf(register, this.#now + time);
  }

  result(given: PreflightInstruction, rs1: number, rs2: number): number {
    const { effect } = given.instruction.row;
    return effect.kind === 'write'
      ? Number(BigInt.asIntN(32, evaluate(effect.value, this.#leaves(given, rs1, rs2))))
      : 0;
  }

  set(register: number, value: number): void {
    this.#block[4][2 * register] = value;
  }

  branch(given: PreflightInstruction, rs1: number, rs2: number): void {
    const { effect } = given.instruction.row;
    const isTaken = effect.kind === 'branch' && evaluateCond(effect.taken, this.#leaves(given, rs1, rs2));
    if (isTaken) this.#next = given.pc + given.instruction.imm;
  }

  jump(given: PreflightInstruction, rs1: number): void {
    const { effect } = given.instruction.row;
    if (effect.kind === 'jump') this.#next = Number(evaluate(effect.target, this.#leaves(given, rs1, 0)));
  }

  address(
    { instruction, pc }: PreflightInstruction,
    base: number,
    bytes: number,
    isPublic: boolean,
  ): AccessedWord<number> {
    const address = (base + instruction.imm) | 0;
    const [, , , , , , memory, host] = this.#block;
    const isBad = isPublic ? memory.isBeyond(address) : address >>> MEMORY_BITS !== 0;
    if (isBad || (address & (bytes - 1)) !== 0) {
      host.fault(pc, address);
      throw REFUSED;
    }
    return { pointer: address & -WORD, shift: address & (WORD - 1), bytes, isPublic };
  }

  touchMemory({ pointer, isPublic }: AccessedWord<number>, time: number): number {
    const memory = this.#block[6];
    const accessed = (this.#now + time) | ACCESSED;
    return isPublic ? memory.touchPublic(pointer, accessed) : memory.touch(pointer, accessed);
  }

  word({ pointer, isPublic }: AccessedWord<number>): number {
    const memory = this.#block[6];
    return isPublic ? memory.wordPublic(pointer) : memory.word(pointer);
  }

  loaded({ instruction }: PreflightInstruction, { shift, bytes }: AccessedWord<number>, word: number): number {
    const { effect } = instruction.row;
    const up = 32 - 8 * bytes;
    const part = (word >>> (8 * shift)) << up;
    return effect.kind === 'load' && effect.signed ? part >> up : (part >>> up) | 0;
  }

  store({ pointer, shift, bytes, isPublic }: AccessedWord<number>, before: number, value: number): void {
    const memory = this.#block[6];
    const mask = bytes === WORD ? -1 : ((1 << (8 * bytes)) - 1) << (8 * shift);
    const word = (before & ~mask) | ((value << (8 * shift)) & mask);
    if (isPublic) memory.setWordPublic(pointer, word);
    else memory.setWord(pointer, word);
  }
}
