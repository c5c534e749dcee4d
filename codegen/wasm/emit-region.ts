// Region → WebAssembly function: the twin of the JavaScript printer in codegen/emit-region.ts, with the same contract.
//
// It takes the depth of host frames and gives the pc to go on at, or 1 (UNWIND) where every frame must go and the pc is
// in the control page. Fuel is what may still be executed; it is paid per block, at its start. Where it runs out
// the host gives more, or wants the function to be left: V8 replaces a WebAssembly function by its optimised version only
// when it is entered again.

import { MAX_DEPTH, SLACK } from '../../runtime/abi.ts';
import { assert } from '../../runtime/errors.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { Xlen } from '../isa/expr.ts';
import type { Instruction } from '../isa/instruction.ts';
import { type BlockFacts, factsOf } from '../known.ts';
import { analyse, type Halves } from '../liveness.ts';
import type { Block, Region } from '../region.ts';
import { type Structured, structure } from '../structure.ts';
import { type AccessEffect, arenaOffset, loadOf, pushOffset, pushRefused, storeOf, type WasmWindow } from './access.ts';
import { type CodeWriter, codeWriter, type Label } from './code.ts';
import { AT_HEAD, type ExitPlan, planExits } from './exits.ts';
import { access, op, type ValueType, valueType } from './instructions.ts';
import { lower, lowerCond, type Operands, opposite, pushConstant } from './lower.ts';
import { pushCase } from './select.ts';

/** Indices in the module of what region functions call. */
export interface Imports {
  /** (entry pc, depth) → pc: interprets from the pc in the control page; the region at `entry` gave up there. */
  readonly strayAt: number;
  /** (depth) → pc: interprets from the pc in the control page. */
  readonly interpretAt: number;
  /** (pc) → pc */
  readonly ecallAt: number;
  /** (pc, target low, high, depth) → pc */
  readonly jumpAt: number;
  /** (target low, high, depth) → pc */
  readonly callAt: number;
  /** (fuel, whether the function was entered long ago) → fuel; less than SLACK where it must leave. */
  readonly refuel: number;
  /** (low, high) → UNWIND */
  readonly far: number;
  /** (low, high, bytes) → offset or -1 */
  readonly loadOffset: number;
  readonly storeOffset: number;
}

export interface WasmRegionOptions {
  readonly xlen: Xlen;
  readonly window: WasmWindow;
  readonly imports: Imports;
  /** Type index of (i32) → i32. */
  readonly regionType: number;
  /** First guest address of the function table's element 0, log2 of the bytes per element, and elements. */
  readonly tableBase: number;
  readonly tableShift: number;
  readonly tableLength: number;
  /** The function in this module that starts at a pc. */
  readonly functionAt: (pc: number) => number | undefined;
  /** Whether an access at a pc often lies outside the window. */
  readonly strays: (pc: number) => boolean;
}

const DEPTH = 0;
const FUEL = 4 * CONTROL.fuel;
const PC = 4 * CONTROL.pcLo;
const UNWIND = 1;

class RegionPrinter {
  readonly region: Region;
  readonly options: WasmRegionOptions;
  readonly wide: boolean;
  readonly word: ValueType;
  readonly facts: readonly BlockFacts[];
  readonly liveIn: readonly Halves[];
  readonly heads: ReadonlySet<number>;
  readonly tree: Structured;
  readonly exits: ExitPlan;
  readonly code: CodeWriter = codeWriter(1);
  readonly fuel: number;
  readonly at: number;
  /** How often fuel ran out at a loop's head since the function was entered. */
  readonly age: number;
  readonly #registers = new Map<number, number>();
  readonly #dispatches = new Map<number, number>();
  readonly #labels = new Map<number, Label>();
  #stubLabels: Label[] = [];
  #offset = -1;
  #target = -1;
  #scratch = -1;

  constructor(region: Region, options: WasmRegionOptions) {
    this.region = region;
    this.options = options;
    this.wide = options.xlen === 64;
    this.word = this.wide ? valueType.i64 : valueType.i32;
    const { body, loopHeads, order } = structure(region);
    this.tree = body;
    this.heads = loopHeads;
    // A register is one local whatever its width: the analyses see low halves only.
    const liveness = analyse(region, order, loopHeads, false);
    this.liveIn = liveness.liveIn;
    this.facts = factsOf(region, order, liveness);
    this.exits = planExits(region, order, loopHeads, this.facts);
    this.fuel = this.code.addLocal(valueType.i32);
    this.at = this.code.addLocal(valueType.i32);
    this.age = this.code.addLocal(valueType.i32);
  }

  emit(): CodeWriter {
    const { code, exits } = this;
    this.enter();
    this.#stubLabels = exits.stubs.map(() => code.block()).reverse();
    this.reload(this.liveIn[this.region.entry]!.lo);
    this.walk(this.tree);
    code.op(op.unreachable);
    for (const spills of exits.stubs) {
      code.end();
      this.spill(spills);
      this.spillFuel();
      this.storePc(() => code.localGet(this.at));
      code.i32Const(this.region.entryPc);
      this.deeper();
      code.call(this.options.imports.strayAt);
      code.op(op.return);
    }
    return code;
  }

  /** Leaves at once where fuel is short and there is no more, or where frames are many. */
  enter(): void {
    const { code } = this;
    code.i32Const(0);
    code.access(access.i32Load, FUEL);
    code.localTee(this.fuel);
    code.i32Const(SLACK);
    code.op(op.i32LtS);
    code.localGet(DEPTH);
    code.i32Const(MAX_DEPTH);
    code.op(op.i32GtS);
    code.op(op.i32Or);
    code.unlikely();
    code.if();
    code.localGet(DEPTH);
    code.i32Const(MAX_DEPTH);
    code.op(op.i32GtS);
    code.if();
    this.unwind(this.region.entryPc);
    code.end();
    this.refuelOrUnwind(this.region.entryPc);
    code.end();
  }

  unwind(pc: number): void {
    this.storePc(() => this.code.i32Const(pc));
    this.code.i32Const(UNWIND);
    this.code.op(op.return);
  }

  /** Where every register is in the control page: more fuel, or everything leaves. */
  refuelOrUnwind(pc: number): void {
    const { code } = this;
    this.refuel(() => code.i32Const(0));
    code.if();
    this.unwind(pc);
    code.end();
  }

  /** Asks for fuel and pushes whether there is still too little. */
  refuel(pushAge: () => void): void {
    const { code } = this;
    code.localGet(this.fuel);
    pushAge();
    code.call(this.options.imports.refuel);
    code.localTee(this.fuel);
    code.i32Const(SLACK);
    code.op(op.i32LtS);
  }

  walk(node: Structured): void {
    const { code } = this;
    switch (node.kind) {
      case 'seq':
        for (const child of node.body) this.walk(child);
        return;
      case 'block':
        this.#labels.set(node.label, code.block());
        this.walk(node.body);
        code.end();
        return;
      case 'loop':
        this.#labels.set(node.label, code.loop());
        this.walk(node.body);
        code.op(op.unreachable);
        code.end();
        return;
      case 'node':
        this.block(node.node);
        return;
      case 'if':
        this.branch(node);
        return;
      case 'switch':
        this.switch(node);
        return;
      case 'jump':
        code.br(this.#labels.get(node.label)!);
        return;
      case 'fall':
        return;
      case 'leave':
        this.terminate(node.node);
        return;
      case 'setDispatch':
        code.i32Const(node.value);
        code.localSet(this.dispatchVariable(node.variable));
        return;
      case 'dispatch':
        this.cases(node.cases, undefined, (labels, otherwise) => {
          code.localGet(this.dispatchVariable(node.variable));
          code.brTable(labels, otherwise);
        });
    }
  }

  /** Nested blocks, one per case; `choose` branches to their labels. Without `elsewhere` the last case is the default. */
  cases(
    cases: readonly Structured[],
    elsewhere: (() => void) | undefined,
    choose: (labels: readonly Label[], otherwise: Label) => void,
  ): void {
    const { code } = this;
    const behind = code.block();
    const otherwise = elsewhere === undefined ? undefined : code.block();
    const labels = cases.map(() => code.block()).reverse();
    choose(labels, otherwise ?? labels.at(-1)!);
    for (const body of cases) {
      code.end();
      this.walk(body);
      code.br(behind);
    }
    if (elsewhere !== undefined) {
      code.end();
      elsewhere();
    }
    code.end();
  }

  dispatchVariable(variable: number): number {
    let local = this.#dispatches.get(variable);
    if (local === undefined) {
      local = this.code.addLocal(valueType.i32);
      this.#dispatches.set(variable, local);
    }
    return local;
  }

  register(r: number): number {
    let local = this.#registers.get(r);
    if (local === undefined) {
      local = this.code.addLocal(this.word);
      this.#registers.set(r, local);
    }
    return local;
  }

  operands(instruction: Instruction, pc: number): Operands {
    return {
      rs1: instruction.rs1,
      rs2: instruction.rs2,
      imm: BigInt(instruction.imm),
      pc: BigInt(pc),
      get: r => this.code.localGet(this.register(r)),
      scratch: () => {
        if (this.#scratch === -1) this.#scratch = this.code.addLocal(valueType.i64);
        return this.#scratch;
      },
    };
  }

  /** Straight-line code of a block, and its terminator where that has one successor. */
  block(node: number): void {
    const { code } = this;
    const block = this.region.blocks[node]!;
    const cost = block.instructions.length;
    if (this.heads.has(node)) this.testFuel(node, block.pc);
    if (cost > 0) this.pay(-cost);
    const isTerminator = block.end.kind === 'branch' || block.end.kind === 'switch';
    let { pc } = block;
    block.instructions.forEach((instruction, i) => {
      if (!(i === cost - 1 && isTerminator)) this.instruction(node, instruction, i, pc);
      pc += instruction.size;
    });
    if (block.end.kind === 'call') this.call(node, block.end);
    else if (block.end.kind === 'ecall') {
      this.spillAll(node);
      code.i32Const(block.end.next - 4);
      code.call(this.options.imports.ecallAt);
      this.comeBack(node, block.end.next);
    }
  }

  pay(amount: number): void {
    const { code } = this;
    code.localGet(this.fuel);
    code.i32Const(amount);
    code.op(op.i32Add);
    code.localSet(this.fuel);
  }

  /** At a loop's head. */
  testFuel(node: number, pc: number): void {
    const { code } = this;
    code.localGet(this.fuel);
    code.i32Const(SLACK);
    code.op(op.i32LtS);
    code.unlikely();
    code.if();
    this.refuel(() => {
      code.localGet(this.age);
      code.i32Const(1);
      code.op(op.i32Add);
      code.localTee(this.age);
    });
    code.if();
    this.sideExit(node, AT_HEAD, pc, 0);
    code.end();
    code.end();
  }

  sideExit(node: number, place: number, pc: number, undone: number): void {
    const { code } = this;
    code.i32Const(pc);
    code.localSet(this.at);
    if (undone > 0) this.pay(undone);
    code.br(this.#stubLabels[this.exits.stubOf(node, place)]!);
  }

  instruction(node: number, instruction: Instruction, i: number, pc: number): void {
    const { code } = this;
    const { effect } = instruction.row;
    const operands = this.operands(instruction, pc);
    const isKept = instruction.rd !== 0 && (this.facts[node]!.live[i + 1]!.lo & (1 << instruction.rd)) !== 0;
    switch (effect.kind) {
      case 'write':
        if (!isKept) return;
        lower(code, effect.value, operands);
        code.localSet(this.register(instruction.rd));
        return;
      case 'load':
      case 'store':
        this.access(node, instruction, effect, i, pc, isKept);
        return;
      case 'jump': {
        const { end } = this.region.blocks[node]!;
        if (end.kind === 'call' && end.to === undefined) {
          lower(code, effect.target, operands);
          code.localSet(this.target());
        }
        if (!isKept) return;
        pushConstant(code, this.options.xlen, pc + instruction.size);
        code.localSet(this.register(instruction.rd));
        return;
      }
      default:
        return;
    }
  }

  /** The local that holds the target of an indirect jump. */
  target(): number {
    if (this.#target === -1) this.#target = this.code.addLocal(this.word);
    return this.#target;
  }

  access(node: number, instruction: Instruction, effect: AccessEffect, i: number, pc: number, isKept: boolean): void {
    const { code, options } = this;
    const { window, xlen } = options;
    const operands = this.operands(instruction, pc);
    pushOffset(code, effect, window, xlen, operands);
    code.localTee(this.offset());
    pushRefused(code, effect, window, xlen);
    code.unlikely();
    code.if();
    const undone = this.region.blocks[node]!.instructions.length - i;
    if (options.strays(pc)) this.slowOffset(node, effect, i, pc, undone, operands);
    else this.sideExit(node, i, pc, undone);
    code.end();
    const isStore = effect.kind === 'store';
    if (!isStore && !isKept) return;
    code.localGet(this.offset());
    if (this.wide) code.op(op.i32WrapI64);
    if (isStore) {
      lower(code, effect.value, operands);
      code.access(storeOf(xlen, effect.bytes), arenaOffset(window, true));
      return;
    }
    code.access(loadOf(xlen, effect.bytes, effect.signed), arenaOffset(window, false));
    code.localSet(this.register(instruction.rd));
  }

  /** Asks the host where a refused access goes; leaves where it does not know either. */
  slowOffset(node: number, effect: AccessEffect, i: number, pc: number, undone: number, operands: Operands): void {
    const { code, wide } = this;
    const { imports } = this.options;
    this.low(() => lower(code, effect.address, operands));
    this.high(() => lower(code, effect.address, operands));
    code.i32Const(effect.bytes);
    code.call(effect.kind === 'store' ? imports.storeOffset : imports.loadOffset);
    code.localTee(this.at);
    if (wide) code.op(op.i64ExtendI32U);
    code.localSet(this.offset());
    code.localGet(this.at);
    code.i32Const(-1);
    code.op(op.i32Eq);
    code.if();
    this.sideExit(node, i, pc, undone);
    code.end();
  }

  low(push: () => void): void {
    push();
    if (this.wide) this.code.op(op.i32WrapI64);
  }

  high(push: () => void): void {
    if (!this.wide) {
      this.code.i32Const(0);
      return;
    }
    push();
    this.code.i64Const(32);
    this.code.op(op.i64ShrU);
    this.code.op(op.i32WrapI64);
  }

  branch({ node, then, else: otherwise }: Extract<Structured, { kind: 'if' }>): void {
    const { code } = this;
    const block = this.region.blocks[node]!;
    const instruction = block.instructions.at(-1)!;
    const { effect } = instruction.row;
    assert(effect.kind === 'branch', `${instruction.row.mnemonic} is no branch`);
    const operands = this.operands(instruction, block.pc);
    const [first, second] = [loneJump(then), loneJump(otherwise)];
    if (first === undefined && (second !== undefined || isEmpty(then))) {
      lowerCond(code, opposite(effect.taken), operands);
      this.arms(second, otherwise, then);
    } else {
      lowerCond(code, effect.taken, operands);
      this.arms(first, then, otherwise);
    }
  }

  arms(jump: number | undefined, then: Structured, otherwise: Structured): void {
    const { code } = this;
    if (jump !== undefined) {
      code.brIf(this.#labels.get(jump)!);
      this.walk(otherwise);
      return;
    }
    code.if();
    this.walk(then);
    if (!isEmpty(otherwise)) {
      code.else();
      this.walk(otherwise);
    }
    code.end();
  }

  spill(registers: number): void {
    const { code } = this;
    for (let r = 1; r < 32; r++) {
      if ((registers & (1 << r)) === 0) continue;
      code.i32Const(0);
      code.localGet(this.register(r));
      code.access(this.wide ? access.i64Store : access.i32Store, 8 * r);
    }
  }

  reload(registers: number): void {
    const { code } = this;
    for (let r = 1; r < 32; r++) {
      if ((registers & (1 << r)) === 0) continue;
      code.i32Const(0);
      code.access(this.wide ? access.i64Load : access.i32Load, 8 * r);
      code.localSet(this.register(r));
    }
  }

  spillFuel(): void {
    this.code.i32Const(0);
    this.code.localGet(this.fuel);
    this.code.access(access.i32Store, FUEL);
  }

  storePc(push: () => void): void {
    this.code.i32Const(0);
    push();
    this.code.access(access.i32Store, PC);
  }

  spillAll(node: number): void {
    this.spill(this.facts[node]!.dirty.at(-1)!.lo);
    this.spillFuel();
  }

  deeper(): void {
    this.code.localGet(DEPTH);
    this.code.i32Const(1);
    this.code.op(op.i32Add);
  }

  call(node: number, { to, next }: Extract<Block['end'], { kind: 'call' }>): void {
    this.spillAll(node);
    if (to === undefined) this.callTarget();
    else {
      this.storePc(() => this.code.i32Const(to));
      this.callRegion(to);
    }
    this.comeBack(node, next);
  }

  /** Pushes the result of the region at a pc. */
  callRegion(to: number): void {
    const { code, options } = this;
    const local = options.functionAt(to);
    const slot = (to - options.tableBase) >> options.tableShift;
    if (local === undefined && slot >= options.tableLength) {
      code.i32Const(to);
      code.i32Const(0);
      this.deeper();
      code.call(options.imports.callAt);
      return;
    }
    this.deeper();
    if (local !== undefined) {
      code.call(local);
      return;
    }
    code.i32Const(slot);
    code.callIndirect(options.regionType);
  }

  /** Goes on in the region at a pc, in this one's host frame where that can be. */
  goOn(to: number): void {
    const { code, options } = this;
    const local = options.functionAt(to);
    const slot = (to - options.tableBase) >> options.tableShift;
    if (local === undefined && slot >= options.tableLength) {
      this.callRegion(to);
      code.op(op.return);
      return;
    }
    code.localGet(DEPTH);
    if (local !== undefined) {
      code.returnCall(local);
      return;
    }
    code.i32Const(slot);
    code.returnCallIndirect(options.regionType);
  }

  /** Pushes the result of the function at the target. */
  callTarget(): void {
    const { code, options, wide } = this;
    const target = this.target();
    this.pushSlot(target);
    code.localTee(this.offset());
    pushConstant(code, options.xlen, options.tableLength);
    code.op(wide ? op.i64LtU : op.i32LtU);
    code.if(valueType.i32);
    this.storePc(() => this.low(() => code.localGet(target)));
    this.deeper();
    this.low(() => code.localGet(this.offset()));
    code.callIndirect(options.regionType);
    code.else();
    this.low(() => code.localGet(target));
    this.high(() => code.localGet(target));
    this.deeper();
    code.call(options.imports.callAt);
    code.end();
  }

  /** The local of offsets and table indices. */
  offset(): number {
    if (this.#offset === -1) this.#offset = this.code.addLocal(this.word);
    return this.#offset;
  }

  /** The table index of a target, far above the table's length for what is not aligned or lies elsewhere. */
  pushSlot(target: number): void {
    const { code, options, wide } = this;
    code.localGet(target);
    pushConstant(code, options.xlen, options.tableBase);
    code.op(wide ? op.i64Sub : op.i32Sub);
    pushConstant(code, options.xlen, options.tableShift);
    code.op(wide ? op.i64Rotr : op.i32Rotr);
  }

  /** Behind a call, its result on the stack: leaves unless that is `next`, else takes up the registers again. */
  comeBack(node: number, next: number): void {
    const { code } = this;
    code.localTee(this.at);
    code.i32Const(next);
    code.op(op.i32Ne);
    code.unlikely();
    code.if();
    code.localGet(this.at);
    code.op(op.return);
    code.end();
    code.i32Const(0);
    code.access(access.i32Load, FUEL);
    code.localTee(this.fuel);
    code.i32Const(SLACK);
    code.op(op.i32LtS);
    code.unlikely();
    code.if();
    this.refuelOrUnwind(next);
    code.end();
    this.reload(this.liveIn[this.region.blocks[node]!.successors[0]!]!.lo);
  }

  switch({ node, cases }: Extract<Structured, { kind: 'switch' }>): void {
    const { code, options } = this;
    const { end } = this.region.blocks[node]!;
    assert(end.kind === 'switch', 'switch without targets');
    this.setTarget(node);
    this.cases(
      end.targets.map((_, i) => cases[i]!),
      () => this.indirect(node),
      (labels, otherwise) => pushCase(code, options, this.target(), end.targets, labels, otherwise),
    );
  }

  /** Puts the target of the jump that ends a block into its local. */
  setTarget(node: number): void {
    const block = this.region.blocks[node]!;
    const instruction = block.instructions.at(-1)!;
    const { effect } = instruction.row;
    assert(effect.kind === 'jump', `${instruction.row.mnemonic} is no jump`);
    lower(this.code, effect.target, this.operands(instruction, block.pc));
    this.code.localSet(this.target());
  }

  /** Goes on wherever the target says, and remembers where that was. */
  indirect(node: number): void {
    const { code, region } = this;
    const { pc, instructions } = region.blocks[node]!;
    const at = instructions.slice(0, -1).reduce((sum, i) => sum + i.size, pc);
    this.spillAll(node);
    code.i32Const(at);
    this.low(() => code.localGet(this.target()));
    this.high(() => code.localGet(this.target()));
    this.deeper();
    code.call(this.options.imports.jumpAt);
    code.op(op.return);
  }

  /** The end of a block without successors. */
  terminate(node: number): void {
    const { code } = this;
    const { end } = this.region.blocks[node]!;
    switch (end.kind) {
      case 'return':
        this.spillAll(node);
        this.setTarget(node);
        this.returnToTarget();
        return;
      case 'indirect':
        this.setTarget(node);
        this.indirect(node);
        return;
      case 'exit':
        this.spillAll(node);
        this.storePc(() => code.i32Const(end.to));
        this.goOn(end.to);
        return;
      case 'interpret':
        this.spillAll(node);
        this.storePc(() => code.i32Const(end.at));
        this.deeper();
        code.call(this.options.imports.interpretAt);
        code.op(op.return);
        return;
      default:
        assert(false, `a block that ends by ${end.kind} does not leave`);
    }
  }

  returnToTarget(): void {
    const { code, options, wide } = this;
    const target = this.target();
    if (wide) {
      this.high(() => code.localGet(target));
      code.if();
      this.low(() => code.localGet(target));
      this.high(() => code.localGet(target));
      code.call(options.imports.far);
      code.op(op.return);
      code.end();
    }
    this.low(() => code.localGet(target));
    code.op(op.return);
  }
}

const isEmpty = (node: Structured): boolean =>
  node.kind === 'fall' || (node.kind === 'seq' && node.body.every(child => isEmpty(child)));

/** The label of the jump that is all there is. */
function loneJump(node: Structured): number | undefined {
  if (node.kind === 'jump') return node.label;
  if (node.kind !== 'seq') return undefined;
  const rest = node.body.filter(child => !isEmpty(child));
  return rest.length === 1 ? loneJump(rest[0]!) : undefined;
}

/** The body of the region's function. */
export function emitRegion(region: Region, options: WasmRegionOptions): CodeWriter {
  return new RegionPrinter(region, options).emit();
}
