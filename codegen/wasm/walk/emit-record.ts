// The walk that records: what each instruction was and did goes into an event, a struct of its chip's list, whose layout the
// plan gives by the fields' names. Registers have stamps; doublewords have a table of their first and last state in the shard.

import type { Effect, Expr } from '../../isa/expr.ts';
import { type Access, access, op, valueType } from '../binary/instructions.ts';
import { moduleWriter } from '../binary/module.ts';
import { lower } from '../lower.ts';
import { importHost, WALK_EXPORT, type WalkOperation, WalkWriter } from './emit-walk.ts';
import { SLOT_SHIFT, SLOTS_OFFSET, WALK } from './layout.ts';
import { touchFunction } from './local-table.ts';
import type { WalkImports, WalkPlace } from './walk-frame.ts';

const { i32, i64 } = valueType;

/** The clock's bits in a stamp. */
const EPOCH_MASK = 0xffffff;
/** When registers are accessed within an instruction. */
const POSITION = { c: 2, b: 3, a: 4 } as const;

/** Where SP1's three operands come from. */
export interface OperandSources {
  readonly a: 'rd' | 'rs1' | 'rs2';
  readonly b: 'rs1' | 'rs2' | 'imm';
  readonly c: 'rs2' | 'imm' | 'zero';
}

export interface RecordField {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
}

export interface RecordOperation extends WalkOperation {
  /** Index of its list's tail. */
  readonly list: number;
  readonly eventBytes: number;
  readonly fields: readonly RecordField[];
  readonly sources: OperandSources;
  readonly opcode: number;
  /** Of an instruction at a page's end: the list that gets an event besides, of `stateFields`. */
  readonly crossing: boolean;
}

export interface RecordPlan {
  readonly operations: readonly RecordOperation[];
}

const STORES: Readonly<Record<number, Access>> = {
  1: access.i32Store8,
  2: access.i32Store16,
  4: access.i32Store,
  8: access.i64Store,
};

/** The export that takes an access of the host's into the table: its arguments are u64 as two words. */
export const TOUCH_EXPORT = 'touch';

class RecordWriter extends WalkWriter {
  readonly #tail: number = this.code.addLocal(i32);
  readonly #clkLow: number = this.code.addLocal(i32);
  readonly #stamps = { a: this.code.addLocal(i32), b: this.code.addLocal(i32), c: this.code.addLocal(i32) };
  readonly #value: number = this.code.addLocal(i64);
  readonly #touch: number;

  constructor(place: WalkPlace, imports: WalkImports, plan: RecordPlan, touch: number) {
    super(place, imports, plan);
    this.#touch = touch;
  }

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
      code.i32Const(SLOT_SHIFT - 2);
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

  #field({ name, offset, bytes }: RecordField, record: RecordOperation): void {
    const { code } = this;
    code.localGet(this.#tail);
    if (bytes === 8) this.#push64(name, record);
    else this.#push32(name, record);
    code.access(STORES[bytes]!, offset, 0);
  }

  #push64(name: string, { row, sources }: RecordOperation): void {
    const { code } = this;
    switch (name) {
      case 'clk':
        code.localGet(this.clk);
        return;
      case 'pc':
        this.pushPc();
        code.op(op.i64ExtendI32U);
        return;
      case 'a_prev':
        this.pushRegisterPlace(sources.a);
        code.access(access.i64Load, WALK.registers);
        return;
      case 'b':
        this.#pushOperand(sources.b);
        return;
      case 'c':
        this.#pushOperand(sources.c);
        return;
      case 'mem':
        code.localGet(this.old);
        return;
      case 'mem_ts':
        this.pushOldClk();
        return;
      case 'next_pc':
        this.#pushNextPc();
        return;
      case 'quotient':
      case 'remainder':
        if (row.effect.kind === 'write') lower(code, divisionOf(row.effect.value, name), this.operands);
        return;
      default:
        throw new Error(`bug in jit-exec: no source of the field ${name}`);
    }
  }

  #pushOperand(source: OperandSources['b'] | OperandSources['c']): void {
    const { code } = this;
    if (source === 'imm') this.operands.leaf!('imm', 64);
    else if (source === 'zero') code.i64Const(0);
    else this.#pushRegister(source);
  }

  #pushRegister(field: 'rs1' | 'rs2'): void {
    this.pushRegisterPlace(field);
    this.code.access(access.i64Load, WALK.registers);
  }

  /** Of a branch. */
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

  #push32(name: string, { sources, opcode }: RecordOperation): void {
    const { code } = this;
    const number = (source: string): void => {
      if (source === 'imm' || source === 'zero') code.i32Const(0);
      else {
        this.pushRegisterPlace(source as 'rd' | 'rs1' | 'rs2');
        code.i32Const(3);
        code.op(op.i32ShrU);
      }
    };
    switch (name) {
      case 'a_ts':
        code.localGet(this.#stamps.a);
        return;
      case 'b_ts':
        code.localGet(this.#stamps.b);
        return;
      case 'c_ts':
        if (sources.c === 'rs2') code.localGet(this.#stamps.c);
        else code.i32Const(0);
        return;
      case 'op_a':
        number(sources.a);
        return;
      case 'op_b':
        number(sources.b);
        return;
      case 'op_c':
        number(sources.c);
        return;
      case 'opcode':
        code.i32Const(opcode);
        return;
      case 'imm':
        code.i32Const(sources.c === 'imm' ? 1 : 0);
        return;
      default:
        throw new Error(`bug in jit-exec: no source of the field ${name}`);
    }
  }

  /** The doubleword, before and after, goes into the table. */
  override noteAccess(effect: Extract<Effect, { kind: 'load' | 'store' }>): void {
    const { code } = this;
    code.localGet(this.old);
    code.localSet(this.#value);
    if (effect.kind === 'store') this.#merge(effect);
    code.localGet(this.address);
    code.i64Const(-8);
    code.op(op.i64And);
    this.pushOldClk();
    code.localGet(this.old);
    code.localGet(this.clk);
    code.i64Const(1);
    code.op(op.i64Add);
    code.localGet(this.#value);
    code.call(this.#touch);
  }

  /** Puts a store's bytes into the doubleword's. */
  #merge({ bytes, value }: Extract<Effect, { kind: 'store' }>): void {
    const { code } = this;
    if (bytes === 8) {
      lower(code, value, this.operands);
      code.localSet(this.#value);
      return;
    }
    const mask = 2n ** BigInt(8 * bytes) - 1n;
    code.localGet(this.old);
    code.i64Const(mask);
    this.pushShift();
    code.op(op.i64Shl);
    code.i64Const(-1);
    code.op(op.i64Xor);
    code.op(op.i64And);
    lower(code, value, this.operands);
    if (value.w === 32) code.op(op.i64ExtendI32U);
    code.i64Const(mask);
    code.op(op.i64And);
    this.pushShift();
    code.op(op.i64Shl);
    code.op(op.i64Or);
    code.localSet(this.#value);
  }
}

const QUOTIENTS = { divS: 'divS', divU: 'divU', remS: 'divS', remU: 'divU' } as const;
const REMAINDERS = { divS: 'remS', divU: 'remU', remS: 'remS', remU: 'remU' } as const;

/** The quotient or the remainder of a division that has the other, of the same operands. */
function divisionOf(expr: Expr, what: 'quotient' | 'remainder'): Expr {
  if (expr.op === 'sext' || expr.op === 'zext') return { ...expr, a: divisionOf(expr.a, what) };
  const table = what === 'quotient' ? QUOTIENTS : REMAINDERS;
  if (!(expr.op in table)) throw new Error(`bug in jit-exec: ${expr.op} is no division`);
  return { ...expr, op: table[expr.op as keyof typeof table] } as Expr;
}

/** The bytes of a module that exports the walk and `touch`; the memory may have from `pages` to `most` pages. */
export function emitRecordingWalk(
  place: WalkPlace,
  plan: RecordPlan,
  pages: number,
  most: number,
): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const imports = importHost(module, pages, most);
  const touch = module.declareFunction(module.type(new Array(5).fill(i64), []), TOUCH_EXPORT);
  module.defineFunction(touch, touchFunction());
  module.export(TOUCH_EXPORT, 'function', touch);
  const walk = module.declareFunction(module.type([i32], [i32]), WALK_EXPORT);
  module.defineFunction(walk, new RecordWriter(place, imports, plan, touch).emit());
  module.export(WALK_EXPORT, 'function', walk);
  return module.finish();
}
