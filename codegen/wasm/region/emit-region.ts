// Region → WebAssembly function: the twin of the JavaScript printer in codegen/javascript/emit-region.ts, with the same contract.
//
// It takes the depth of host frames and gives the pc to go on at, or 1 (UNWIND) where every frame must go and the pc is
// in the control page. Fuel is what may still be executed; it is paid per block, at its start. Where it runs out
// the host gives more, or wants the function to be left: V8 replaces a WebAssembly function by its optimised version only
// when it is entered again.

import { assert } from '../../../runtime/errors.ts';
import { type Block, lastPc, type Region } from '../../region/region.ts';
import type { Structured } from '../../region/structure.ts';
import type { CodeWriter, Label } from '../binary/code.ts';
import { op, valueType } from '../binary/instructions.ts';
import { pushCase } from '../interpreter/select.ts';
import { lower, lowerCond, opposite } from '../lower.ts';
import { isEmpty, loneJump } from './arms.ts';
import { BlockPrinter } from './emit-block.ts';
import { AT_HEAD } from './exits.ts';
import type { WasmRegionOptions } from './frame.ts';

class RegionPrinter extends BlockPrinter {
  readonly #labels = new Map<number, Label>();

  emit(): CodeWriter {
    const { code, exits } = this;
    this.enter(this.region.entryPc, this.needs.at(this.region.entry));
    this.stubLabels = exits.stubs.map(() => code.block()).reverse();
    this.reloadTrace();
    this.reload(this.liveIn[this.region.entry]!.lo);
    this.walk(this.tree);
    code.op(op.unreachable);
    for (const spills of exits.stubs) {
      code.end();
      this.spill(spills);
      this.spillFuel();
      this.spillTail();
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
    if (this.isTraced && this.groups[node]!.some(group => group !== undefined)) this.startBlock();
    const isTerminator = block.end.kind === 'branch' || block.end.kind === 'switch';
    this.instructions(node, isTerminator ? cost - 1 : cost);
    this.endBlock();
    if (block.end.kind === 'call') this.call(node, block.end);
    else if (block.end.kind === 'ecall') {
      this.spillAll(node);
      code.i32Const(block.end.next - 4);
      code.call(this.options.imports.ecallAt);
      this.comeBackTo(node, block.end.next);
    }
  }

  /** At a loop's head. */
  testFuel(node: number, pc: number): void {
    const { code } = this;
    code.localGet(this.fuel);
    code.i32Const(this.needs.inside[node]!);
    code.op(op.i32LtS);
    code.unlikely();
    code.if();
    this.spillTail();
    this.refuel(() => {
      code.localGet(this.age);
      code.i32Const(1);
      code.op(op.i32Add);
      code.localTee(this.age);
    }, this.needs.inside[node]!);
    code.if();
    this.sideExit(node, AT_HEAD, pc);
    code.end();
    this.reloadTrace();
    code.end();
  }

  /** Behind the call that ends a block. */
  comeBackTo(node: number, next: number): void {
    const successor = this.region.blocks[node]!.successors[0]!;
    this.comeBack(next, this.liveIn[successor]!.lo, this.needs.at(successor));
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
    this.spillTail();
  }

  call(node: number, { to, next }: Extract<Block['end'], { kind: 'call' }>): void {
    this.spillAll(node);
    if (to === undefined) this.callTarget();
    else this.callRegion(to);
    this.comeBackTo(node, next);
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
    this.spillAll(node);
    code.i32Const(lastPc(region.blocks[node]!));
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
