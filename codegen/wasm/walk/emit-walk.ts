// A walk over a chunk as WebAssembly: the rows of the instruction table once more, with no guest memory (every access
// takes its old value from the chunk's entries) and told by a plan what to note of each instruction. It knows no chip.

import { ENTRY_WEIGHT } from '../../../runtime/abi.ts';
import { ENTRY_BYTES } from '../../../runtime/layout.ts';
import type { AccessBytes, Effect } from '../../isa/expr.ts';
import type { Row } from '../../isa/index.ts';
import { opReads } from '../../isa/summary.ts';
import type { CodeWriter, Label } from '../binary/code.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../binary/module.ts';
import { lower, lowerCond } from '../lower.ts';
import { FIRST_OPERATION, LEFT, TOLD, WALK, WALK_OPERATION, WALK_SLOT } from './layout.ts';
import { noteFunction } from './note-function.ts';
import { WalkFrame, type WalkImports, type WalkPlace } from './walk-frame.ts';

const { i32, i64 } = valueType;

/** An instruction as the plan tells them apart. */
export interface WalkOperation {
  readonly row: Row;
  /** It writes x0, or has no result. */
  readonly isSink: boolean;
  /** Which tally counts it. */
  readonly tally: number;
}

export interface WalkOperations {
  readonly operations: readonly WalkOperation[];
}

/** Parameter of the walk. */
const START = 0;
/** The export: `walk(slot): slot`. */
export const WALK_EXPORT = 'walk';
/** What emitted regions call of an access: `note(address, old clk, low word of the pc)`. */
export const NOTE_EXPORT = 'note';

const IMPORTS: Readonly<Record<keyof WalkImports, readonly [parameters: number, gives: boolean]>> = {
  fresh: [3, false],
  filtered: [3, true],
  stale: [2, false],
  crossing: [2, false],
  seen: [2, false],
};

export class WalkWriter extends WalkFrame {
  readonly plan: WalkOperations;
  /** The function that is told of an access. */
  readonly helper: number;

  constructor(place: WalkPlace, imports: WalkImports, plan: WalkOperations, helper: number) {
    super(place, imports);
    this.plan = plan;
    this.helper = helper;
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
    this.pushSlot(WALK_SLOT.operation);
    code.brTable(labels, labels[WALK_OPERATION.host]!);
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
    code.access(access.i32Store8, WALK_SLOT.mark);
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
        this.jump(true);
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

  /** To the slot's target; that of a loop or a function is the hotter. */
  jump(isConditional: boolean): void {
    const { code } = this;
    this.pushSlot(WALK_SLOT.target);
    code.localTee(this.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    this.leaveOutside(() => {
      this.pushPc();
      this.pushSlot(WALK_SLOT.imm);
      code.op(op.i32Add);
      code.op(op.i64ExtendI32U);
    });
    code.end();
    if (!isConditional) this.go(ENTRY_WEIGHT);
    this.pushSlotNumber();
    code.localGet(this.to);
    code.op(op.i32GeU);
    code.if();
    this.go(ENTRY_WEIGHT);
    code.end();
    this.go(0);
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
      this.jump(false);
      return;
    }
    this.findSlot();
    this.tellTarget();
    this.note(operation);
    if (!operation.isSink) this.writeResult();
    this.comeBack();
    this.go(operation.isSink ? 1 : ENTRY_WEIGHT);
  }

  /** Tells the host where a jump goes that was not known to go there. */
  tellTarget(): void {
    const { code } = this;
    this.pushSlot(WALK_SLOT.target);
    code.localGet(this.to);
    code.op(op.i32Ne);
    code.if();
    this.pushSlot(WALK_SLOT.target);
    code.i32Const(TOLD);
    code.op(op.i32Ne);
    code.if();
    this.pushSlotNumber();
    code.localGet(this.to);
    code.call(this.imports.seen);
    code.end();
    code.end();
  }

  /** Leaves where a jump goes to the place that the host waits for. */
  comeBack(): void {
    const { code } = this;
    code.localGet(this.to);
    code.i32Const(0);
    code.access(access.i32Load, WALK.back);
    code.op(op.i32Eq);
    code.if();
    this.pay();
    this.pushPlace();
    code.localSet(this.slot);
    this.leave(LEFT.back);
    code.end();
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

  /** Tells the host of a doubleword that is new to the shard, or may have been a precompile's. */
  noteAccess(_effect: Extract<Effect, { kind: 'load' | 'store' }>): void {
    const { code } = this;
    this.pushOldClk();
    code.i32Const(0);
    code.access(access.i64Load, WALK.shardStart);
    code.op(op.i64Sub);
    code.i32Const(0);
    code.access(access.i64Load, WALK.precompiled);
    code.op(op.i64GeU);
    code.if();
    code.localGet(this.address);
    this.pushOldClk();
    this.pushPc();
    code.call(this.helper);
    code.end();
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
export function emitWalk(place: WalkPlace, plan: WalkOperations, pages: number): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const imports = importHost(module, pages, pages);
  const note = module.declareFunction(module.type([i64, i64, i32], []), NOTE_EXPORT);
  module.defineFunction(note, noteFunction(imports));
  module.export(NOTE_EXPORT, 'function', note);
  const walk = module.declareFunction(module.type([i32], [i32]), WALK_EXPORT);
  module.defineFunction(walk, new WalkWriter(place, imports, plan, note).emit());
  module.export(WALK_EXPORT, 'function', walk);
  return module.finish();
}
