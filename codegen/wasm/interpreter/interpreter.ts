// The interpreter as WebAssembly: the loop and the slots of codegen/javascript/interpreter.ts, a branch table instead of a switch.
// What it gains over JavaScript is that V8 needs to learn nothing before it compiles: instructions that first run late,
// as in programs of much code, do not send the whole interpreter back to V8's slow tier.

import type { Row } from '../../isa/index.ts';
import { opReads } from '../../isa/summary.ts';
import { OPERATION, ROW_BASE, SLOT } from '../../program/slots.ts';
import type { CodeWriter } from '../binary/code.ts';
import { op, valueType } from '../binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../binary/module.ts';
import { declareCallFunctions } from '../call-functions.ts';
import { exportFunction, importFunctions, importMemory } from '../host-imports.ts';
import { lower } from '../lower.ts';
import { Accesses } from './accesses.ts';
import { InterpreterFrame, type InterpreterImports, START, type WasmInterpreterOptions } from './frame.ts';
import { instrumentOf } from './instruments/choose.ts';
import type { InterpreterInstrument } from './instruments/instrument.ts';
import { Jumps } from './jumps.ts';

const { i32 } = valueType;

class Operations {
  readonly #frame: InterpreterFrame;
  readonly #instrument: InterpreterInstrument;
  readonly #accesses: Accesses;
  readonly #jumps: Jumps;

  constructor(frame: InterpreterFrame, instrument: InterpreterInstrument, accesses: Accesses, jumps: Jumps) {
    this.#frame = frame;
    this.#instrument = instrument;
    this.#accesses = accesses;
    this.#jumps = jumps;
  }

  /** Fuel, then the operation of each slot in turn. */
  emit(): CodeWriter {
    const frame = this.#frame;
    const { code, options } = frame;
    frame.pushPlace(START);
    code.localSet(frame.slot);
    frame.reloadFuel();
    const empty = code.block();
    frame.top = code.loop();
    code.localGet(frame.fuel);
    code.i32Const(0);
    code.op(op.i32LeS);
    code.brIf(empty);
    const { rows } = options.isa;
    // The block that is opened last ends first.
    const labels = Array.from({ length: ROW_BASE + rows.length }, () => code.block()).reverse();
    frame.loadSlot(SLOT.operation);
    code.brTable(labels, labels[OPERATION.illegal]!);
    for (const operation of labels.keys()) {
      code.end();
      this.#operation(operation);
    }
    code.op(op.unreachable);
    code.end();
    code.end();
    frame.leave();
    // Every path has left.
    code.op(op.unreachable);
    return code;
  }

  #operation(operation: number): void {
    const frame = this.#frame;
    const { code } = frame;
    switch (operation) {
      case OPERATION.undecoded:
        frame.pushSlot();
        frame.call('decode');
        code.br(frame.top);
        return;
      case OPERATION.illegal:
        frame.leaveBy('illegal');
        return;
      case OPERATION.outside:
        this.#instrument.endHere(frame);
        frame.spillFuel();
        frame.pushPc();
        frame.call('fetchFault');
        code.op(op.return);
        return;
      default:
        this.#row(frame.options.isa.rows[operation - ROW_BASE]!);
    }
  }

  #row(row: Row): void {
    const frame = this.#frame;
    const { code } = frame;
    const { effect } = row;
    const reads = opReads(row);
    if (reads.rs1) frame.loadRegister(1, frame.rs1);
    if (reads.rs2) frame.loadRegister(2, frame.rs2);
    switch (effect.kind) {
      case 'write':
        frame.setRegister(() => lower(code, effect.value, frame.operands));
        break;
      case 'load':
        this.#accesses.load(effect);
        break;
      case 'store':
        this.#accesses.store(effect);
        break;
      case 'branch':
        this.#jumps.branch(effect);
        break;
      case 'jump':
        this.#jumps.jump(effect);
        return;
      case 'ecall':
        this.#jumps.ecall();
        return;
      case 'ebreak':
        frame.leaveBy('breakpoint');
        return;
      case 'fence':
        break;
    }
    frame.next();
  }
}

function importHost(module: ModuleWriter, { pages, followed }: WasmInterpreterOptions): InterpreterImports {
  const imports = importFunctions(module, 'wasmInterpreter', { profiled: followed !== undefined });
  importMemory(module, pages, pages);
  return imports;
}

/** The bytes of a module that exports `interpret(slot, stop): slot`. */
export function emitWasmInterpreter(options: WasmInterpreterOptions): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const imports = importHost(module, options);
  const { followed } = options;
  const calls = followed === undefined ? undefined : declareCallFunctions(module, imports, followed);
  const instrument = instrumentOf(options, imports, calls);
  let touch: number | undefined;
  if (instrument.touch !== undefined && 'body' in instrument.touch) {
    touch = module.declareFunction(module.type([i32, i32], []), 'touch');
    module.defineFunction(touch, instrument.touch.body);
  }
  const frame = new InterpreterFrame(options, imports);
  const operations = new Operations(
    frame,
    instrument,
    new Accesses(frame, instrument, touch),
    new Jumps(frame, instrument),
  );
  exportFunction(module, 'interpret', operations.emit());
  return module.finish();
}
