// Emitted regions of a walk that records: the events of a block's instructions at constant distances from the tails of their
// lists, each register's first access in the block with its stamp from the control page, every other one with a constant.

import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import { LOCAL, WALK } from '../../../runtime/trace/walk-layout.ts';
import type { Effect } from '../../isa/expr.ts';
import type { Instruction } from '../../isa/instruction.ts';
import type { AccessEffect } from '../../region/accesses.ts';
import type { RegionPlan } from '../../region/plan.ts';
import type { Block } from '../../region/region.ts';
import { access, op } from '../binary/instructions.ts';
import type { Value } from '../binary/values.ts';
import type { FunctionsOf } from '../host-imports.ts';
import { lower, lowerCond } from '../lower.ts';
import type { Frame } from '../region/frame.ts';
import { type AccessWriter, type Instrument, PURE_CODE } from '../region/instruments/instrument.ts';
import type { InstructionPlace, WantedHalves } from '../region/place.ts';
import type { BlockCounters } from './block-counters.ts';
import { Entries } from './entries.ts';
import { type FieldSources, type RegisterField, type Source, sourceOf } from './event-fields.ts';
import { writeStruct } from './event-struct.ts';
import { findLocal } from './local-chain.ts';
import { pushMerged } from './merge.ts';
import { EPOCH_MASK, POSITION, type RecordOperation } from './record-walk.ts';

type RecordImports = FunctionsOf<'recordingRegion'>;

/** What is recorded of an instruction at a pc; undefined where the host does it. */
export type OperationAt = (instruction: Instruction, pc: number) => RecordOperation | undefined;

interface List {
  readonly tail: number;
  bytes: number;
}

export class RecordInstrument implements Instrument, AccessWriter {
  readonly leave: Instrument['leave'] = PURE_CODE.leave;
  readonly undo: Instrument['undo'] = PURE_CODE.undo;
  readonly settle: Instrument['settle'] = PURE_CODE.settle;
  readonly access: undefined;
  readonly #frame: Frame;
  readonly #plan: RegionPlan;
  readonly #entries: Entries;
  readonly #counters: BlockCounters;
  readonly #imports: RecordImports;
  readonly #operationAt: OperationAt;
  /** Of the current block, by list: local of the tail as it was at the start, and bytes written since. */
  readonly #lists = new Map<number, List>();
  /** Registers accessed in the current block: the clk of the last access less that of the block. */
  readonly #accessed = new Map<number, number>();
  /** What the current block adds to the clock. */
  #clkOfBlock = 0;

  constructor(
    frame: Frame,
    plan: RegionPlan,
    counters: BlockCounters,
    imports: RecordImports,
    operationAt: OperationAt,
  ) {
    this.#frame = frame;
    this.#plan = plan;
    this.#entries = new Entries(frame);
    this.#counters = counters;
    this.#imports = imports;
    this.#operationAt = operationAt;
  }

  #i32(name: string): number {
    return this.#frame.local(name, this.#frame.v.i32);
  }

  #i64(name: string): number {
    return this.#frame.local(name, this.#frame.v.i64);
  }

  reload(): void {
    const { fuel, v } = this.#frame;
    const { i32, i64, low, extend } = v;
    this.#entries.reload();
    i32.set(this.#i32('chain'), i32.load(undefined, WALK.chain));
    i32.set(this.#i32('stale'), i32.load(undefined, WALK.stale));
    const clkLow = i32.sub(i32.load(undefined, 4 * CONTROL.clkBase), i32.shl(i32.get(fuel), i32.constant(3)));
    const high = i64.shl(i64.load(undefined, 4 * CONTROL.clkHi, access.i64Load32U), i64.constant(32));
    const clk = i64.get(this.#i64('clk'));
    i64.set(this.#i64('clk'), i64.or(extend(clkLow), high));
    i32.set(this.#i32('low'), i32.and(low(clk), i32.constant(EPOCH_MASK)));
    const distance = i64.sub(clk, i64.get(this.#entries.shardStart));
    i32.set(this.#i32('link'), i32.add(i32.get(this.#i32('chain')), i32.shrU(low(distance), i32.constant(1))));
  }

  spill(): void {
    this.#entries.spill();
  }

  startBlock(block: Block): void {
    this.#clkOfBlock = CLK_PER_INSTRUCTION * block.instructions.length;
    if (block.instructions.length === 0) return;
    this.#counters.count(this.#frame, block);
    const { i32 } = this.#frame.v;
    this.#tellStale(block);
    let { pc } = block;
    for (const instruction of block.instructions) {
      const operation = this.#operationAt(instruction, pc);
      pc += instruction.size;
      if (operation === undefined || this.#lists.has(operation.list)) continue;
      const tail = this.#i32(`tail ${operation.list}`);
      i32.set(tail, i32.load(undefined, WALK.tails + 4 * operation.list));
      this.#lists.set(operation.list, { tail, bytes: 0 });
    }
  }

  /** Tells the host where a register of the block was last accessed in an earlier epoch. */
  #tellStale({ pc, instructions }: Block): void {
    const { i32, seldom, call } = this.#frame.v;
    let registers = 0;
    let at = pc;
    for (const instruction of instructions) {
      const operation = this.#operationAt(instruction, at);
      at += instruction.size;
      if (operation === undefined) continue;
      const { a, b, c } = operation.sources;
      for (const field of [a, b, c]) {
        if (field !== 'imm' && field !== 'zero') registers |= 1 << instruction[field];
      }
    }
    const stale = this.#i32('stale');
    seldom(i32.and(i32.get(stale), i32.constant(registers)), () => {
      const block = [i32.constant(pc), i32.constant(instructions.length), i32.get(this.#i32('low'))];
      call(this.#imports.bump, ...block)();
      i32.set(stale, i32.load(undefined, WALK.stale));
    });
  }

  before(place: InstructionPlace, effect: Effect): void {
    if (effect.kind !== 'load' && effect.kind !== 'store') this.#record(place);
  }

  #record({ i, pc, instruction, operands, node }: InstructionPlace): void {
    const operation = this.#operationAt(instruction, pc);
    if (operation === undefined) return;
    const { code, v } = this.#frame;
    const { i32, i64, call } = v;
    const clk = CLK_PER_INSTRUCTION * i;
    const stamps: Partial<Record<'a' | 'b' | 'c', Value>> = {};
    // The order in which they are accessed.
    for (const operand of ['c', 'b', 'a'] as const) {
      const field = operation.sources[operand];
      if (field === 'imm' || field === 'zero') continue;
      stamps[operand] = this.#stamp(instruction[field], clk + POSITION[operand]);
    }
    const register = (field: RegisterField): Source => i64.get(this.#frame.register(instruction[field]));
    const from: FieldSources = {
      clk: i64.add(i64.get(this.#i64('clk')), i64.constant(clk)),
      pc: { constant: BigInt(pc) },
      immediate: { constant: BigInt(instruction.imm) },
      oldValue: this.#entries.oldValue,
      oldClk: this.#entries.oldClk,
      nextPc: () => this.#pushNextPc(node, instruction, operands),
      register: field => (instruction[field] === 0 ? { constant: 0n } : register(field)),
      number: field => ({ constant: BigInt(instruction[field]) }),
      stamp: operand => stamps[operand]!,
      expression: expr => () => lower(code, expr, operands),
    };
    const list = this.#lists.get(operation.list)!;
    const fields = operation.fields.map(field => ({ ...field, source: sourceOf(field.name, operation, from) }));
    writeStruct(code, list.tail, list.bytes, fields);
    list.bytes += operation.eventBytes;
    if (!operation.crossing) return;
    call(this.#imports.crossing, i32.constant(pc), i32.add(i32.get(this.#i32('low')), i32.constant(clk)))();
  }

  /** The stamp of a register that is accessed now, so many clk behind the block's start. */
  #stamp(register: number, now: number): Value {
    const { i32 } = this.#frame.v;
    const before = this.#accessed.get(register);
    this.#accessed.set(register, now);
    if (before === undefined) return i32.load(undefined, WALK.stamps + 4 * register);
    return i32.add(i32.get(this.#i32('low')), i32.constant(before));
  }

  #pushNextPc(node: number, instruction: Instruction, operands: InstructionPlace['operands']): void {
    const { code } = this.#frame;
    const block = this.#plan.region.blocks[node]!;
    const effect = block.effects.at(-1)!;
    if (effect.kind !== 'branch' || block.end.kind !== 'branch') {
      throw new Error(`bug in jit-exec: ${instruction.row.mnemonic} is no branch`);
    }
    code.i64Const(block.end.taken);
    code.i64Const(block.end.next);
    lowerCond(code, effect.taken, operands);
    code.op(op.select);
  }

  write(effect: AccessEffect, place: InstructionPlace, wanted: WantedHalves): void {
    const { code, v } = this.#frame;
    const { i32, i64 } = v;
    const entries = this.#entries;
    const { operands, instruction } = place;
    const [address, doubleword] = [this.#i64('address'), this.#i64('doubleword')];
    const [oldClk, old, now] = [this.#i64('oldClk'), this.#i64('old'), this.#i64('new')];
    const local = this.#i32('local');
    const clk = CLK_PER_INSTRUCTION * place.i;
    i64.set(address, () => lower(code, effect.address, operands));
    i64.set(oldClk, entries.oldClk);
    i64.set(old, entries.oldValue);
    this.#record(place);
    i64.set(doubleword, i64.and(i64.get(address), i64.constant(-8)));
    findLocal(code, v, {
      address: i64.get(doubleword),
      oldClk: i64.get(oldClk),
      oldValue: i64.get(old),
      shardStart: i64.get(entries.shardStart),
      chain: i32.get(this.#i32('chain')),
      place: local,
      look: this.#imports.look,
    });
    if (effect.kind === 'store') {
      const shift = i64.shl(i64.get(address), i64.constant(3));
      i64.set(now, () => pushMerged(code, effect, operands, i64.get(old), shift));
    }
    i64.store(local, LOCAL.finalClk, i64.add(i64.get(this.#i64('clk')), i64.constant(clk + 1)));
    i64.store(local, LOCAL.finalValue, i64.get(effect.kind === 'store' ? now : old));
    i32.store(this.#i32('link'), (clk >> 1) & -4, i32.get(local));
    if (effect.kind === 'load' && wanted !== 'nothing') {
      i64.set(this.#frame.register(instruction.rd), entries.loaded(effect, i64.get(address)));
    }
    entries.take();
  }

  endBlock(): void {
    const { i32, i64 } = this.#frame.v;
    this.#entries.endBlock();
    for (const [list, { tail, bytes }] of this.#lists) {
      i32.store(undefined, WALK.tails + 4 * list, i32.add(i32.get(tail), i32.constant(bytes)));
    }
    for (const [register, clk] of this.#accessed) {
      i32.store(undefined, WALK.stamps + 4 * register, i32.add(i32.get(this.#i32('low')), i32.constant(clk)));
    }
    this.#lists.clear();
    this.#accessed.clear();
    const clk = this.#clkOfBlock;
    if (clk === 0) return;
    i64.set(this.#i64('clk'), i64.add(i64.get(this.#i64('clk')), i64.constant(clk)));
    i32.set(this.#i32('low'), i32.add(i32.get(this.#i32('low')), i32.constant(clk)));
    i32.set(this.#i32('link'), i32.add(i32.get(this.#i32('link')), i32.constant(clk >> 1)));
  }
}
