// The cold ways out of a region, known before its code is written: a WebAssembly branch can only leave a block that was
// opened earlier.

import { shareExits, type WayOut } from '../../region/exits.ts';
import { UNKNOWN } from '../../region/known.ts';
import type { RegionPlan } from '../../region/plan.ts';
import type { Label } from '../binary/code.ts';
import type { Frame } from './frame.ts';
import type { Instrument } from './instruments/instrument.ts';

/** The place of the exit at a loop's head; a block has fewer instructions. */
const AT_HEAD = 1023;

/** A register is one local: there are low halves only. */
interface PlacedExit extends WayOut {
  readonly key: number;
}

const keyOf = (node: number, place: number): number => node * 1024 + place;

function findExits({ order, heads, facts, groups }: RegionPlan, isAtEach: boolean): readonly PlacedExit[] {
  const exits: PlacedExit[] = [];
  for (const node of order) {
    const { dirty, valid } = facts[node]!;
    const add = (place: number, i: number): void => {
      exits.push({ key: keyOf(node, place), dirty: dirty[i]!, valid: valid[i]!, known: UNKNOWN, isHot: false });
    };
    if (heads.has(node)) add(AT_HEAD, 0);
    groups[node]!.forEach((group, i) => {
      if (group?.first === i || (isAtEach && group !== undefined)) add(i, i);
    });
  }
  return exits;
}

export class SideExits {
  readonly #frame: Frame;
  readonly #instrument: Instrument;
  readonly #plan: RegionPlan;
  /** By stub: the registers that it spills, as bits. */
  readonly #spills: readonly number[];
  readonly #stubOf: ReadonlyMap<number, number>;
  #labels: readonly Label[] = [];

  constructor(frame: Frame, instrument: Instrument, plan: RegionPlan) {
    this.#frame = frame;
    this.#instrument = instrument;
    this.#plan = plan;
    const stubs = shareExits(findExits(plan, instrument.leavesAtAccesses === true));
    this.#spills = stubs.map(({ spills }) => spills.lo);
    this.#stubOf = new Map(stubs.flatMap(({ users }, i) => users.map(({ key }) => [key, i] as const)));
  }

  /** Opens a block for each stub around what is written next. */
  open(): void {
    this.#labels = this.#spills.map(() => this.#frame.code.block()).reverse();
  }

  /** Closes the blocks, with a stub behind each. */
  close(): void {
    const { code, v, options, at, deeper } = this.#frame;
    const { i32, call, give } = v;
    for (const spills of this.#spills) {
      code.end();
      this.#frame.spill(spills);
      this.#frame.spillFuel();
      this.#instrument.spill();
      this.#instrument.leave();
      this.#frame.storePc(i32.get(at));
      give(call(options.imports.strayAt, i32.constant(this.#plan.region.entryPc), deeper));
    }
  }

  /** Leaves before an instruction of a block, which is not done nor is what follows. */
  leave(node: number, i: number, pc: number): void {
    this.#settle(pc);
    const block = this.#plan.region.blocks[node]!;
    this.#frame.pay(block.instructions.length - i);
    this.#instrument.undo(block, i);
    this.#jump(node, i);
  }

  /** Leaves at the head of a loop, before its block is paid. */
  leaveAtHead(node: number, pc: number): void {
    this.#settle(pc);
    this.#jump(node, AT_HEAD);
  }

  #settle(pc: number): void {
    const { i32 } = this.#frame.v;
    i32.set(this.#frame.at, i32.constant(pc));
    this.#instrument.settle();
  }

  #jump(node: number, place: number): void {
    this.#frame.code.br(this.#labels[this.#stubOf.get(keyOf(node, place))!]!);
  }
}
