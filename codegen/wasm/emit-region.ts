// Region → WebAssembly function: the twin of the JavaScript printer in codegen/emit-region.ts, with the same contract.
//
// It takes the depth of host frames and gives the pc to go on at, or 1 (UNWIND) where every frame must go and the pc is
// in the control page. Fuel is what may still be executed; it is paid per block, at its start. Where it runs out
// the host gives more, or wants the function to be left: V8 replaces a WebAssembly function by its optimised version only
// when it is entered again.

import { SLACK } from '../../runtime/abi.ts';
import { assert } from '../../runtime/errors.ts';
import type { Instruction } from '../isa/instruction.ts';
import { type BlockFacts, factsOf } from '../known.ts';
import { analyse, type Halves } from '../liveness.ts';
import type { Block, Region } from '../region.ts';
import { type Structured, structure } from '../structure.ts';
import { arenaOffset, loadOf, pushOffset, pushRefused, storeOf } from './access.ts';
import { isEmpty, loneJump } from './arms.ts';
import { CallingFrame } from './calls.ts';
import type { CodeWriter, Label } from './code.ts';
import { AT_HEAD, type ExitPlan, planExits } from './exits.ts';
import type { WasmRegionOptions } from './frame.ts';
import { type AccessEffect, type AccessGroup, type BlockGroups, groupAccesses } from './groups.ts';
import { op, valueType } from './instructions.ts';
import { lower, lowerCond, type Operands, opposite, pushConstant } from './lower.ts';
import { pushCase } from './select.ts';

class RegionPrinter extends CallingFrame {
  readonly region: Region;
  readonly facts: readonly BlockFacts[];
  readonly liveIn: readonly Halves[];
  readonly heads: ReadonlySet<number>;
  readonly tree: Structured;
  readonly groups: readonly BlockGroups[];
  readonly exits: ExitPlan;
  readonly #labels = new Map<number, Label>();
  #stubLabels: Label[] = [];

  constructor(region: Region, options: WasmRegionOptions) {
    super(options);
    this.region = region;
    const { body, loopHeads, order } = structure(region);
    this.tree = body;
    this.heads = loopHeads;
    // A register is one local whatever its width: the analyses see low halves only.
    const liveness = analyse(region, order, loopHeads, false);
    this.liveIn = liveness.liveIn;
    this.facts = factsOf(region, order, liveness);
    this.groups = region.blocks.map(block => groupAccesses(block, options.window, options.strays));
    this.exits = planExits(order, loopHeads, this.facts, this.groups);
  }

  emit(): CodeWriter {
    const { code, exits } = this;
    this.enter(this.region.entryPc);
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
        code.localSet(this.local(`dispatch ${node.variable}`, valueType.i32));
        return;
      case 'dispatch':
        this.cases(node.cases, undefined, (labels, otherwise) => {
          code.localGet(this.local(`dispatch ${node.variable}`, valueType.i32));
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
      this.comeBack(block.end.next, this.liveBehind(node));
    }
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
    this.sideExit(node, AT_HEAD, pc);
    code.end();
    code.end();
  }

  /** Leaves before an instruction, or at the block's start where `place` is AT_HEAD. */
  sideExit(node: number, place: number, pc: number): void {
    const { code } = this;
    code.i32Const(pc);
    code.localSet(this.at);
    if (place !== AT_HEAD) this.pay(this.region.blocks[node]!.instructions.length - place);
    code.br(this.#stubLabels[this.exits.stubOf(node, place)]!);
  }

  /** Registers that are live behind the call that ends a block. */
  liveBehind(node: number): number {
    return this.liveIn[this.region.blocks[node]!.successors[0]!]!.lo;
  }

  access(node: number, instruction: Instruction, effect: AccessEffect, i: number, pc: number, isKept: boolean): void {
    const { code, options } = this;
    const { window, xlen } = options;
    const operands = this.operands(instruction, pc);
    const group = this.groups[node]![i]!;
    if (group.first === i) this.checkGroup(node, instruction, effect, group, pc);
    const isStore = effect.kind === 'store';
    if (!isStore && !isKept) return;
    if (group.isShared) code.localGet(this.pointer(instruction.rs1));
    else this.low(() => code.localGet(this.offset()));
    const place = arenaOffset(window, group) + group.immediateOf(i) - group.from;
    if (isStore) {
      lower(code, effect.value, operands);
      code.access(storeOf(xlen, effect.bytes), place);
      return;
    }
    code.access(loadOf(xlen, effect.bytes, effect.signed), place);
    code.localSet(this.register(instruction.rd));
  }

  /** Leaves unless every access of the group lies in the window; sets the offset or pointer that they use. */
  checkGroup(node: number, instruction: Instruction, effect: AccessEffect, group: AccessGroup, pc: number): void {
    const { code, options } = this;
    const operands = this.operands(instruction, pc);
    pushOffset(code, effect, group, options, operands);
    code.localTee(this.offset());
    pushRefused(code, group, options);
    code.unlikely();
    code.if();
    if (options.strays(pc)) this.slowOffset(node, effect, group.first, pc, operands);
    else this.sideExit(node, group.first, pc);
    code.end();
    if (!group.isShared) return;
    this.low(() => code.localGet(this.offset()));
    code.localSet(this.pointer(instruction.rs1));
  }

  /** Asks the host where a refused access goes; leaves where it does not know either. */
  slowOffset(node: number, effect: AccessEffect, i: number, pc: number, operands: Operands): void {
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
    this.sideExit(node, i, pc);
    code.end();
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

  spillAll(node: number): void {
    this.spill(this.facts[node]!.dirty.at(-1)!.lo);
    this.spillFuel();
  }

  call(node: number, { to, next }: Extract<Block['end'], { kind: 'call' }>): void {
    this.spillAll(node);
    if (to === undefined) this.callTarget();
    else {
      this.storePc(() => this.code.i32Const(to));
      this.callRegion(to);
    }
    this.comeBack(next, this.liveBehind(node));
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
}

/** The body of the region's function. */
export function emitRegion(region: Region, options: WasmRegionOptions): CodeWriter {
  return new RegionPrinter(region, options).emit();
}
