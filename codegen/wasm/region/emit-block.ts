// Instructions of a basic block as WebAssembly.

import type { Instruction } from '../../isa/instruction.ts';
import { writesRd } from '../../isa/summary.ts';
import { type FuelNeeds, fuelNeeds } from '../../region/fuel.ts';
import { type BlockFacts, factsOf } from '../../region/known.ts';
import { analyse, type Halves, liveWithin, NONE, union } from '../../region/liveness.ts';
import type { Region } from '../../region/region.ts';
import { type Structured, structure } from '../../region/structure.ts';
import {
  arenaOffset,
  hasFarWindow,
  ifOutsideFar,
  loadOf,
  orUncounted,
  pushOffset,
  pushRefused,
  storeOf,
} from '../access.ts';
import type { Label } from '../binary/code.ts';
import { op, valueType } from '../binary/instructions.ts';
import { lower, lowerLow, type Operands, pushConstant } from '../lower.ts';
import { findWords, isWordAfter, withWord } from '../words.ts';
import { CallingFrame } from './calls.ts';
import { AT_HEAD, type ExitPlan, planExits } from './exits.ts';
import type { WasmRegionOptions } from './frame.ts';
import { type AccessEffect, type AccessGroup, type BlockGroups, groupAccesses } from './groups.ts';

export class BlockPrinter extends CallingFrame {
  readonly region: Region;
  readonly facts: readonly BlockFacts[];
  readonly liveIn: readonly Halves[];
  readonly heads: ReadonlySet<number>;
  readonly tree: Structured;
  readonly groups: readonly BlockGroups[];
  readonly exits: ExitPlan;
  readonly needs: FuelNeeds;
  /** Per block: the registers that hold sign-extended words at its start. */
  readonly wordsIn: Int32Array | undefined;
  /** By stub. */
  stubLabels: Label[] = [];

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
    this.needs = fuelNeeds(region, order, loopHeads);
    this.wordsIn = this.wide ? findWords(region, order) : undefined;
  }

  /** Leaves before an instruction, or at the block's start where `place` is AT_HEAD. */
  sideExit(node: number, place: number, pc: number): void {
    const { code } = this;
    code.i32Const(pc);
    code.localSet(this.at);
    this.settleTail();
    if (place !== AT_HEAD) this.pay(this.region.blocks[node]!.instructions.length - place);
    code.br(this.stubLabels[this.exits.stubOf(node, place)]!);
  }

  access(
    node: number,
    instruction: Instruction,
    effect: AccessEffect,
    i: number,
    pc: number,
    isKept: boolean,
    isLow: boolean,
  ): void {
    const { code, options } = this;
    const { window, xlen } = options;
    const operands = this.operands(instruction, pc);
    const group = this.groups[node]![i]!;
    if (group.first === i) this.checkGroup(node, instruction, effect, group, pc);
    const isStore = effect.kind === 'store';
    if (this.isTraced) this.traceAccess(node, instruction, group, i);
    if (!isStore && !isKept) return;
    if (group.isShared) code.localGet(this.pointer(instruction.rs1));
    else this.low(() => code.localGet(this.offset()));
    const place = arenaOffset(window, group) + group.immediateOf(i) - group.from;
    if (isStore) {
      lower(code, effect.value, operands);
      code.access(storeOf(xlen, effect.bytes), place);
      return;
    }
    code.access(loadOf(xlen, effect.bytes, effect.signed && !(isLow && effect.bytes === 4)), place);
    code.localSet(this.register(instruction.rd));
  }

  traceAccess(node: number, instruction: Instruction, group: AccessGroup, i: number): void {
    const { code } = this;
    const undone = this.region.blocks[node]!.instructions.length - i;
    const at = group.immediateOf(i) - group.from;
    if (group.isShared) {
      this.trace(this.pointer(instruction.rs1), at, group.alignment === 8, undone);
      return;
    }
    const local = this.local('traced', valueType.i32);
    this.low(() => code.localGet(this.offset()));
    code.localSet(local);
    this.trace(local, at, group.alignment === 8, undone);
  }

  /** Leaves unless every access of the group lies in the window; sets the offset or pointer that they use. */
  checkGroup(node: number, instruction: Instruction, effect: AccessEffect, group: AccessGroup, pc: number): void {
    const { code, options } = this;
    const operands = this.operands(instruction, pc);
    pushOffset(code, effect, group, options, operands);
    code.localTee(this.offset());
    pushRefused(code, group, options);
    if (group.isStore) this.orUncounted(options.window);
    code.unlikely();
    code.if();
    if (options.strays(pc)) this.slowOffset(node, effect, group.first, pc, operands);
    else this.sideExit(node, group.first, pc);
    code.end();
    if (!group.isShared) return;
    this.low(() => code.localGet(this.offset()));
    code.localSet(this.pointer(instruction.rs1));
  }

  orUncounted(window: WasmRegionOptions['window']): void {
    const { code } = this;
    orUncounted(code, window, () => {
      this.low(() => code.localGet(this.offset()));
      if (window.storeOrigin === 0) return;
      code.i32Const(window.storeOrigin);
      code.op(op.i32Add);
    });
  }

  /** Finds where a refused access goes: in the far window, or as the host says; leaves where it does not know either. */
  slowOffset(node: number, effect: AccessEffect, i: number, pc: number, operands: Operands): void {
    const { code } = this;
    const { window, xlen } = this.options;
    if (!hasFarWindow(window, xlen, effect.kind === 'store')) {
      this.askOffset(node, effect, i, pc, operands);
      return;
    }
    lower(code, effect.address, operands);
    ifOutsideFar(code, window, effect.bytes, this.offset());
    this.askOffset(node, effect, i, pc, operands);
    code.else();
    code.localGet(this.offset());
    code.i64Const(window.farOffset - (effect.kind === 'store' ? window.storeOrigin : 0));
    code.op(op.i64Add);
    code.localSet(this.offset());
    code.end();
  }

  askOffset(node: number, effect: AccessEffect, i: number, pc: number, operands: Operands): void {
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

  /** Per instruction of a block: the registers behind it whose upper halves are needed before the block's end. */
  highsBehind(node: number): readonly number[] {
    const block = this.region.blocks[node]!;
    const both = ({ lo }: Halves): Halves => ({ lo, hi: lo });
    const liveOut = block.successors.map(s => this.liveIn[s]!).reduce(union, NONE);
    return liveWithin(block, this.facts[node]!.dirty.map(both), both(liveOut), true).map(({ hi }) => hi);
  }

  /** The instructions of a block from the first on, without the last where that is a terminator which `branch` prints. */
  instructions(node: number, count: number): void {
    const block = this.region.blocks[node]!;
    const highs = this.wide ? this.highsBehind(node) : undefined;
    this.words = this.wordsIn?.[node] ?? 0;
    let { pc } = block;
    for (let i = 0; i < count; i++) {
      const instruction = block.instructions[i]!;
      const isLow = highs !== undefined && (highs[i + 1]! & (1 << instruction.rd)) === 0;
      this.instruction(node, instruction, i, pc, isLow);
      if (highs !== undefined && writesRd(instruction.row)) {
        this.words = withWord(this.words, instruction.rd, !isLow && isWordAfter(instruction, pc, this.words));
      }
      pc += instruction.size;
    }
  }

  /** `isLow` where nobody will ask for the result's upper half. */
  instruction(node: number, instruction: Instruction, i: number, pc: number, isLow: boolean): void {
    const { code } = this;
    const { effect } = instruction.row;
    const operands = this.operands(instruction, pc);
    const isKept = instruction.rd !== 0 && (this.facts[node]!.live[i + 1]!.lo & (1 << instruction.rd)) !== 0;
    switch (effect.kind) {
      case 'write':
        if (!isKept) return;
        (isLow ? lowerLow : lower)(code, effect.value, operands);
        code.localSet(this.register(instruction.rd));
        return;
      case 'load':
      case 'store':
        this.access(node, instruction, effect, i, pc, isKept, isLow);
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
}
