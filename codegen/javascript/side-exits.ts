// Ways out of a region end in a few stubs behind its code, which spill what any of their users may have dirty.
//
// V8 compiles an operation that has not run yet as a jump back to its interpreter, and what follows costs tens of
// milliseconds. So the host runs each stub once before the region (see `training`): leaving never surprises V8.

import { MAX_DEPTH, UNWIND } from '../../runtime/abi.ts';
import { CONTROL } from '../../runtime/layout.ts';
import { type Stub, shareExits, type WayOut } from '../region/exits.ts';
import { type Extended, knownIn } from '../region/known.ts';
import type { Halves } from '../region/liveness.ts';
import type { RegionPlan } from '../region/plan.ts';
import {
  assign,
  type BreakStatement,
  bin,
  block,
  call,
  choice,
  type Expression,
  give,
  id,
  labelled,
  leave,
  logical,
  num,
  control as R,
  type Statement,
  uint,
  when,
} from './estree.ts';
import { wordIn } from './lower.ts';
import type { RegionWriter } from './region-writer.ts';

/** Where it is hot, the function gives `at` to its caller; otherwise the interpreter goes on there. */
export interface SideExit extends WayOut {
  /** Statements before the jump; where one returns, nothing may stand between them and the jump. */
  readonly body: Statement[];
  /** Its label is filled in here. */
  readonly jump: BreakStatement;
}

export interface Placed {
  readonly statements: Statement[];
  readonly stubs: number;
}

export class SideExits {
  readonly #writer: RegionWriter;
  readonly #plan: RegionPlan;
  readonly #exits: SideExit[] = [];

  constructor(writer: RegionWriter, plan: RegionPlan) {
    this.#writer = writer;
    this.#plan = plan;
  }

  /** Leaves to the interpreter before the i-th instruction of a block, at `pc`; the block is paid. */
  leaveWithin(node: number, i: number, pc: number): Statement {
    const { dirty, known, valid } = this.#plan.facts[node]!;
    const block = this.#plan.region.blocks[node]!;
    const undone = [
      assign(id('fuel'), num(block.instructions.length - i), '+='),
      ...this.#writer.instrument.undo(block, i),
    ];
    return this.leave(pc, undone, dirty[i]!, valid[i]!, known[i]!);
  }

  /** Leaves to the interpreter at `pc`, once `undone` is run. */
  leave(pc: number, undone: readonly Statement[], dirty: Halves, valid: Halves, known: Extended): Statement {
    const body: Statement[] = [assign(id('at'), num(pc | 0)), ...undone];
    this.#exits.push({ isHot: false, dirty, valid, known, body, jump: leave('') });
    return { type: 'BlockStatement', body };
  }

  /** Gives `to` to the caller, with the state at the end of the block. */
  returnTo(to: Expression, node: number): void {
    const { dirty, known, valid } = this.#plan.facts[node]!;
    const jump = leave('');
    this.#writer.push(assign(id('at'), to), jump);
    this.#exits.push({
      isHot: true,
      dirty: dirty.at(-1)!,
      valid: valid.at(-1)!,
      known: known.at(-1)!,
      body: [],
      jump,
    });
  }

  /** Wraps the body so that each exit's jump reaches a stub; completes the exits. */
  place(body: Statement[]): Placed {
    const stubs = shareExits(this.#exits);
    const labels = stubs.map((_stub, i) => `exit${i}`);
    let statements = [this.#training(labels), ...body];
    stubs.forEach((stub, i) => {
      statements = [labelled(labels[i]!, block(statements)), ...this.#spill(stub, labels[i]!)];
    });
    return { statements, stubs: stubs.length };
  }

  /** What stands before the region: leaves where it may not start, and at depth -1 - i by stub i. */
  #training(labels: readonly string[]): Statement {
    const { region, needs } = this.#plan;
    const outOfFuel = bin('<', R(CONTROL.fuel), num(needs.at(region.entry)));
    const tooDeep = bin('>', uint(id('depth')), num(MAX_DEPTH));
    const cases = labels.map((label, i) => ({ test: num(-1 - i), body: [leave(label)] }));
    return when(
      logical('||', outOfFuel, tooDeep),
      block([
        ...(cases.length === 0 ? [] : [choice(id('depth'), cases)]),
        assign(R(CONTROL.pcLo), num(region.entryPc | 0)),
        give(num(UNWIND)),
      ]),
    );
  }

  #spill({ isHot, spills, users }: Stub<SideExit>, label: string): Statement[] {
    const statements: Statement[] = [];
    for (let r = 1; r < 32; r++) {
      const bit = 1 << r;
      if (spills.lo & bit) statements.push(assign(R(2 * r), this.#writer.low(r)));
      if (this.#writer.wide && spills.hi & bit) statements.push(this.#spillHigh(r, users));
    }
    for (const { body, jump } of users) {
      jump.label = id(label);
      if (!isHot) body.push(jump);
    }
    statements.push(...this.#writer.spillFuel());
    if (isHot) statements.push(give(id('at')));
    else {
      statements.push(...this.#writer.instrument.leave());
      const interpreted = call('interpretAt', bin('+', id('depth'), num(1)), num(this.#plan.region.entryPc | 0));
      statements.push(assign(R(CONTROL.pcLo), id('at')), give(interpreted));
    }
    return statements;
  }

  /** From what all users know of the high half; where they differ, each that knows it makes it first. */
  #spillHigh(r: number, users: readonly SideExit[]): Statement {
    const [low, high] = [this.#writer.low(r), this.#writer.high(r)];
    const first = knownIn(users[0]!.known, r);
    const shared = users.every(user => knownIn(user.known, r) === first) ? first : 0;
    for (const user of shared === 0 ? users : []) {
      const known = knownIn(user.known, r);
      if (known !== 0) user.body.push(assign(high, wordIn(low, high, known).hi));
    }
    return assign(R(2 * r + 1), wordIn(low, high, shared).hi);
  }
}
