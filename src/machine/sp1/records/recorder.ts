// Makes a core shard's record: the events of every chip, as structs, by replaying the shard's piece of a chunk.
// Reference: sp1:crates/core/executor/src/vm/tracing.rs, SP1 6.4.0.

import type { Event } from '../../../../codegen/chips/event.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { assert } from '../../../../runtime/errors.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { LOCAL, STALE, WALK } from '../../../../runtime/trace/walk-layout.ts';
import { ARGUMENTS, CLK_PER_ECALL, HALT_PC, T0 } from '../abi.ts';
import { CALL_SHAPES, CHIP_NAMES, type ChipName } from './chips.ts';
import type { Splice } from './cut/splice.ts';
import { ShardLocals } from './memory/shard-locals.ts';
import { RecordedCall } from './recorded-call.ts';
import { StructList } from './struct-list.ts';
import { type Call, callAt, hintOf, pointerRegisters } from './walk/calls.ts';
import { OPERATION_CHIPS } from './walk/operations.ts';
import { Walker, type WalkerOptions } from './walk/walker.ts';

const CLK_EPOCH = 2 ** 24;
const PC_EPOCH = 2 ** 16;
const REGISTERS = 32;
const [A0, A1] = ARGUMENTS;
/** When t0, a0 and a1 are accessed within an ecall. */
const POSITION = { a: 4, b: 3, c: 2 } as const;
const U48 = 2n ** 48n - 1n;
/** Fillers read a little beyond the last event. */
const SLACK = 16;

/** Events of a shard. Views are valid until the recorder is used again. */
export interface ShardRecord {
  /** Structs by chip; chips without are left out. */
  readonly events: ReadonlyMap<ChipName, Uint8Array>;
  /** How often the instruction at each slot was executed. */
  readonly executions: Uint32Array;
  /** Precompile calls, in order: those whose rows are in the shard, and the others. */
  readonly retained: readonly RecordedCall[];
  readonly deferred: readonly RecordedCall[];
  /** clk and value of each register at the end. */
  readonly registers: readonly { readonly clk: number; readonly value: bigint }[];
}

const SMALL_LISTS = ['SyscallInstrs', 'SyscallCore', 'MemoryBump', 'StateBump'] as const;
type SmallList = (typeof SMALL_LISTS)[number];

export class Recorder {
  readonly #walker: Walker;
  #lists!: Record<SmallList, StructList>;
  #calls: RecordedCall[] = [];
  /** Of registers: clk of the last access, where that was in an earlier epoch. */
  readonly #earlier = new Float64Array(REGISTERS);
  /** What registers held when the shard began, and whether they were accessed since. */
  #initial: BigUint64Array = new BigUint64Array(REGISTERS);
  readonly #accessed = new Uint8Array(REGISTERS);
  #splice!: Splice;
  /** First clk of the epoch. */
  #epoch = 0;
  /** Bumps of the instruction that had the last one, whose clock's bits from 3 to 23 these are. */
  #bumps: Event[] = [];
  #bumping = -1;
  /** clk of the last crossing of pages. */
  #lastBump = -1;
  #isHalted = false;
  readonly #locals: ShardLocals;
  /** Byte addresses in the walker's memory. */
  #executionsAt = 0;
  readonly #listsAt = new Map<number, number>();

  /** Byte addresses in the memory: of the room behind the walk's own piece, of what follows it, and behind the last events. */
  readonly room: number;
  readonly roomEnd: number;
  end: number;

  /** With `room` bytes behind the walk's own piece left alone. */
  constructor(program: Program, options: WalkerOptions = {}, room = 0) {
    const listener = {
      stale: (register: number, clkLow: number) => this.#bump(register, clkLow),
      crossing: (pc: number, clkLow: number) => this.#cross(pc >>> 0, clkLow, CLK_PER_INSTRUCTION),
      resolve: (address: bigint, oldClk: bigint) => this.#locals.resolve(address, oldClk),
      ecall: () => this.#ecall(),
    };
    this.#walker = new Walker(program, listener, options);
    this.#locals = new ShardLocals(this.#walker);
    this.room = align(this.#walker.end);
    this.roomEnd = align(this.room + room);
    this.end = this.roomEnd;
  }

  /** The memory as it was when the last shard was recorded: where its events lie in it. */
  get buffer(): ArrayBufferLike {
    return this.#walker.bytes.buffer;
  }

  /** The record of a shard that `chunk` was cut into. */
  record(chunk: TraceChunk, splice: Splice): ShardRecord {
    const walker = this.#walker;
    this.#begin(chunk, splice);
    while (walker.clk < splice.clkEnd) {
      const { clk } = walker;
      walker.run(this.#stop);
      if (walker.clk >= this.#epoch + CLK_EPOCH) {
        this.#endEpoch(walker.clk - CLK_PER_INSTRUCTION, CLK_PER_INSTRUCTION, walker.pc);
      }
      assert(walker.clk > clk, 'shards: a replay stands still');
    }
    walker.settleExecutions(this.#executionsAt >> 2);
    this.#flushBumps();
    if (!this.#isHalted) this.#refresh(splice.clkEnd - 1);
    const events = this.#events(splice);
    const isRetained = ({ code }: RecordedCall): boolean => CALL_SHAPES.get(code)!.isRetained;
    return {
      events,
      executions: this.#executions(),
      retained: this.#calls.filter(isRetained),
      deferred: this.#calls.filter(call => !isRetained(call)),
      registers: Array.from({ length: REGISTERS }, (_, r) => ({
        clk: this.#lastClk(r),
        value: this.#walker.register(r),
      })),
    };
  }

  /** Where the walk is to look at the clock. */
  get #stop(): number {
    return Math.min(this.#splice.clkEnd, this.#epoch + CLK_EPOCH);
  }

  #ecall(): number {
    this.#isHalted = this.#call();
    return this.#isHalted ? this.#walker.clk : this.#stop;
  }

  #begin(chunk: TraceChunk, splice: Splice): void {
    const walker = this.#walker;
    this.#splice = splice;
    this.#isHalted = false;
    this.#layOut(splice);
    walker.begin(chunk.slice(splice));
    const lists = SMALL_LISTS.map(name => [name, new StructList(sp1Chip(name))]);
    this.#lists = Object.fromEntries(lists);
    this.#calls = [];
    this.#initial = walker.registers;
    this.#accessed.fill(0);
    const first = splice.clkStart - 1;
    this.#epoch = Math.floor(first / CLK_EPOCH) * CLK_EPOCH;
    for (let r = 0; r < REGISTERS; r++) this.#setStamp(r, first - this.#epoch);
  }

  #stamp(r: number): number {
    return this.#walker.words[(WALK.stamps >> 2) + r]!;
  }

  /** Of a register's last access. */
  #lastClk(r: number): number {
    const stamp = this.#stamp(r);
    return stamp === STALE ? this.#earlier[r]! : this.#epoch + stamp;
  }

  #setStamp(r: number, stamp: number): void {
    const { words } = this.#walker;
    words[(WALK.stamps >> 2) + r] = stamp;
    if (stamp === STALE) words[WALK.stale >> 2]! |= 1 << r;
    else words[WALK.stale >> 2]! &= ~(1 << r);
  }

  /** Places lists, local events and counts behind the walk's own memory, by the rows that splicing counted. */
  #layOut(splice: Splice): void {
    const walker = this.#walker;
    const slots = walker.program.text.length >>> 2;
    const locals = splice.rows.get('MemoryLocal') ?? 0;
    let at = this.roomEnd;
    const place = (bytes: number): number => {
      const here = at;
      at = align(at + bytes);
      return here;
    };
    this.#executionsAt = place(4 * slots);
    const nobody = place(LOCAL.bytes);
    const localsAt = place(LOCAL.bytes * (locals + 1));
    // A word for each 8 clk.
    const chain = place((splice.clkEnd - splice.clkStart) / 2 + 64);
    this.#listsAt.clear();
    for (const chip of OPERATION_CHIPS) {
      const rows = splice.rows.get(CHIP_NAMES[chip]!) ?? 0;
      this.#listsAt.set(chip, place(rows * sp1Chip(CHIP_NAMES[chip]!).event.bytes + SLACK));
    }
    walker.reserve(at);
    this.end = at;
    this.#locals.begin(chain, nobody, localsAt, splice.clkStart);
    const { words, bytes } = walker;
    bytes.fill(0, this.#executionsAt, nobody);
    words[WALK.executions >> 2] = this.#executionsAt;
    for (const [chip, offset] of this.#listsAt) words[(WALK.tails >> 2) + chip] = offset;
  }

  /** A register's first access in an epoch that is not the shard's first: of one instruction, in the order a, b, c. */
  #bump(register: number, clkLow: number): void {
    const instruction = clkLow >>> 3;
    if (instruction !== this.#bumping) this.#flushBumps();
    this.#bumping = instruction;
    this.#walker.words[WALK.stale >> 2]! &= ~(1 << register);
    this.#bumps.unshift({
      clk: BigInt(this.#epoch),
      ts: BigInt(this.#earlier[register]!),
      value: this.#walker.register(register),
      addr: BigInt(register),
    });
  }

  #flushBumps(): void {
    for (const bump of this.#bumps) this.#lists.MemoryBump.push(bump);
    this.#bumps = [];
  }

  #cross(pc: number, clkLow: number, increment: number): void {
    this.#lastBump = this.#epoch + clkLow;
    this.#stateBump(this.#lastBump, increment, pc, true);
  }

  /** The state behind an instruction at `clk` and `pc`, whose upper bits changed; `isNext`: with those of the pc. */
  #stateBump(clk: number, increment: number, pc: number, isNext: boolean): void {
    const low = clk % CLK_EPOCH;
    const limbs = (value: number): bigint[] => [0, 1, 2].map(i => BigInt(Math.floor(value / 2 ** (16 * i)) % PC_EPOCH));
    const uncarried = limbs(pc);
    if (isNext) uncarried[0]! += 4n;
    this.#lists.StateBump.push({
      clk_high: BigInt((clk - low) / CLK_EPOCH),
      clk_low: BigInt(low + increment),
      pc: uncarried,
      next_pc: BigInt(isNext ? pc + 4 : pc),
    });
  }

  /** The instruction at `clk` was the epoch's last; the state goes on at `nextPc`. */
  #endEpoch(clk: number, increment: number, nextPc: number): void {
    // The last instruction's crossing of pages has its event already, with this clock.
    if (this.#lastBump !== clk) this.#stateBump(clk, increment, nextPc, false);
    for (let r = 0; r < REGISTERS; r++) {
      const stamp = this.#stamp(r);
      if (stamp === STALE) continue;
      this.#noteAccessed(r, stamp);
      this.#earlier[r] = this.#epoch + stamp;
      this.#setStamp(r, STALE);
    }
    this.#flushBumps();
    this.#bumping = -1;
    this.#epoch += CLK_EPOCH;
  }

  #noteAccessed(r: number, stamp: number): void {
    if (this.#epoch + stamp >= this.#splice.clkStart) this.#accessed[r] = 1;
  }

  /** An access by the host; gives the stamp before. */
  #touchRegister(r: number, clk: number): number {
    const low = clk - this.#epoch;
    let stamp = this.#stamp(r);
    if (stamp === STALE) {
      this.#bump(r, low);
      stamp = 0;
    }
    this.#setStamp(r, low);
    return stamp;
  }

  /** A precompile's read of a register: its row has the whole clock of the access before, and needs no bump. */
  #readPointer(r: number, clk: number): number {
    const oldClk = this.#lastClk(r);
    this.#setStamp(r, clk - this.#epoch);
    return oldClk;
  }

  /** Does the ecall at which the walker stands; gives whether it halted. */
  #call(): boolean {
    const walker = this.#walker;
    const { clk, pc } = walker;
    const call = callAt(walker, clk);
    const shape = CALL_SHAPES.get(call.code);
    const t0 = walker.register(T0);
    const c_ts = this.#touchRegister(A1, clk + POSITION.c);
    const b_ts = this.#touchRegister(A0, clk + POSITION.b);
    const a_ts = this.#touchRegister(T0, clk + POSITION.a);
    if (shape !== undefined) this.#precompile(call, clk, shape.isRetained);
    const hint = hintOf(call);
    if (hint !== undefined) this.#locals.hint(hint);
    call.finish();
    this.#count(walker.slot);
    this.#lists.SyscallInstrs.push({
      ...{ clk: BigInt(clk), pc: BigInt(pc), a_prev: t0, a: walker.register(T0), b: call.a0, c: call.a1 },
      ...{ a_ts: BigInt(a_ts), b_ts: BigInt(b_ts), c_ts: BigInt(c_ts) },
      ...{ op_a: BigInt(T0), op_b: BigInt(A0), op_c: BigInt(A1), opcode: 50n },
    });
    walker.clk = clk + CLK_PER_ECALL;
    walker.slot++;
    const isNext = !call.isHalt && (pc + 4) % PC_EPOCH === 0;
    if (isNext) this.#cross(pc, clk - this.#epoch, CLK_PER_ECALL);
    if (walker.clk >= this.#epoch + CLK_EPOCH) {
      this.#endEpoch(clk, CLK_PER_ECALL, call.isHalt ? HALT_PC : pc + 4);
    }
    return call.isHalt;
  }

  #count(slot: number): void {
    this.#walker.words[(this.#executionsAt >> 2) + slot]!++;
  }

  #precompile(call: Call, clk: number, isRetained: boolean): void {
    const recorded = new RecordedCall(this.#walker, call, clk);
    this.#calls.push(recorded);
    for (const r of pointerRegisters(call.code)) recorded.registerClks.push(this.#readPointer(r, clk));
    if (!isRetained) {
      this.#lists.SyscallCore.push({
        clk: BigInt(clk),
        id: BigInt(call.code & 255),
        arg1: call.a0 & U48,
        arg2: call.a1 & U48,
      });
    }
    this.#locals.beginCall(clk);
    recorded.take(this.#walker, call, this.#locals, isRetained);
  }

  /** All registers are read at the end of a shard that is not the last. */
  #refresh(clk: number): void {
    for (let r = 0; r < REGISTERS; r++) {
      const ts = this.#lastClk(r);
      const value = this.#walker.register(r);
      this.#lists.MemoryBump.push({ clk: BigInt(clk), ts: BigInt(ts), value, addr: BigInt(r) });
      this.#setStamp(r, clk - this.#epoch);
      this.#accessed[r] = 1;
    }
  }

  #events(splice: Splice): Map<ChipName, Uint8Array> {
    const { words, bytes } = this.#walker;
    const events = new Map<ChipName, Uint8Array>();
    for (const [chip, offset] of this.#listsAt) {
      const name = CHIP_NAMES[chip]!;
      const end = words[(WALK.tails >> 2) + chip]!;
      const expected = (splice.rows.get(name) ?? 0) * sp1Chip(name).event.bytes;
      assert(end - offset === expected, `shards: ${end - offset} bytes of ${name}, not ${expected}`);
      if (end > offset) events.set(name, bytes.subarray(offset, end));
    }
    for (const [name, list] of Object.entries(this.#lists)) {
      if (list.length > 0) events.set(name as ChipName, list.bytes);
    }
    events.set('MemoryLocal', this.#locals.events(this.#registerLocals()));
    for (const [name, structs] of events) {
      // SP1 keeps a doubleword below 32 with the register of that number; such a shard is not filled.
      if (splice.unprovable !== undefined) continue;
      const rows = structs.length / sp1Chip(name).event.bytes;
      assert(rows === (splice.rows.get(name) ?? 0), `shards: ${rows} events of ${name}, not ${splice.rows.get(name)}`);
    }
    return events;
  }

  #registerLocals(): Uint8Array {
    const list = new StructList(sp1Chip('MemoryLocal'));
    const first = this.#splice.clkStart - 1;
    for (let r = 0; r < REGISTERS; r++) {
      const stamp = this.#stamp(r);
      if (stamp !== STALE) this.#noteAccessed(r, stamp);
      if (this.#accessed[r] === 0) continue;
      list.push({
        addr: BigInt(r),
        initial_ts: BigInt(first),
        initial_value: this.#initial[r]!,
        final_ts: BigInt(this.#lastClk(r)),
        final_value: this.#walker.register(r),
      });
    }
    return list.bytes;
  }

  #executions(): Uint32Array {
    const { words, program } = this.#walker;
    return new Uint32Array(words.buffer, this.#executionsAt, program.text.length >>> 2);
  }
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;
