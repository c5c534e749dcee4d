// A walk over a chunk as WebAssembly: the rows of the instruction table once more, with no guest memory (every access
// takes its old value from the chunk's entries) and told by a plan what to note of each instruction. It knows no chip.

import { ENTRY_BYTES } from '../../../runtime/layout.ts';
import type { AccessBytes, Effect } from '../../isa/expr.ts';
import type { Row } from '../../isa/index.ts';
import { opReads } from '../../isa/summary.ts';
import type { CodeWriter, Label } from '../binary/code.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../binary/module.ts';
import { lower, lowerCond } from '../lower.ts';
import { FILTER, FILTER_SHIFT, FIRST_OPERATION, HASH_MULTIPLIER, LEFT, OPERATION, SLOT, WALK } from './layout.ts';
import { WalkFrame, type WalkImports, type WalkPlace } from './walk-frame.ts';

const { i32 } = valueType;

/** An instruction as the plan tells them apart. */
export interface WalkOperation {
  readonly row: Row;
  /** It writes x0, or has no result. */
  readonly isSink: boolean;
  /** Which tally counts it. */
  readonly tally: number;
}

export interface WalkPlan {
  readonly operations: readonly WalkOperation[];
}

/** Parameter of the walk. */
const START = 0;
/** The export: `walk(slot): slot`. */
export const WALK_EXPORT = 'walk';

const IMPORTS: Readonly<Record<keyof WalkImports, readonly [parameters: number, gives: boolean]>> = {
  fresh: [3, false],
  filtered: [3, true],
  stale: [2, false],
  crossing: [2, false],
};

export class WalkWriter extends WalkFrame {
  readonly plan: WalkPlan;

  constructor(place: WalkPlace, imports: WalkImports, plan: WalkPlan) {
    super(place, imports);
    this.plan = plan;
  }

  emit(): CodeWriter {
    const { code } = this;
    code.localGet(START);
    code.localSet(this.to);
    this.pushPlace();
    code.localSet(this.slot);
    code.i32Const(0);
    code.access(access.i64Load, WALK.clk);
    code.localSet(this.clk);
    code.i32Const(0);
    code.access(access.i32Load, WALK.cursor);
    code.localSet(this.cursor);
    const stop = code.block();
    this.top = code.loop();
    this.operations(stop);
    code.end();
    code.end();
    this.leave(LEFT.stop);
    code.op(op.unreachable);
    return code;
  }

  operations(stop: Label): void {
    const { code, plan } = this;
    code.localGet(this.clk);
    code.i32Const(0);
    code.access(access.i64Load, WALK.stop);
    code.op(op.i64GeS);
    code.brIf(stop);
    this.mark();
    const labels = Array.from({ length: FIRST_OPERATION + plan.operations.length }, () => code.block()).reverse();
    this.pushSlot(SLOT.operation);
    code.brTable(labels, labels[OPERATION.host]!);
    for (const number of labels.keys()) {
      code.end();
      if (number < FIRST_OPERATION) this.leave(LEFT.instruction);
      else this.operation(plan.operations[number - FIRST_OPERATION]!);
    }
    code.op(op.unreachable);
  }

  /** The walk was at this slot. */
  mark(): void {
    const { code } = this;
    code.localGet(this.slot);
    code.i32Const(1);
    code.access(access.i32Store8, SLOT.mark);
  }

  operation(operation: WalkOperation): void {
    const { code } = this;
    const { row } = operation;
    const { effect } = row;
    const reads = opReads(row);
    if (reads.rs1) this.loadRegister('rs1', this.rs1);
    if (reads.rs2) this.loadRegister('rs2', this.rs2);
    switch (effect.kind) {
      case 'write':
        if (!operation.isSink) {
          lower(code, effect.value, this.operands);
          code.localSet(this.result);
        }
        break;
      case 'load':
      case 'store':
        this.access(effect, operation);
        break;
      case 'branch':
        lowerCond(code, effect.taken, this.operands);
        code.localSet(this.taken);
        this.note(operation);
        code.localGet(this.taken);
        code.if();
        this.jump();
        code.end();
        this.next();
        return;
      case 'jump':
        this.link(effect, operation);
        return;
      default:
        throw new Error(`bug in jit-exec: ${row.mnemonic} is the host's`);
    }
    this.note(operation);
    if (!operation.isSink) this.writeResult();
    this.next();
  }

  /** What is kept of the instruction: one more in its tally. */
  note({ tally }: WalkOperation): void {
    const { code } = this;
    code.i32Const(WALK.tallies + 4 * tally);
    code.i32Const(WALK.tallies + 4 * tally);
    code.access(access.i32Load);
    code.i32Const(1);
    code.op(op.i32Add);
    code.access(access.i32Store);
  }

  /** To the slot's target. */
  jump(): void {
    const { code } = this;
    this.pushSlot(SLOT.target);
    code.localTee(this.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    this.leaveOutside(() => {
      this.pushPc();
      this.pushSlot(SLOT.imm);
      code.op(op.i32Add);
      code.op(op.i64ExtendI32U);
    });
    code.end();
    this.go();
  }

  link(effect: Extract<Effect, { kind: 'jump' }>, operation: WalkOperation): void {
    const { code } = this;
    const isDirect = effect.target.op === 'add' && effect.target.a.op === 'pc';
    if (!isDirect) {
      lower(code, effect.target, this.operands);
      code.localSet(this.address);
    }
    this.pushPc();
    code.i32Const(4);
    code.op(op.i32Add);
    code.op(op.i64ExtendI32U);
    code.localSet(this.result);
    if (isDirect) {
      this.note(operation);
      if (!operation.isSink) this.writeResult();
      this.jump();
      return;
    }
    this.findSlot();
    this.note(operation);
    if (!operation.isSink) this.writeResult();
    this.go();
  }

  /** Makes `to` the slot at `address`, or leaves. */
  findSlot(): void {
    const { code, place } = this;
    code.localGet(this.address);
    code.i64Const(place.textBase);
    code.op(op.i64Sub);
    code.i64Const(2);
    code.op(op.i64Rotr);
    code.localTee(this.scratch);
    code.i64Const(place.textBytes >>> 2);
    code.op(op.i64GeU);
    code.if();
    this.leaveOutside(() => code.localGet(this.address));
    code.end();
    code.localGet(this.scratch);
    code.op(op.i32WrapI64);
    code.localSet(this.to);
  }

  access(effect: Extract<Effect, { kind: 'load' | 'store' }>, operation: WalkOperation): void {
    const { code } = this;
    lower(code, effect.address, this.operands);
    code.localSet(this.address);
    this.takeEntry();
    this.noteAccess(effect);
    if (effect.kind === 'load' && !operation.isSink) this.loaded(effect);
  }

  /** Makes `old` the value of the next entry, which it leaves behind; leaves the walk where there is none. */
  takeEntry(): void {
    const { code } = this;
    code.localGet(this.cursor);
    code.i32Const(0);
    code.access(access.i32Load, WALK.cursorEnd);
    code.op(op.i32GeU);
    code.if();
    this.leave(LEFT.entries);
    code.end();
    code.localGet(this.cursor);
    code.access(access.i64Load, 8);
    code.localSet(this.old);
    code.localGet(this.cursor);
    code.i32Const(ENTRY_BYTES);
    code.op(op.i32Add);
    code.localSet(this.cursor);
  }

  pushOldClk(): void {
    this.code.localGet(this.cursor);
    this.code.i32Const(ENTRY_BYTES);
    this.code.op(op.i32Sub);
    this.code.access(access.i64Load);
  }

  /** Tells the host of a doubleword that the shard had not accessed, or that the filter has. */
  noteAccess(_effect: Extract<Effect, { kind: 'load' | 'store' }>): void {
    const { code } = this;
    code.i32Const(0);
    code.access(access.i64Load, WALK.shardStart);
    this.pushOldClk();
    code.op(op.i64GtS);
    code.if();
    this.addFresh(() => code.i32Const(1));
    this.pushAddress();
    code.call(this.imports.fresh);
    code.else();
    this.pushFilterBit();
    code.if();
    this.addFresh(() => {
      this.pushAddress();
      code.call(this.imports.filtered);
    });
    code.end();
    code.end();
  }

  addFresh(push: () => void): void {
    const { code } = this;
    code.i32Const(0);
    push();
    code.i32Const(0);
    code.access(access.i32Load, WALK.fresh);
    code.op(op.i32Add);
    code.access(access.i32Store, WALK.fresh);
  }

  /** Low and high word of the address, and the low word of the pc. */
  pushAddress(): void {
    const { code } = this;
    code.localGet(this.address);
    code.op(op.i32WrapI64);
    code.localGet(this.address);
    code.i64Const(32);
    code.op(op.i64ShrU);
    code.op(op.i32WrapI64);
    this.pushPc();
  }

  pushFilterBit(): void {
    const { code } = this;
    const hash = (): void => {
      code.localGet(this.to);
      code.i32Const(FILTER_SHIFT);
      code.op(op.i32ShrU);
    };
    code.localGet(this.address);
    code.i64Const(3);
    code.op(op.i64ShrU);
    code.op(op.i32WrapI64);
    code.i32Const(HASH_MULTIPLIER | 0);
    code.op(op.i32Mul);
    code.localSet(this.to);
    hash();
    code.i32Const(5);
    code.op(op.i32ShrU);
    code.i32Const(2);
    code.op(op.i32Shl);
    code.access(access.i32Load, FILTER.offset);
    hash();
    code.op(op.i32ShrU);
    code.i32Const(1);
    code.op(op.i32And);
  }

  /** Makes `result` what a load has of the doubleword in `old`. */
  loaded({ bytes, signed }: Extract<Effect, { kind: 'load' }>): void {
    const { code } = this;
    code.localGet(this.old);
    if (bytes < 8) {
      this.pushShift();
      code.op(op.i64ShrU);
      this.narrow(bytes, signed);
    }
    code.localSet(this.result);
  }

  /** Bits from the doubleword's end to the address. */
  pushShift(): void {
    const { code } = this;
    code.localGet(this.address);
    code.i64Const(3);
    code.op(op.i64Shl);
  }

  narrow(bytes: AccessBytes, signed: boolean): void {
    const { code } = this;
    if (signed) {
      code.op(bytes === 1 ? op.i64Extend8S : bytes === 2 ? op.i64Extend16S : op.i64Extend32S);
      return;
    }
    code.i64Const(2 ** (8 * bytes) - 1);
    code.op(op.i64And);
  }
}

export function importHost(module: ModuleWriter, pages: number, most: number): WalkImports {
  const entries = Object.entries(IMPORTS).map(([name, [parameters, gives]]) => {
    const type = module.type(new Array(parameters).fill(i32), gives ? [i32] : []);
    return [name, module.importFunction('host', name, type)] as const;
  });
  module.importMemory('host', 'memory', { min: pages, max: most, shared: true });
  return Object.fromEntries(entries) as unknown as WalkImports;
}

/** The bytes of a module that exports the walk and imports from `host`, besides what it tells, a memory of at least `pages`. */
export function emitWalk(place: WalkPlace, plan: WalkPlan, pages: number): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const imports = importHost(module, pages, pages);
  const walk = module.declareFunction(module.type([i32], [i32]), WALK_EXPORT);
  module.defineFunction(walk, new WalkWriter(place, imports, plan).emit());
  module.export(WALK_EXPORT, 'function', walk);
  return module.finish();
}
