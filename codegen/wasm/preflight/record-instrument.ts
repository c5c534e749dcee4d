// Emitted regions of a recorded run of OpenVM: guest memory and its times lie flat, records of a block's instructions at constant
// distances from the tails of their arenas, and only a register's first access in a block looks at its time.

import { ACCESSED, RECORDED } from '../../../runtime/openvm/preflight-layout.ts';
import { RECORDS } from '../../../runtime/openvm/records.ts';
import type { Effect } from '../../isa/expr.ts';
import type { Instruction } from '../../isa/instruction.ts';
import {
  type AccessedWord,
  type PreflightInstruction,
  type RecordPrinter,
  recordOf,
  timesOf,
} from '../../preflight/forms.ts';
import type { AccessEffect } from '../../region/accesses.ts';
import type { RegionPlan } from '../../region/plan.ts';
import type { Block } from '../../region/region.ts';
import { loadOf, storeOf } from '../access.ts';
import type { Value } from '../binary/values.ts';
import type { FunctionsOf } from '../host-imports.ts';
import { lower } from '../lower.ts';
import type { Frame } from '../region/frame.ts';
import { type AccessWriter, type Instrument, PURE_CODE } from '../region/instruments/instrument.ts';
import type { InstructionPlace, WantedHalves } from '../region/place.ts';
import type { BlockCounters } from '../walk/block-counters.ts';
import { writeStruct } from '../walk/event-struct.ts';
import { type Fields, fieldsOf } from './record-fields.ts';

type PreflightImports = FunctionsOf<'preflightRegion'>;

/** What is recorded of an instruction at a pc; undefined where the host does it. */
export type PreflightAt = (instruction: Instruction, pc: number) => PreflightInstruction | undefined;

const WORD = 4;
const TIME_MASK = 2 ** 29 - 1;
/** Bits that no address of memory has. */
const OUTSIDE = -(2 ** 29);

interface Arena {
  /** Local with the byte address of the block's first record. */
  readonly tail: number;
  bytes: number;
}

export class PreflightInstrument implements Instrument, AccessWriter, RecordPrinter<Value> {
  readonly leave: Instrument['leave'] = PURE_CODE.leave;
  readonly undo: Instrument['undo'] = PURE_CODE.undo;
  readonly settle: Instrument['settle'] = PURE_CODE.settle;
  readonly access: undefined;
  readonly #frame: Frame;
  readonly #plan: RegionPlan;
  readonly #counters: BlockCounters;
  readonly #imports: PreflightImports;
  readonly #at: PreflightAt;
  /** By AIR, of the current block. */
  readonly #arenas = new Map<number, Arena>();
  /** Registers that the current block accessed: when, from its start. */
  readonly #accessed = new Map<number, number>();
  /** From the block's start to the instruction's. */
  #time = 0;
  /** Accesses of the instruction whose times were looked at. */
  #looks = 0;
  #place!: InstructionPlace;
  #effect!: Effect;
  /** What a load writes, once its record is written. */
  #loaded: (() => void) | undefined;

  constructor(frame: Frame, plan: RegionPlan, counters: BlockCounters, imports: PreflightImports, at: PreflightAt) {
    this.#frame = frame;
    this.#plan = plan;
    this.#counters = counters;
    this.#imports = imports;
    this.#at = at;
  }

  #local(name: string): number {
    return this.#frame.local(name, this.#frame.v.i32);
  }

  reload(): void {
    const { i32 } = this.#frame.v;
    i32.set(this.#local('clock'), i32.load(undefined, RECORDED.clock));
  }

  spill(): void {
    const { i32 } = this.#frame.v;
    i32.store(undefined, RECORDED.clock, i32.get(this.#local('clock')));
  }

  /** Room for the block's records in each arena. */
  startBlock(block: Block): void {
    this.#time = 0;
    if (block.instructions.length === 0) return;
    this.#counters.count(this.#frame, block);
    const bytes = new Map<number, number>();
    for (const [i, instruction] of block.instructions.entries()) {
      const given = this.#at(instruction, block.pc + WORD * i);
      if (given !== undefined) bytes.set(given.air, (bytes.get(given.air) ?? 0) + RECORDS[given.form].bytes);
    }
    const { i32, seldom, call } = this.#frame.v;
    for (const [air, most] of bytes) {
      const tail = this.#local(`tail ${air}`);
      this.#arenas.set(air, { tail, bytes: 0 });
      const end = i32.add(i32.tee(tail, i32.load(undefined, RECORDED.tails + WORD * air)), i32.constant(most));
      seldom(
        i32.ltU(i32.load(undefined, RECORDED.ends + WORD * air), end),
        call(this.#imports.full, i32.constant(air)),
      );
    }
  }

  endBlock(): void {
    const { i32 } = this.#frame.v;
    for (const [air, { tail, bytes }] of this.#arenas)
      i32.store(undefined, RECORDED.tails + WORD * air, i32.add(i32.get(tail), i32.constant(bytes)));
    for (const [register, time] of this.#accessed)
      i32.store(undefined, RECORDED.registerTimes + WORD * register, this.#accessedAt(time));
    this.#arenas.clear();
    this.#accessed.clear();
    if (this.#time !== 0) i32.set(this.#local('clock'), this.#clock(this.#time));
    this.#time = 0;
  }

  /** So much behind the block's start. */
  #clock(time: number): Value {
    const { i32 } = this.#frame.v;
    const clock = i32.get(this.#local('clock'));
    return time === 0 ? clock : i32.add(clock, i32.constant(time));
  }

  #accessedAt(time: number): Value {
    return this.#clock(ACCESSED + time);
  }

  before(place: InstructionPlace, effect: Effect): void {
    if (effect.kind !== 'load' && effect.kind !== 'store') this.#record(place, effect);
  }

  write(effect: AccessEffect, place: InstructionPlace, wanted: WantedHalves): void {
    this.#record(place, effect);
    if (wanted !== 'nothing') this.#loaded?.();
  }

  #record(place: InstructionPlace, effect: Effect): void {
    const given = this.#at(place.instruction, place.pc);
    if (given === undefined) return;
    this.#place = place;
    this.#effect = effect;
    this.#looks = 0;
    this.#loaded = undefined;
    const values = recordOf<Value>(this, given);
    const arena = this.#arenas.get(given.air)!;
    const fields: Fields = fieldsOf(RECORDS[given.form], values, this.#frame.v.i32);
    writeStruct(this.#frame.code, arena.tail, arena.bytes, fields);
    arena.bytes += RECORDS[given.form].bytes;
    this.#time += timesOf(given);
  }

  at(time: number): Value {
    return this.#clock(this.#time + time);
  }

  read(register: number): Value | number {
    return register === 0 ? 0 : this.#frame.v.i32.get(this.#frame.register(register));
  }

  touch(register: number, time: number): Value {
    const { i32, seldom, call } = this.#frame.v;
    const before = this.#accessed.get(register);
    this.#accessed.set(register, this.#time + time);
    if (before !== undefined) return this.#clock(before);
    const local = this.#look(i32.load(undefined, RECORDED.registerTimes + WORD * register));
    const isNew = i32.eq(i32.get(local), i32.constant(0));
    seldom(isNew, call(this.#imports.touchRegister, i32.constant(register)));
    return i32.and(i32.get(local), i32.constant(TIME_MASK));
  }

  /** The time that is there, in a local of its own. */
  #look(time: Value): number {
    const local = this.#local(`before ${this.#looks++}`);
    this.#frame.v.i32.set(local, time);
    return local;
  }

  /** The printer of regions writes registers, but for those that are loaded. */
  result(): Value | number {
    return 0;
  }

  set(register: number, value: Value | number): void {
    if (this.#effect.kind !== 'load' || typeof value === 'number') return;
    this.#loaded = () => this.#frame.v.i32.set(this.#frame.register(register), value);
  }

  branch(): void {}

  jump(): void {}

  address({ pc }: PreflightInstruction, _base: Value | number, bytes: number): AccessedWord<Value> {
    const { code, v } = this.#frame;
    const { i32, seldom } = v;
    const { operands, node, i } = this.#place;
    const effect = this.#effect;
    const [address, pointer] = [this.#local('address'), this.#local('pointer')];
    if (effect.kind === 'load' || effect.kind === 'store')
      i32.set(address, () => lower(code, effect.address, operands));
    const isBad = i32.and(i32.get(address), i32.constant(OUTSIDE | (bytes - 1)));
    seldom(isBad, () => this.#refuse(pc, address, this.#plan.region.blocks[node]!.instructions.length - i));
    i32.set(pointer, i32.and(i32.get(address), i32.constant(-WORD)));
    const shift = i32.and(i32.get(address), i32.constant(WORD - 1));
    return { pointer: i32.get(pointer), shift, bytes, isPublic: false };
  }

  /** The run ends before an instruction of which so many of the block are not done. */
  #refuse(pc: number, address: number, undone: number): void {
    const { i32, call, give } = this.#frame.v;
    this.#frame.pay(undone);
    this.#frame.spillFuel();
    give(call(this.#imports.refuse, i32.constant(pc), i32.get(address)));
  }

  touchMemory(_place: AccessedWord<Value>, time: number): Value {
    const { i32, seldom, call } = this.#frame.v;
    const pointer = this.#local('pointer');
    const local = this.#look(i32.load(pointer, RECORDED.times));
    seldom(i32.eq(i32.get(local), i32.constant(0)), call(this.#imports.touchChunk, i32.get(pointer)));
    i32.store(pointer, RECORDED.times, this.#accessedAt(this.#time + time));
    return i32.and(i32.get(local), i32.constant(TIME_MASK));
  }

  word(): Value {
    const { i32 } = this.#frame.v;
    const word = this.#local('word');
    i32.set(word, i32.load(this.#local('pointer'), RECORDED.guest));
    return i32.get(word);
  }

  loaded(_given: PreflightInstruction, { bytes }: AccessedWord<Value>, word: Value): Value {
    const effect = this.#effect;
    if (effect.kind !== 'load' || bytes === WORD) return word;
    return this.#frame.v.i32.load(this.#local('address'), RECORDED.guest, loadOf(32, effect.bytes, effect.signed));
  }

  store({ bytes }: AccessedWord<Value>, _before: Value, value: Value | number): void {
    const { i32 } = this.#frame.v;
    const stored = typeof value === 'number' ? i32.constant(value) : value;
    i32.store(this.#local('address'), RECORDED.guest, stored, storeOf(32, bytes as 1 | 2 | 4));
  }
}
