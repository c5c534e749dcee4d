// The walk that records: what each instruction was and did goes into an event, a struct of its chip's list, whose layout the
// plan gives by the fields' names. Registers have stamps; doublewords have a table of their first and last state in the shard.

import type { Effect } from '../../isa/expr.ts';
import type { CodeWriter } from '../binary/code.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { moduleWriter } from '../binary/module.ts';
import { lower } from '../lower.ts';
import { importHost, WALK_EXPORT, type WalkOperation, WalkWriter } from './emit-walk.ts';
import { type EventField, type FieldSources, type OperandSources, sourceOf } from './event-fields.ts';
import { STORES } from './event-struct.ts';
import { SLOTS_OFFSET, WALK, WALK_SLOT_SHIFT } from './layout.ts';
import { findFunction, lookFunction, touchFunction } from './local-chain.ts';
import { pushMerged } from './merge.ts';
import type { WalkPlace } from './walk-frame.ts';

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

export interface RecordPlan {
  readonly operations: readonly RecordOperation[];
}

/** `find(address, old clk, old value)`: the place of a doubleword's local event; and what emitted regions call where the chain does not know. */
export const FIND_EXPORT = 'find';
export const LOOK_EXPORT = 'look';

class RecordWriter extends WalkWriter {
  readonly #tail: number = this.code.addLocal(i32);
  readonly #clkLow: number = this.code.addLocal(i32);
  readonly #stamps = { a: this.code.addLocal(i32), b: this.code.addLocal(i32), c: this.code.addLocal(i32) };
  readonly #value: number = this.code.addLocal(i64);

  /** Counted with the event. */
  override mark(): void {}

  override note(operation: WalkOperation): void {
    const record = operation as RecordOperation;
    const { code } = this;
    this.#countExecution();
    code.localGet(this.clk);
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
    this.pushPc();
    code.localGet(this.#clkLow);
    code.call(this.imports.crossing);
  }

  #countExecution(): void {
    const { code } = this;
    const place = (): void => {
      code.localGet(this.slot);
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
    const { code } = this;
    const stamp = this.#stamps[operand];
    const now = (): void => {
      code.localGet(this.#clkLow);
      code.i32Const(POSITION[operand]);
      code.op(op.i32Add);
    };
    const place = (): void => {
      this.pushRegisterPlace(field);
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
    code.call(this.imports.stale);
    code.i32Const(0);
    code.localSet(stamp);
    code.end();
    place();
    now();
    code.access(access.i32Store, WALK.stamps);
  }

  #field({ name, offset, bytes }: EventField, record: RecordOperation): void {
    const { code } = this;
    code.localGet(this.#tail);
    const source = sourceOf(name, record, this.#sources);
    if (typeof source === 'function') source();
    else if (bytes === 8) code.i64Const(source.constant);
    else code.i32Const(Number(source.constant));
    code.access(STORES[bytes], offset, 0);
  }

  get #sources(): FieldSources {
    const { code } = this;
    return {
      clk: () => code.localGet(this.clk),
      pc: () => {
        this.pushPc();
        code.op(op.i64ExtendI32U);
      },
      immediate: () => this.operands.leaf!('imm', 64),
      oldValue: () => code.localGet(this.old),
      oldClk: () => this.pushOldClk(),
      nextPc: () => this.#pushNextPc(),
      register: field => () => {
        this.pushRegisterPlace(field);
        code.access(access.i64Load, WALK.registers);
      },
      number: field => () => {
        this.pushRegisterPlace(field);
        code.i32Const(3);
        code.op(op.i32ShrU);
      },
      stamp: operand => () => code.localGet(this.#stamps[operand]),
      expression: expr => () => lower(code, expr, this.operands),
    };
  }

  #pushNextPc(): void {
    const { code } = this;
    this.pushPc();
    this.operands.leaf!('imm', 32);
    code.i32Const(4);
    code.localGet(this.taken);
    code.op(op.select);
    code.op(op.i32Add);
    code.op(op.i64ExtendI32U);
  }

  /** The doubleword, before and after, goes into the table. */
  override noteAccess(effect: Extract<Effect, { kind: 'load' | 'store' }>): void {
    const { code } = this;
    code.localGet(this.old);
    code.localSet(this.#value);
    if (effect.kind === 'store') {
      const old = (): void => code.localGet(this.old);
      pushMerged(code, effect, this.operands, old, () => this.pushShift());
      code.localSet(this.#value);
    }
    code.localGet(this.address);
    code.i64Const(-8);
    code.op(op.i64And);
    this.pushOldClk();
    code.localGet(this.old);
    code.localGet(this.clk);
    code.i64Const(1);
    code.op(op.i64Add);
    code.localGet(this.#value);
    code.call(this.helper);
  }
}

/** The bytes of a module that exports the walk, `find` and `look`; the memory may have from `pages` to `most` pages. */
export function emitRecordingWalk(
  place: WalkPlace,
  plan: RecordPlan,
  pages: number,
  most: number,
): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const resolve = module.importFunction('host', 'resolve', module.type([i64, i64], [i32]));
  const imports = importHost(module, pages, most);
  const define = (name: string, parameters: number, gives: boolean, body: CodeWriter): number => {
    const type = module.type(new Array(parameters).fill(i64), gives ? [i32] : []);
    const index = module.declareFunction(type, name);
    module.defineFunction(index, body);
    return index;
  };
  const look = define(LOOK_EXPORT, 3, true, lookFunction(resolve));
  module.export(LOOK_EXPORT, 'function', look);
  module.export(FIND_EXPORT, 'function', define(FIND_EXPORT, 3, true, findFunction(look)));
  const touch = define('touch', 5, false, touchFunction(look));
  const walk = module.declareFunction(module.type([i32], [i32]), WALK_EXPORT);
  module.defineFunction(walk, new RecordWriter(place, imports, plan, touch).emit());
  module.export(WALK_EXPORT, 'function', walk);
  return module.finish();
}
