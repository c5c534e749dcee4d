// The instructions of a program in a walker's memory, decoded as they are reached, and what their executions count.

import { makeDecoder } from '../../../../../codegen/isa/decode.ts';
import { isa } from '../../../../../codegen/isa/index.ts';
import type { Instruction } from '../../../../../codegen/isa/instruction.ts';
import type { Program } from '../../../../../codegen/program/program.ts';
import { isReturn } from '../../../../../codegen/region/region.ts';
import type { EmittedBlock } from '../../../../../codegen/wasm/walk/block-counters.ts';
import {
  FIRST_OPERATION,
  SLOTS_OFFSET,
  STALE,
  TOLD,
  WALK,
  WALK_OPERATION,
  WALK_SLOT,
  WALK_SLOT_SHIFT,
  walkMemory,
} from '../../../../../runtime/trace/walk-layout.ts';
import { accessesOf } from '../record-operations.ts';
import { OPERATIONS, operationAt, registersOf } from './operations.ts';

/** An instruction where the walk was. */
interface Decoded {
  readonly slot: number;
  readonly registers: number;
}

/** What a block's executions count. */
interface BlockVector {
  readonly tallies: readonly (readonly [tally: number, times: number])[];
  readonly registers: number;
}

export class WalkedSlots {
  readonly count: number;
  readonly #base: number;
  readonly #text: DataView;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #decode = makeDecoder(isa('rv64im'));
  readonly #decoded: Decoded[] = [];
  readonly #vectors: BlockVector[] = [];
  /** Registers that emitted regions accessed since this was last asked, as bits. */
  #accessed = 0;

  constructor({ textBase, text }: Program, buffer: ArrayBufferLike) {
    this.count = text.length >>> 2;
    this.#base = textBase;
    this.#text = new DataView(text.buffer, text.byteOffset, text.byteLength);
    const { end } = walkMemory(this.count);
    this.#words = new Int32Array(buffer, 0, end >> 2);
    this.#bytes = new Uint8Array(buffer, 0, end);
  }

  instructionAt(slot: number): Instruction | undefined {
    return slot < this.count ? this.#decode(this.#text.getInt32(4 * slot, true)) : undefined;
  }

  slotOf(pc: number): number {
    return (pc - this.#base) >>> 2;
  }

  #operation(slot: number): number {
    return this.#words[(SLOTS_OFFSET + (slot << WALK_SLOT_SHIFT)) >> 2]!;
  }

  isDecoded(slot: number): boolean {
    return this.#operation(slot) !== WALK_OPERATION.undecoded;
  }

  isHosts(slot: number): boolean {
    return this.#operation(slot) === WALK_OPERATION.host;
  }

  decode(slot: number): void {
    const at = SLOTS_OFFSET + (slot << WALK_SLOT_SHIFT);
    const instruction = this.instructionAt(slot);
    const operation = instruction === undefined ? -1 : operationAt(instruction, this.#base + 4 * slot);
    this.#words[at >> 2] = operation < 0 ? WALK_OPERATION.host : FIRST_OPERATION + operation;
    if (instruction === undefined) return;
    const { row, rd, rs1, rs2, imm } = instruction;
    if (operation >= 0) this.#decoded.push({ slot, registers: registersOf(instruction) });
    this.#bytes[at + WALK_SLOT.rd] = rd;
    this.#bytes[at + WALK_SLOT.rs1] = rs1;
    this.#bytes[at + WALK_SLOT.rs2] = rs2;
    this.#words[(at + WALK_SLOT.imm) >> 2] = imm;
    const target = 4 * slot + imm;
    const isDirect = row.effect.kind === 'branch' || row.effect.kind === 'jump';
    const isInside = isDirect && target >= 0 && target >>> 2 < this.count && target % 4 === 0;
    const isTold = row.effect.kind === 'jump' && (rd !== 0 || isReturn(instruction));
    this.setTarget(slot, isInside ? target >>> 2 : isTold ? TOLD : -1);
  }

  setTarget(slot: number, target: number): void {
    this.#words[(SLOTS_OFFSET + (slot << WALK_SLOT_SHIFT) + WALK_SLOT.target) >> 2] = target;
  }

  /** Adds executions of a block, of which this is the number, to the tallies. */
  tally(block: EmittedBlock, count: number, index: number): void {
    this.#vectors[index] ??= this.#vectorOf(block);
    const { tallies, registers } = this.#vectors[index];
    for (const [tally, times] of tallies) this.#words[(WALK.tallies >> 2) + tally]! += count * times;
    this.#accessed |= registers;
  }

  #vectorOf({ pc, instructions }: EmittedBlock): BlockVector {
    const tallies = new Map<number, number>();
    let registers = 0;
    for (let i = 0; i < instructions; i++) {
      const at = pc + 4 * i;
      const instruction = this.instructionAt(this.slotOf(at))!;
      const operation = operationAt(instruction, at);
      if (operation < 0) continue;
      const { tally } = OPERATIONS[operation]!;
      tallies.set(tally, (tallies.get(tally) ?? 0) + 1);
      registers |= registersOf(instruction);
    }
    return { tallies: [...tallies], registers };
  }

  /** Instructions of a block that are recorded: a system call that ends it is the host's. */
  recordedOf({ pc, instructions }: EmittedBlock): number {
    const last = this.instructionAt(this.slotOf(pc) + instructions - 1);
    return last?.row.effect.kind === 'ecall' ? instructions - 1 : instructions;
  }

  /** Registers that instructions accessed since this was last asked, as bits. */
  takeAccessed(): number {
    let registers = this.#accessed;
    this.#accessed = 0;
    for (const one of this.#decoded) {
      const at = SLOTS_OFFSET + (one.slot << WALK_SLOT_SHIFT) + WALK_SLOT.mark;
      if (this.#bytes[at] === 0) continue;
      this.#bytes[at] = 0;
      registers |= one.registers;
    }
    return registers;
  }

  /** Tells of the first accesses, in a block of an emitted region, of registers whose stamps are of an earlier epoch. */
  bump(pc: number, count: number, clkLow: number, tell: (register: number, clkLow: number) => void): void {
    for (let i = 0; i < count; i++) {
      const instruction = this.instructionAt(this.slotOf(pc) + i)!;
      for (const [register, position] of accessesOf(instruction)) {
        if (this.#words[(WALK.stamps >> 2) + register] !== STALE) continue;
        this.#words[(WALK.stamps >> 2) + register] = 0;
        tell(register, clkLow + 8 * i + position);
      }
    }
  }
}
