// Goes through chunks by the instructions of their program, in WebAssembly: registers and entries are there, guest memory is not.

import { isa } from '../../../../../codegen/isa/index.ts';
import type { Program } from '../../../../../codegen/program/program.ts';
import { compileCold } from '../../../../../codegen/wasm/region/compile.ts';
import { JitExecError } from '../../../../../runtime/errors.ts';
import { HIGH, PAGE_BYTES } from '../../../../../runtime/layout.ts';
import { growTo } from '../../../../../runtime/memory/grow.ts';
import { sharedMemory } from '../../../../../runtime/memory/reserve.ts';
import type { WasmMemory } from '../../../../../runtime/memory/wasm-types.ts';
import type { TraceChunk } from '../../../../../runtime/trace/chunk.ts';
import {
  FILTER,
  FILTER_SHIFT,
  HASH_MULTIPLIER,
  LEFT,
  MAX_TALLIES,
  WALK,
  walkMemory,
} from '../../../../../runtime/trace/walk-layout.ts';
import { KeptCode } from '../../../../engine/code/kept-code.ts';
import { type CountListener, type RecordListener, walkKind } from './walk-kinds.ts';
import { heatOf, WalkedCode } from './walked-code.ts';
import { WalkedEntries } from './walked-entries.ts';
import { WalkedSlots } from './walked-slots.ts';

/** Most pages of a WebAssembly memory. */
const MOST_PAGES = 65_536;

export interface WalkerOptions {
  /** Entries of a loop or function before it is compiled; Infinity: nothing is. */
  readonly hot?: number | undefined;
  /** See CodeOptions. */
  readonly weight?: number | undefined;
  /** Of a walk that records: where, if not in a memory of its own; it may grow to all that WebAssembly has. */
  readonly memory?: WasmMemory | undefined;
  /** What walks of the same program have left, in this thread or another: see KeptCode. */
  readonly kept?: KeptCode | undefined;
}

export class Walker {
  readonly program: Program;
  /** Slot of the next instruction. */
  slot = 0;
  readonly #listener: CountListener | RecordListener;
  readonly #memory: WasmMemory;
  #words!: Int32Array;
  #bytes!: Uint8Array;
  #view!: DataView;
  readonly #entries: WalkedEntries;
  readonly #code: WalkedCode;
  /** Of a walk that records: the place of a doubleword's local event, made where there is none. */
  readonly find: ((address: bigint, oldClk: bigint, oldValue: bigint) => number) | undefined;
  /** The first byte behind the walk's own memory. */
  readonly end: number;
  readonly #slots: WalkedSlots;
  #name = '';

  /** With a `RecordListener`, it records. */
  constructor(
    program: Program,
    listener: CountListener | RecordListener,
    { hot, weight, kept = new KeptCode(), memory }: WalkerOptions = {},
  ) {
    this.program = program;
    this.#listener = listener;
    const { textBase, text } = program;
    this.end = walkMemory(text.length >>> 2).end;
    const pages = Math.ceil(this.end / PAGE_BYTES);
    const kind = walkKind(listener);
    const most = kind.grows ? MOST_PAGES : pages;
    this.#memory = memory ?? sharedMemory('shards', pages, most);
    growTo(this.#memory, this.end, mib => `shards: the host refused ${mib} MiB`);
    this.#look();
    this.#entries = new WalkedEntries(this.#memory.buffer);
    this.#slots = new WalkedSlots(program, this.#memory.buffer);
    const chosen = { ...kind.code, hot: hot ?? kind.code.hot, weight: weight ?? kind.code.weight };
    const place = { isa: isa('rv64im'), textBase, textBytes: text.length, hot: heatOf(chosen.hot) };
    const key = { walk: kind.name, text: text.length, textBase, hot: place.hot };
    const module = kept.interpreter(key, () => kind.emit(place, pages, most));
    const seen = (slot: number, target: number): void => this.#seen(slot, target);
    const { walk, find, imports } = kind.link(module, { memory: this.#memory, seen }, this.#slots);
    this.find = find;
    const host = {
      ...{ program, memory: this.#memory, pages, most, operationAt: kind.operationAt, walk, imports },
      kept: kept.plan(key),
      coldModule: kept.interpreter({ cold: true }, compileCold),
      isDecoded: (slot: number) => this.#slots.isDecoded(slot),
      resume: (slot: number, reason: number) => this.#resume(slot, reason),
      ecall: (slot: number) => this.#ecall(slot),
      room: () => this.#entries.room,
      check: () => this.#entries.check(),
      stray: (address: number) => this.#stray(`0x${address.toString(16)}`),
    };
    this.#code = new WalkedCode(host, chosen);
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
    this.#name = chunk.name;
    this.#entries.begin(chunk.entries, chunk.name);
  }

  #slotAt(pc: number, name: string): number {
    const offset = pc - this.program.textBase;
    if (offset >= 0 && offset % 4 === 0 && offset >>> 2 < this.#slots.count) return offset >>> 2;
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
    return this.#entries.taken;
  }

  /** Takes an entry; gives its byte offset in `view`. */
  take(): number {
    return this.#entries.take();
  }

  /** Those taken since there were so many, as u32, in a copy. */
  entriesFrom(taken: number): Int32Array {
    return this.#entries.from(taken);
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

  /** Where the shard's first precompile call is; Infinity before. */
  set precompiled(clk: number) {
    this.#setU64(WALK.precompiled, Math.min(clk - this.#u64(WALK.shardStart), 2 ** 52));
  }

  /** Adds what emitted regions have counted to the tallies. */
  settle(): void {
    this.#code.takeCounts((block, count, index) => this.#slots.tally(block, count, index));
  }

  /** Adds what emitted regions have counted to the executions of slots, at `words[first]` and behind. */
  settleExecutions(first: number): void {
    const words = this.#words;
    this.#code.takeCounts((block, count) => {
      const start = first + this.#slots.slotOf(block.pc);
      const end = start + this.#slots.recordedOf(block);
      for (let at = start; at < end; at++) words[at]! += count;
    });
  }

  /** Registers that instructions accessed since this was last asked, as bits. */
  takeAccessed(): number {
    this.settle();
    return this.#slots.takeAccessed();
  }

  /** Walks until clk is `stop` at least, or what a system call said. */
  run(stop: number): void {
    this.#code.stop = stop;
    try {
      this.slot = this.#code.run(this.slot);
    } catch (error) {
      // Of a chunk whose entries are not those of its instructions.
      if ((error as Error).name !== 'RuntimeError') throw error;
      throw this.#invalid('entries of these instructions', (error as Error).message);
    }
  }

  #resume(slot: number, reason: number): number {
    switch (reason) {
      case LEFT.stop:
        return slot;
      case LEFT.entries:
        if (!this.#entries.fill()) throw this.#entries.exhausted();
        return slot;
      case LEFT.outside:
        throw this.#stray(`0x${this.#u64(WALK.target).toString(16)}`);
      default:
        if (this.#slots.isHosts(slot)) return this.#ecall(slot);
        this.#slots.decode(slot);
        return slot;
    }
  }

  #ecall(slot: number): number {
    this.slot = slot;
    if (this.#slots.instructionAt(slot)?.row.effect.kind !== 'ecall') throw this.#stray(`0x${this.pc.toString(16)}`);
    this.#code.stop = this.#listener.ecall();
    return this.slot;
  }

  #seen(slot: number, target: number): void {
    this.#slots.setTarget(slot, target);
    this.#code.seen(slot, target);
  }

  #stray(pc: string): JitExecError {
    return this.#invalid('an instruction of the program', `pc ${pc}`);
  }

  #invalid(expected: string, got: string): JitExecError {
    return new JitExecError('TRACE_INVALID', `trace: expected ${expected}, got ${got} in ${this.#name}`);
  }
}
