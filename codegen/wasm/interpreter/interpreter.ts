// The interpreter as WebAssembly: the loop and the slots of ../interpreter.ts, a branch table instead of a switch.
// What it gains over JavaScript is that V8 needs to learn nothing before it compiles: instructions that first run late,
// as in programs of much code, do not send the whole interpreter back to V8's slow tier.

import { ENTRY_WEIGHT } from '../../../runtime/abi.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import type { Row } from '../../isa/index.ts';
import { opReads } from '../../isa/summary.ts';
import { OPERATION, ROW_BASE, SLOT } from '../../program/slots.ts';
import type { CodeWriter } from '../binary/code.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../binary/module.ts';
import { HOST, importFunctions } from '../host-imports.ts';
import { lower, lowerCond, pushConstant, pushIndex } from '../lower.ts';
import { instrumentOf } from './instruments/choose.ts';
import { AccessingInterpreter } from './interpreter-access.ts';
import type { InterpreterImport, WasmInterpreterOptions } from './interpreter-frame.ts';

const { i32 } = valueType;

/** The export. */
export const INTERPRET = 'interpret';

/** Parameters of `interpret`. */
const START = 0;
const STOP = 1;
/** Register words of the link registers ra and t0. */
const LINKS = [2, 10];

class InterpreterWriter extends AccessingInterpreter {
  /** Fuel, then the operation of each slot in turn. */
  emit(): CodeWriter {
    const { code, options } = this;
    this.pushPlace(START);
    code.localSet(this.slot);
    this.reloadFuel();
    const empty = code.block();
    this.top = code.loop();
    code.localGet(this.fuel);
    code.i32Const(0);
    code.op(op.i32LeS);
    code.brIf(empty);
    const { rows } = options.isa;
    // The block that is opened last ends first.
    const labels = Array.from({ length: ROW_BASE + rows.length }, () => code.block()).reverse();
    this.loadSlot(SLOT.operation);
    code.brTable(labels, labels[OPERATION.illegal]!);
    for (const operation of labels.keys()) {
      code.end();
      this.operation(operation);
    }
    code.op(op.unreachable);
    code.end();
    code.end();
    this.leave();
    // Every path has left.
    code.op(op.unreachable);
    return code;
  }

  operation(operation: number): void {
    const { code } = this;
    switch (operation) {
      case OPERATION.undecoded:
        this.pushSlot();
        this.call('decode');
        code.br(this.top);
        return;
      case OPERATION.illegal:
        this.leaveBy('illegal');
        return;
      case OPERATION.outside:
        this.instrument.endHere(this);
        this.spillFuel();
        this.pushPc();
        this.call('fetchFault');
        code.op(op.return);
        return;
      default:
        this.row(this.options.isa.rows[operation - ROW_BASE]!);
    }
  }

  row(row: Row): void {
    const { code } = this;
    const { effect } = row;
    const reads = opReads(row);
    if (reads.rs1) this.loadRegister(1, this.rs1);
    if (reads.rs2) this.loadRegister(2, this.rs2);
    switch (effect.kind) {
      case 'write':
        this.setRegister(() => lower(code, effect.value, this.operands));
        break;
      case 'load':
        this.load(effect);
        break;
      case 'store':
        this.store(effect);
        break;
      case 'branch':
        lowerCond(code, effect.taken, this.operands);
        code.if();
        this.jump(() => this.isBehind());
        code.end();
        break;
      case 'jump':
        if (effect.target.op === 'add' && effect.target.a.op === 'pc') this.jumpAndLink();
        else this.jumpThrough(effect);
        return;
      case 'ecall':
        this.ecall();
        return;
      case 'ebreak':
        this.leaveBy('breakpoint');
        return;
      case 'fence':
        break;
    }
    this.next();
  }

  /** Whether the target in `to` lies behind, and is where a loop may start. */
  isBehind(): void {
    const { code } = this;
    this.pushPlace(this.to);
    code.localGet(this.slot);
    code.op(op.i32LeU);
  }

  /** Pays and goes to the decoded target; `pushCounts` says whether it counts as an entry. */
  jump(pushCounts: () => void): void {
    const { code } = this;
    this.pay();
    this.instrument.end(this);
    this.loadSlot(SLOT.target);
    code.localTee(this.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    this.spillFuel();
    this.pushPc();
    this.loadSlot(SLOT.imm);
    code.op(op.i32Add);
    this.call('fetchFault');
    code.op(op.return);
    code.end();
    this.instrument.begin(this);
    if (this.options.hot !== undefined) {
      pushCounts();
      code.if();
      this.countEntry(ENTRY_WEIGHT);
      code.end();
    }
    this.go();
  }

  /** One more entry at `to`; leaves where it is hot now. */
  countEntry(weight: number): void {
    const { code, options } = this;
    // In the sum, not as an offset of the access, which would be another instruction.
    const pushCounter = (): void => {
      code.localGet(this.to);
      code.i32Const(2);
      code.op(op.i32Shl);
      code.i32Const(options.entries);
      code.op(op.i32Add);
    };
    pushCounter();
    pushCounter();
    code.access(access.i32Load);
    code.i32Const(weight);
    code.op(op.i32Add);
    code.localTee(this.offset);
    code.access(access.i32Store);
    code.localGet(this.offset);
    code.i32Const(options.hot!);
    code.op(op.i32GtS);
    code.if();
    pushCounter();
    code.i32Const(options.hot!);
    code.access(access.i32Store);
    this.spillFuel();
    code.localGet(this.to);
    code.op(op.return);
    code.end();
  }

  link(): void {
    const { code, options } = this;
    this.setRegister(() => {
      this.pushPc();
      if (options.isa.compressed) {
        this.pushByte(3);
        code.i32Const(1);
        code.op(op.i32Shl);
      } else {
        code.i32Const(4);
      }
      code.op(op.i32Add);
      if (this.wide) code.op(op.i64ExtendI32U);
    });
  }

  pushIsSink(): void {
    const { code } = this;
    this.pushByte(0);
    code.i32Const(CONTROL.sink);
    code.op(op.i32Eq);
  }

  /** A call counts as an entry wherever it goes. */
  jumpAndLink(): void {
    const { code } = this;
    this.link();
    this.jump(() => {
      this.isBehind();
      this.pushIsSink();
      code.op(op.i32Eqz);
      code.op(op.i32Or);
    });
  }

  jumpThrough(effect: Extract<Row['effect'], { kind: 'jump' }>): void {
    const { code, options } = this;
    lower(code, effect.target, this.operands);
    code.localSet(this.address);
    this.link();
    this.pay();
    this.findSlot();
    this.instrument.end(this);
    code.localGet(this.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    this.instrument.beginHere(this);
    this.leave();
    code.end();
    this.instrument.begin(this);
    if (options.hot !== undefined) this.countThrough();
    code.localGet(this.to);
    code.localGet(STOP);
    code.op(op.i32Eq);
    code.if();
    this.spillFuel();
    code.localGet(this.to);
    code.op(op.return);
    code.end();
    this.go();
  }

  /** Makes `to` the slot at `address`, or less than 0 after recording a fault. */
  findSlot(): void {
    const { code, options, wide } = this;
    const shift = options.isa.compressed ? 1 : 2;
    pushIndex(code, options.isa.xlen, this.address, options.textBase, shift);
    if (wide) {
      code.localTee(this.scratch);
      code.op(op.i32WrapI64);
    }
    code.localSet(this.to);
    if (wide) code.localGet(this.scratch);
    else code.localGet(this.to);
    pushConstant(code, options.isa.xlen, options.textBytes >> shift);
    code.op(wide ? op.i64GeU : op.i32GeU);
    code.if();
    this.pushHalves(this.address);
    this.call('slotOf');
    code.localSet(this.to);
    code.end();
  }

  /** As `rememberTarget` of the JavaScript interpreter: returns count little, new targets of plain jumps are told. */
  countThrough(): void {
    const { code } = this;
    this.pushIsSink();
    code.if();
    for (const register of LINKS) {
      this.pushByte(1);
      code.i32Const(register);
      code.op(op.i32Eq);
    }
    code.op(op.i32Or);
    code.if();
    this.countEntry(1);
    code.else();
    this.loadSlot(SLOT.target);
    code.localGet(this.to);
    code.op(op.i32Ne);
    code.if();
    this.pushSlot();
    code.localGet(this.to);
    this.call('seen');
    code.end();
    this.countEntry(ENTRY_WEIGHT);
    code.end();
    code.else();
    this.countEntry(ENTRY_WEIGHT);
    code.end();
  }

  ecall(): void {
    const { code } = this;
    this.pay();
    this.spillFuel();
    this.pushSlot();
    this.call('ecall');
    code.localTee(this.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    code.localGet(this.to);
    code.i32Const(-1);
    code.op(op.i32Xor);
    code.op(op.return);
    code.end();
    this.reloadFuel();
    this.go();
  }
}

function importHost(module: ModuleWriter, pages: number): Readonly<Record<InterpreterImport, number>> {
  const imports = importFunctions(module, 'wasmInterpreter');
  module.importMemory(HOST, 'memory', { min: pages, max: pages, shared: true });
  return imports;
}

/** The bytes of a module that exports `interpret(slot, stop): slot`. */
export function emitWasmInterpreter(options: WasmInterpreterOptions): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const imports = importHost(module, options.pages);
  const instrument = instrumentOf(options, imports);
  let touch: number | undefined;
  if (instrument.touch !== undefined) {
    touch = module.declareFunction(module.type([i32, i32], []), 'touch');
    module.defineFunction(touch, instrument.touch.body);
  }
  const interpret = module.declareFunction(module.type([i32, i32], [i32]), INTERPRET);
  module.defineFunction(interpret, new InterpreterWriter(options, imports, instrument, touch).emit());
  module.export(INTERPRET, 'function', interpret);
  return module.finish();
}
