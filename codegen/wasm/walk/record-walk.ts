// The walk that records: what each instruction was and did goes into an event, a struct of its chip's list, whose layout the
// plan gives by the fields' names. Registers have stamps; doublewords have a table of their first and last state in the shard.

import { SLOTS_OFFSET, WALK, WALK_SLOT_SHIFT } from '../../../runtime/trace/walk-layout.ts';
import type { AccessEffect } from '../../region/accesses.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { moduleWriter } from '../binary/module.ts';
import { exportFunction, type FunctionsOf, importFunctions, importMemory } from '../host-imports.ts';
import { lower } from '../lower.ts';
import { type WalkNotes, type WalkOperation, walkFunction } from './emit-walk.ts';
import { type EventField, type FieldSources, type OperandSources, sourceOf } from './event-fields.ts';
import { STORES } from './event-struct.ts';
import { findFunction, lookFunction, touchLocalFunction } from './local-chain.ts';
import { pushMerged } from './merge.ts';
import { WalkEntries } from './walk-entries.ts';
import { WalkFrame, type WalkPlace } from './walk-frame.ts';
import { WalkJumps } from './walk-jumps.ts';

const { i32, i64 } = valueType;

/** The clock's bits in a stamp. */
export const EPOCH_MASK = 0xffffff;
/** When registers are accessed within an instruction. */
export const POSITION = { c: 2, b: 3, a: 4 } as const;

export interface RecordOperation extends WalkOperation {
  /** Index of its list's tail. */
  readonly list: number;
  readonly eventBytes: number;
  readonly fields: readonly EventField[];
  readonly sources: OperandSources;
  readonly opcode: number;
  /** Of an instruction at a page's end: the list that gets an event besides, of `stateFields`. */
  readonly crossing: boolean;
}

/** Indices of what it calls: functions of the ABI, and that of `touchFunction`. */
type RecordCalls = Pick<FunctionsOf<'recordingWalk'>, 'stale' | 'crossing'> & { readonly touch: number };

class RecordNotes implements WalkNotes<RecordOperation> {
  readonly #frame: WalkFrame;
  readonly #entries: WalkEntries;
  readonly #calls: RecordCalls;
  readonly #tail: number;
  readonly #clkLow: number;
  readonly #stamps: Readonly<Record<'a' | 'b' | 'c', number>>;
  readonly #value: number;

  constructor(frame: WalkFrame, entries: WalkEntries, calls: RecordCalls) {
    this.#frame = frame;
    this.#entries = entries;
    this.#calls = calls;
    const { code } = frame;
    this.#tail = code.addLocal(i32);
    this.#clkLow = code.addLocal(i32);
    this.#stamps = { a: code.addLocal(i32), b: code.addLocal(i32), c: code.addLocal(i32) };
    this.#value = code.addLocal(i64);
  }

  /** Counted with the event. */
  mark(): void {}

  note(record: RecordOperation): void {
    const { code, clk } = this.#frame;
    this.#countExecution();
    code.localGet(clk);
    code.op(op.i32WrapI64);
    code.i32Const(EPOCH_MASK);
    code.op(op.i32And);
    code.localSet(this.#clkLow);
    const { a, b, c } = record.sources;
    // Which is the order in which they are accessed.
    if (c === 'rs2') this.#stamp('c', c);
    if (b !== 'imm') this.#stamp('b', b);
    this.#stamp('a', a);
    code.i32Const(0);
    code.access(access.i32Load, WALK.tails + 4 * record.list);
    code.localSet(this.#tail);
    for (const field of record.fields) this.#field(field, record);
    code.i32Const(0);
    code.localGet(this.#tail);
    code.i32Const(record.eventBytes);
    code.op(op.i32Add);
    code.access(access.i32Store, WALK.tails + 4 * record.list);
    if (!record.crossing) return;
    this.#frame.pushPc();
    code.localGet(this.#clkLow);
    code.call(this.#calls.crossing);
  }

  #countExecution(): void {
    const { code, slot } = this.#frame;
    const place = (): void => {
      code.localGet(slot);
      code.i32Const(SLOTS_OFFSET);
      code.op(op.i32Sub);
      code.i32Const(WALK_SLOT_SHIFT - 2);
      code.op(op.i32ShrU);
      code.i32Const(0);
      code.access(access.i32Load, WALK.executions);
      code.op(op.i32Add);
    };
    place();
    place();
    code.access(access.i32Load);
    code.i32Const(1);
    code.op(op.i32Add);
    code.access(access.i32Store);
  }

  /** Takes the stamp of an operand's register and gives it this access's; one of an earlier epoch is 0, told to the host. */
  #stamp(operand: 'a' | 'b' | 'c', field: 'rd' | 'rs1' | 'rs2'): void {
    const { code } = this.#frame;
    const stamp = this.#stamps[operand];
    const now = (): void => {
      code.localGet(this.#clkLow);
      code.i32Const(POSITION[operand]);
      code.op(op.i32Add);
    };
    const place = (): void => {
      this.#frame.pushRegisterPlace(field);
      code.i32Const(1);
      code.op(op.i32ShrU);
    };
    place();
    code.access(access.i32Load, WALK.stamps);
    code.localTee(stamp);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    place();
    code.i32Const(2);
    code.op(op.i32ShrU);
    now();
    code.call(this.#calls.stale);
    code.i32Const(0);
    code.localSet(stamp);
    code.end();
    place();
    now();
    code.access(access.i32Store, WALK.stamps);
  }

  #field({ name, offset, bytes }: EventField, record: RecordOperation): void {
    const { code } = this.#frame;
    code.localGet(this.#tail);
    const source = sourceOf(name, record, this.#sources);
    if (typeof source === 'function') source();
    else if (bytes === 8) code.i64Const(source.constant);
    else code.i32Const(Number(source.constant));
    code.access(STORES[bytes], offset, 0);
  }

  get #sources(): FieldSources {
    const frame = this.#frame;
    const { code } = frame;
    return {
      clk: () => code.localGet(frame.clk),
      pc: () => {
        frame.pushPc();
        code.op(op.i64ExtendI32U);
      },
      immediate: () => frame.operands.leaf!('imm', 64),
      oldValue: () => code.localGet(frame.old),
      oldClk: () => this.#entries.pushOldClk(),
      nextPc: () => this.#pushNextPc(),
      register: field => () => {
        frame.pushRegisterPlace(field);
        code.access(access.i64Load, WALK.registers);
      },
      number: field => () => {
        frame.pushRegisterPlace(field);
        code.i32Const(3);
        code.op(op.i32ShrU);
      },
      stamp: operand => () => code.localGet(this.#stamps[operand]),
      expression: expr => () => lower(code, expr, frame.operands),
    };
  }

  #pushNextPc(): void {
    const { code, operands, taken } = this.#frame;
    this.#frame.pushPc();
    operands.leaf!('imm', 32);
    code.i32Const(4);
    code.localGet(taken);
    code.op(op.select);
    code.op(op.i32Add);
    code.op(op.i64ExtendI32U);
  }

  /** The doubleword, before and after, goes into the table. */
  access(effect: AccessEffect): void {
    const { code, operands, old, address, clk } = this.#frame;
    const value = this.#value;
    code.localGet(old);
    code.localSet(value);
    if (effect.kind === 'store') {
      pushMerged(
        code,
        effect,
        operands,
        () => code.localGet(old),
        () => this.#entries.pushShift(),
      );
      code.localSet(value);
    }
    code.localGet(address);
    code.i64Const(-8);
    code.op(op.i64And);
    this.#entries.pushOldClk();
    code.localGet(old);
    code.localGet(clk);
    code.i64Const(1);
    code.op(op.i64Add);
    code.localGet(value);
    code.call(this.#calls.touch);
  }
}

/** The bytes of a module; its memory may have from `pages` to `most` pages. */
export function emitRecordingWalk(
  place: WalkPlace,
  operations: readonly RecordOperation[],
  pages: number,
  most: number,
): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const imports = importFunctions(module, 'recordingWalk');
  importMemory(module, pages, most);
  const look = exportFunction(module, 'look', lookFunction(imports.resolve));
  exportFunction(module, 'find', findFunction(look));
  const touch = module.declareFunction(module.type([i64, i64, i64, i64, i64], []), 'touch');
  module.defineFunction(touch, touchLocalFunction(look));
  const frame = new WalkFrame(place);
  const entries = new WalkEntries(frame);
  const notes = new RecordNotes(frame, entries, { ...imports, touch });
  const jumps = new WalkJumps(frame, imports.seen);
  exportFunction(module, 'walk', walkFunction({ frame, notes, entries, jumps }, operations));
  return module.finish();
}
