// Goes through chunks by the instructions of their program, in WebAssembly: registers and entries are there, guest memory is not.

import { makeDecoder } from '../../../../codegen/isa/decode.ts';
import { isa } from '../../../../codegen/isa/index.ts';
import type { Instruction } from '../../../../codegen/isa/instruction.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { emitRecordingWalk, TOUCH_EXPORT } from '../../../../codegen/wasm/walk/emit-record.ts';
import { emitWalk, WALK_EXPORT } from '../../../../codegen/wasm/walk/emit-walk.ts';
import {
  ENTRIES,
  FILTER,
  FILTER_SHIFT,
  FIRST_OPERATION,
  HASH_MULTIPLIER,
  LEFT,
  MAX_TALLIES,
  OPERATION,
  SLOT,
  SLOT_SHIFT,
  SLOTS_OFFSET,
  WALK,
} from '../../../../codegen/wasm/walk/layout.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { ENTRY_BYTES, PAGE_BYTES } from '../../../../runtime/layout.ts';
import { growTo } from '../../../../runtime/memory/grow.ts';
import { sharedMemory } from '../../../../runtime/memory/reserve.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { OPERATIONS, operationAt, recordOperations, registersOf } from './operations.ts';

const HIGH = 4294967296;

/** What the walk tells of the doublewords of loads and stores. */
export interface WalkListener {
  /** One that the shard had not accessed: words of the address, and the low word of the pc. */
  fresh(low: number, high: number, pc: number): void;
  /** One that the filter may have; 1 where it counts as new to the shard. */
  filtered(low: number, high: number, pc: number): number;
  /** A register's first access in an epoch that is not the shard's first. */
  stale(register: number, clkLow: number): void;
}

/** Of a walk that records. */
export interface RecordListener extends WalkListener {
  /** An instruction at `pc` goes on at the next page. */
  crossing(pc: number, clkLow: number): void;
}

export type WalkEnd = 'stop' | 'ecall';

/** Most pages of a WebAssembly memory. */
const MOST_PAGES = 65_536;

/** (address, old clk, old value, new clk, new value). */
export type Touch = (address: bigint, oldClk: bigint, oldValue: bigint, clk: bigint, value: bigint) => void;

export class Walker {
  readonly program: Program;
  /** Slot of the next instruction. */
  slot = 0;
  readonly #memory: WebAssembly.Memory;
  #words!: Int32Array;
  #bytes!: Uint8Array;
  #view!: DataView;
  readonly #walk: (slot: number) => number;
  /** Of a walk that records. */
  readonly touch: Touch | undefined;
  /** The first byte behind the walk's own memory. */
  readonly end: number;
  readonly #decode: (word: number) => Instruction | undefined;
  readonly #text: DataView;
  readonly #slots: number;
  #entries: Uint8Array = new Uint8Array(0);
  #name = '';
  /** Bytes of the chunk's entries up to the end of those in the memory. */
  #filled = 0;

  /** With a `RecordListener`, it records, in `shared` if it is given, which may grow to all that WebAssembly has. */
  constructor(program: Program, listener: WalkListener | RecordListener, shared?: WebAssembly.Memory) {
    this.program = program;
    const { textBase, text } = program;
    this.#text = new DataView(text.buffer, text.byteOffset, text.byteLength);
    this.#slots = text.length >>> 2;
    this.end = SLOTS_OFFSET + ((this.#slots + 1) << SLOT_SHIFT);
    const pages = Math.ceil(this.end / PAGE_BYTES);
    const most = 'crossing' in listener ? MOST_PAGES : pages;
    this.#memory = shared ?? sharedMemory('shards', pages, most);
    growTo(this.#memory, this.end, mib => `shards: the host refused ${mib} MiB`);
    this.#look();
    this.#decode = makeDecoder(isa('rv64im'));
    const place = { isa: isa('rv64im'), textBase, textBytes: text.length };
    const bytes =
      'crossing' in listener
        ? emitRecordingWalk(place, { operations: recordOperations() }, pages, most)
        : emitWalk(place, { operations: OPERATIONS }, pages);
    const host = { crossing: () => undefined, ...listener, memory: this.#memory };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host });
    this.#walk = exports[WALK_EXPORT] as (slot: number) => number;
    this.touch = exports[TOUCH_EXPORT] as Touch | undefined;
  }

  #look(): void {
    const { buffer } = this.#memory;
    this.#words = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** Makes the memory at least so large. */
  reserve(bytes: number): void {
    const grew = growTo(this.#memory, bytes, mib => `shards: the host refused ${mib} MiB for a shard's events`);
    // Fillers make the memory larger too.
    if (grew || this.#memory.buffer !== this.#bytes.buffer) this.#look();
  }

  /** The memory, until it is made larger. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get words(): Int32Array {
    return this.#words;
  }

  get view(): DataView {
    return this.#view;
  }

  /** Goes to the start of a chunk, or of a slice of one. */
  begin(chunk: TraceChunk): void {
    for (const [r, value] of chunk.startRegisters.entries())
      this.#view.setBigUint64(WALK.registers + 8 * r, value, true);
    this.slot = this.#slotAt(chunk.pcStart, chunk.name);
    this.clk = chunk.clkStart;
    this.#entries = chunk.entries;
    this.#name = chunk.name;
    this.#filled = 0;
    this.#fill();
  }

  #slotAt(pc: number, name: string): number {
    const offset = pc - this.program.textBase;
    if (offset >= 0 && offset % 4 === 0 && offset >>> 2 < this.#slots) return offset >>> 2;
    throw new JitExecError(
      'TRACE_INVALID',
      `trace: expected pcStart in the program, got 0x${pc.toString(16)} in ${name}`,
    );
  }

  get pc(): number {
    return this.program.textBase + 4 * this.slot;
  }

  get clk(): number {
    return this.#u64(WALK.clk);
  }

  set clk(clk: number) {
    this.#setU64(WALK.clk, clk);
  }

  set shardStart(clk: number) {
    this.#setU64(WALK.shardStart, clk);
  }

  #u64(at: number): number {
    return this.#view.getUint32(at, true) + HIGH * this.#view.getUint32(at + 4, true);
  }

  #setU64(at: number, value: number): void {
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setUint32(at + 4, Math.floor(value / HIGH), true);
  }

  register(r: number): bigint {
    return this.#view.getBigUint64(WALK.registers + 8 * r, true);
  }

  setRegister(r: number, value: bigint): void {
    this.#view.setBigUint64(WALK.registers + 8 * r, value, true);
  }

  get registers(): BigUint64Array {
    return BigUint64Array.from({ length: 32 }, (_, r) => this.register(r));
  }

  /** Entries of the chunk that were taken. */
  get entriesTaken(): number {
    return (this.#filled - (this.#view.getUint32(WALK.cursorEnd, true) - this.#cursor)) / ENTRY_BYTES;
  }

  get #cursor(): number {
    return this.#view.getUint32(WALK.cursor, true);
  }

  /** Puts the next piece of the entries into the memory, behind those that are not taken; false where there is none. */
  #fill(): boolean {
    const from = this.#filled;
    const to = Math.min(this.#entries.length, from + ENTRIES.bytes);
    this.#bytes.set(this.#entries.subarray(from, to), ENTRIES.offset);
    this.#filled = to;
    this.#view.setUint32(WALK.cursor, ENTRIES.offset, true);
    this.#view.setUint32(WALK.cursorEnd, ENTRIES.offset + to - from, true);
    return to > from;
  }

  /** Takes an entry; gives its byte offset in `view`. */
  take(): number {
    if (this.#cursor >= this.#view.getUint32(WALK.cursorEnd, true) && !this.#fill()) throw this.#exhausted();
    const at = this.#cursor;
    this.#view.setUint32(WALK.cursor, at + ENTRY_BYTES, true);
    return at;
  }

  /** Those taken since there were so many, as u32, in a copy. */
  entriesFrom(taken: number): Int32Array {
    return new Int32Array(this.#entries.slice(ENTRY_BYTES * taken, ENTRY_BYTES * this.entriesTaken).buffer);
  }

  #exhausted(): JitExecError {
    return new JitExecError('TRACE_INVALID', `trace: expected more entries for the instructions in ${this.#name}`);
  }

  /** The clk of an entry that `take` gave. */
  clkOf(entry: number): number {
    return this.#u64(entry);
  }

  valueOf(entry: number): bigint {
    return this.#view.getBigUint64(entry + 8, true);
  }

  tally(n: number): number {
    return this.#words[(WALK.tallies >> 2) + n]!;
  }

  clearTallies(): void {
    this.#words.fill(0, WALK.tallies >> 2, (WALK.tallies >> 2) + MAX_TALLIES);
  }

  /** Doublewords that counted as new since it was last asked. */
  takeFresh(): number {
    const fresh = this.#words[WALK.fresh >> 2]!;
    this.#words[WALK.fresh >> 2] = 0;
    return fresh;
  }

  /** The host wants to be asked about a doubleword. */
  filter(low: number, high: number): void {
    // The hash of emit-walk.ts: of the address's bits from 3 to 34.
    const granule = (low >>> 3) | (high << 29);
    const bit = Math.imul(granule, HASH_MULTIPLIER) >>> FILTER_SHIFT;
    this.#words[(FILTER.offset >> 2) + (bit >>> 5)]! |= 1 << (bit & 31);
  }

  clearFilter(): void {
    this.#bytes.fill(0, FILTER.offset, FILTER.offset + FILTER.bytes);
  }

  /** Registers that instructions accessed since this was last asked, as bits. */
  takeAccessed(): number {
    let registers = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      const at = SLOTS_OFFSET + (slot << SLOT_SHIFT);
      if (this.#bytes[at + SLOT.mark] === 0) continue;
      this.#bytes[at + SLOT.mark] = 0;
      registers |= registersOf(this.#instructionAt(slot)!);
    }
    return registers;
  }

  /** Walks until clk is `stop` at least, or an ecall is next. */
  run(stop: number): WalkEnd {
    this.#setU64(WALK.stop, stop);
    for (;;) {
      this.slot = this.#walk(this.slot);
      switch (this.#words[WALK.reason >> 2]) {
        case LEFT.stop:
          return 'stop';
        case LEFT.entries:
          if (!this.#fill()) throw this.#exhausted();
          break;
        case LEFT.outside:
          throw this.#stray(`0x${this.#u64(WALK.target).toString(16)}`);
        default:
          if (this.#words[(SLOTS_OFFSET + (this.slot << SLOT_SHIFT)) >> 2] === OPERATION.host) return this.#host();
          this.#decodeAt(this.slot);
      }
    }
  }

  #host(): WalkEnd {
    if (this.#instructionAt(this.slot)?.row.effect.kind === 'ecall') return 'ecall';
    throw this.#stray(`0x${this.pc.toString(16)}`);
  }

  #stray(pc: string): JitExecError {
    return new JitExecError(
      'TRACE_INVALID',
      `trace: expected an instruction of the program, got pc ${pc} in ${this.#name}`,
    );
  }

  #instructionAt(slot: number): Instruction | undefined {
    return slot < this.#slots ? this.#decode(this.#text.getInt32(4 * slot, true)) : undefined;
  }

  #decodeAt(slot: number): void {
    const at = SLOTS_OFFSET + (slot << SLOT_SHIFT);
    const instruction = this.#instructionAt(slot);
    const operation = instruction === undefined ? -1 : operationAt(instruction, this.program.textBase + 4 * slot);
    this.#words[at >> 2] = operation < 0 ? OPERATION.host : FIRST_OPERATION + operation;
    if (instruction === undefined) return;
    const { row, rd, rs1, rs2, imm } = instruction;
    this.#bytes[at + SLOT.rd] = rd;
    this.#bytes[at + SLOT.rs1] = rs1;
    this.#bytes[at + SLOT.rs2] = rs2;
    this.#words[(at + SLOT.imm) >> 2] = imm;
    const target = 4 * slot + imm;
    const isDirect = row.effect.kind === 'branch' || row.effect.kind === 'jump';
    const isInside = isDirect && target >= 0 && target >>> 2 < this.#slots && target % 4 === 0;
    this.#words[(at + SLOT.target) >> 2] = isInside ? target >>> 2 : -1;
  }
}
