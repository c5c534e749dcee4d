// How a region function hands control to others, and what follows them.

import { assert } from '../../runtime/errors.ts';
import { CONTROL } from '../../runtime/layout.ts';
import { UNKNOWN } from '../region/known.ts';
import { NONE } from '../region/liveness.ts';
import type { RegionPlan } from '../region/plan.ts';
import { lastPc } from '../region/region.ts';
import type { Blocks, JavaScriptRegionOptions } from './emit-block.ts';
import {
  assign,
  assignment,
  bin,
  call,
  choose,
  type Expression,
  give,
  id,
  index,
  num,
  control as R,
  when,
} from './estree.ts';
import type { RegionWriter } from './region-writer.ts';
import type { SideExits } from './side-exits.ts';

const { fuel: FUEL, pcLo: PC } = CONTROL;

const DEEPER = bin('+', id('depth'), num(1));

export class Calls {
  readonly #writer: RegionWriter;
  readonly #exits: SideExits;
  readonly #blocks: Blocks;
  readonly #plan: RegionPlan;
  readonly #slotOf: (pc: number) => number;

  constructor(
    writer: RegionWriter,
    exits: SideExits,
    blocks: Blocks,
    plan: RegionPlan,
    { slotOf }: Pick<JavaScriptRegionOptions, 'slotOf'>,
  ) {
    this.#writer = writer;
    this.#exits = exits;
    this.#blocks = blocks;
    this.#plan = plan;
    this.#slotOf = slotOf;
  }

  /** Registers and fuel to the control page, as they are at the end of a block. */
  #spillAll(node: number): void {
    const { dirty, known } = this.#plan.facts[node]!;
    this.#writer.spill(dirty.at(-1)!, known.at(-1)!);
    this.#writer.push(...this.#writer.spillFuel());
  }

  /** What the jump that ends a block is to the functions. */
  #transfer(node: number, to: number | Expression): void {
    this.#writer.push(...(this.#writer.instrument.transfer?.(this.#plan.region.blocks[node]!, to) ?? []));
  }

  /** The result of the region at a pc. */
  #region(to: number): Expression {
    this.#writer.push(assign(R(PC), num(to | 0)));
    return call(index('F', num(this.#slotOf(to))), DEEPER);
  }

  /** A call or an environment call: everything to the register file, and back what is live. */
  handOver(node: number): void {
    const { successors, end } = this.#plan.region.blocks[node]!;
    if (end.kind !== 'call' && end.kind !== 'ecall') return;
    const writer = this.#writer;
    this.#spillAll(node);
    let callee: Expression;
    if (end.kind === 'ecall') callee = call('ecallAt', num((end.next - 4) | 0));
    else if (end.to !== undefined) {
      this.#transfer(node, end.to);
      callee = this.#region(end.to);
    } else {
      const { lo, hi } = this.#blocks.jumpTarget(node);
      this.#transfer(node, lo);
      callee = call('callAt', lo, hi, DEEPER);
    }
    const back = num(end.next | 0);
    writer.push(when(bin('!==', assignment(id('at'), callee), back), give(id('at'))));
    writer.push(assign(id('fuel'), R(FUEL)));
    writer.push(...writer.instrument.reload());
    const successor = successors[0]!;
    const live = this.#plan.liveIn[successor]!;
    writer.reload(live);
    const need = num(this.#plan.needs.at(successor));
    writer.push(when(bin('<', id('fuel'), need), this.#exits.leave(end.next, [], NONE, live, UNKNOWN)));
  }

  /** Goes on wherever the register says, and remembers where that was. */
  indirect(node: number): void {
    this.#spillAll(node);
    const { lo, hi } = this.#blocks.jumpTarget(node);
    const pc = lastPc(this.#plan.region.blocks[node]!);
    this.#transfer(node, lo);
    this.#writer.push(give(call('jumpAt', num(pc | 0), lo, hi, DEEPER)));
  }

  /** The end of a block without successors. */
  terminate(node: number): void {
    const { end } = this.#plan.region.blocks[node]!;
    switch (end.kind) {
      case 'return': {
        const { lo, hi } = this.#blocks.jumpTarget(node);
        const to = this.#writer.wide ? choose(bin('===', hi, num(0)), lo, call('unwindTo', lo, hi)) : lo;
        this.#transfer(node, lo);
        this.#exits.returnTo(to, node);
        return;
      }
      case 'indirect':
        this.indirect(node);
        return;
      case 'exit':
        this.#spillAll(node);
        this.#writer.push(give(this.#region(end.to)));
        return;
      case 'interpret':
        this.#spillAll(node);
        this.#writer.push(assign(R(PC), num(end.at | 0)), give(call('interpretAt', DEEPER, num(0))));
        return;
      default:
        assert(false, `a block that ends by ${end.kind} does not leave`);
    }
  }
}
