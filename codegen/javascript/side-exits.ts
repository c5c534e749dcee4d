// Ways out of a region end in a few stubs behind its code, which spill what any of their users may have dirty.
//
// V8 compiles an operation that has not run yet as a jump back to its interpreter, and what follows costs tens of
// milliseconds. So the host runs each stub once before the region (see `training`): leaving never surprises V8.

import { MAX_DEPTH, UNWIND } from '../../runtime/abi.ts';
import { CONTROL } from '../../runtime/layout.ts';
import { type Extended, knownOf } from '../region/known.ts';
import { covers, type Halves, same } from '../region/liveness.ts';
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
  type Statement,
  uint,
  when,
} from './estree.ts';
import { highOf } from './lower.ts';
import { R } from './region-writer.ts';

export interface SideExit {
  /** Whether the function gives `at` to its caller; otherwise the interpreter goes on there. */
  readonly returns: boolean;
  /** What must reach the register file, and what may. */
  readonly dirty: Halves;
  readonly valid: Halves;
  readonly known: Extended;
  /** Statements before the jump; where one returns, nothing may stand between them and the jump. */
  readonly body: Statement[];
  /** Its label is filled in here. */
  readonly jump: BreakStatement;
}

/** The locals that hold guest registers. */
export interface Locals {
  readonly low: (r: number) => Expression;
  readonly high: (r: number) => Expression;
  readonly wide: boolean;
  readonly traced: boolean;
  /** The fuel that its start needs. */
  readonly need: number;
  /** The region's own pc, for the count of its exits. */
  readonly entry: number;
}

export interface Placed {
  readonly statements: Statement[];
  readonly stubs: number;
}

interface Stub {
  readonly returns: boolean;
  readonly spills: Halves;
  readonly users: SideExit[];
}

const bits = (word: number): number => {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
};

const size = ({ lo, hi }: Halves): number => bits(lo) + bits(hi);

const agree = (a: Extended, b: Extended, { hi }: Halves): boolean =>
  (((a.sext ^ b.sext) | (a.zext ^ b.zext)) & hi) === 0;

/** Whether the exit may leave by the stub. A return is hot: there, no register is spilled that need not be. */
function fits(stub: Stub, exit: SideExit): boolean {
  if (stub.returns !== exit.returns) return false;
  if (exit.returns) return same(stub.spills, exit.dirty) && agree(stub.users[0]!.known, exit.known, exit.dirty);
  return covers(stub.spills, exit.dirty) && covers(exit.valid, stub.spills);
}

/** Wraps the body so that each exit's jump reaches a stub; completes the exits. */
export function placeExits(body: Statement[], exits: readonly SideExit[], locals: Locals): Placed {
  const stubs: Stub[] = [];
  for (const exit of [...exits].sort((a, b) => size(b.dirty) - size(a.dirty))) {
    const found = stubs.find(stub => fits(stub, exit));
    if (found === undefined) stubs.push({ returns: exit.returns, spills: exit.dirty, users: [exit] });
    else found.users.push(exit);
  }
  const labels = stubs.map((_stub, i) => `exit${i}`);
  let statements = [training(locals, labels), ...body];
  stubs.forEach((stub, i) => {
    statements = [labelled(labels[i]!, block(statements)), ...spill(stub, locals, labels[i]!)];
  });
  return { statements, stubs: stubs.length };
}

/** What stands before the region: leaves where it may not start, and at depth -1 - i by stub i. */
function training({ entry, need }: Locals, labels: readonly string[]): Statement {
  const outOfFuel = bin('<', R(CONTROL.fuel), num(need));
  const tooDeep = bin('>', uint(id('depth')), num(MAX_DEPTH));
  const cases = labels.map((label, i) => ({ test: num(-1 - i), body: [leave(label)] }));
  return when(
    logical('||', outOfFuel, tooDeep),
    block([
      ...(cases.length === 0 ? [] : [choice(id('depth'), cases)]),
      assign(R(CONTROL.pcLo), num(entry | 0)),
      give(num(UNWIND)),
    ]),
  );
}

function spill(
  { returns, spills, users }: Stub,
  { low, high, wide, traced, entry }: Locals,
  label: string,
): Statement[] {
  const statements: Statement[] = [];
  for (let r = 1; r < 32; r++) {
    const bit = 1 << r;
    if (spills.lo & bit) statements.push(assign(R(2 * r), low(r)));
    if (!wide || !(spills.hi & bit)) continue;
    const word = { lo: low(r), hi: high(r) };
    const first = knownOf(users[0]!.known, r);
    const shared = users.every(user => knownOf(user.known, r) === first) ? first : 0;
    statements.push(assign(R(2 * r + 1), highOf({ ...word, known: shared })));
    if (shared !== 0) continue;
    for (const user of users) {
      const known = knownOf(user.known, r);
      if (known !== 0) user.body.push(assign(word.hi, highOf({ ...word, known })));
    }
  }
  for (const { body, jump } of users) {
    jump.label = id(label);
    if (!returns) body.push(jump);
  }
  statements.push(assign(R(CONTROL.fuel), id('fuel')), ...(traced ? [assign(R(CONTROL.traceTail), id('tail'))] : []));
  if (returns) statements.push(give(id('at')));
  else {
    const interpreted = call('interpretAt', bin('+', id('depth'), num(1)), num(entry | 0));
    statements.push(assign(R(CONTROL.pcLo), id('at')), give(interpreted));
  }
  return statements;
}
