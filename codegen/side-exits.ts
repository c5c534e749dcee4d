// Cold ways out of a region share a few stubs behind its code: each spills what any of its users may have dirty.

import { CONTROL } from '../runtime/layout.ts';
import { assign, bin, block, call, type Expression, give, id, labelled, num, type Statement } from './estree.ts';
import { type Extended, knownOf } from './known.ts';
import { covers, type Halves } from './liveness.ts';
import { highOf } from './lower.ts';
import { R } from './region-writer.ts';

export interface SideExit {
  /** What must reach the register file, and what may. */
  readonly dirty: Halves;
  readonly valid: Halves;
  readonly known: Extended;
  /** Statements before the jump; the jump's label is filled in here. */
  readonly body: Statement[];
  readonly jump: Statement;
}

/** The locals that hold guest registers. */
export interface Locals {
  readonly low: (r: number) => Expression;
  readonly high: (r: number) => Expression;
  readonly wide: boolean;
  readonly traced: boolean;
  /** The region's own pc, for the count of its exits. */
  readonly entry: number;
}

interface Stub {
  readonly spills: Halves;
  readonly users: SideExit[];
}

const bits = (word: number): number => {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
};

const size = ({ lo, hi }: Halves): number => bits(lo) + bits(hi);

/** Wraps the body so that each exit's jump reaches a stub; completes the exits. */
export function placeExits(body: Statement[], exits: readonly SideExit[], locals: Locals): { statements: Statement[] } {
  const stubs: Stub[] = [];
  for (const exit of [...exits].sort((a, b) => size(b.dirty) - size(a.dirty))) {
    const fits = stubs.find(stub => covers(stub.spills, exit.dirty) && covers(exit.valid, stub.spills));
    if (fits === undefined) stubs.push({ spills: exit.dirty, users: [exit] });
    else fits.users.push(exit);
  }
  let statements = body;
  stubs.forEach((stub, i) => {
    statements = [labelled(`exit${i}`, block(statements)), ...spill(stub, locals, `exit${i}`)];
  });
  return { statements };
}

function spill({ spills, users }: Stub, { low, high, wide, traced, entry }: Locals, label: string): Statement[] {
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
  for (const user of users) user.body.push({ ...user.jump, label: id(label) } as Statement);
  statements.push(
    assign(R(CONTROL.fuel), id('fuel')),
    ...(traced ? [assign(R(CONTROL.traceTail), id('tail'))] : []),
    assign(R(CONTROL.pcLo), id('at')),
    give(call('interpretAt', bin('+', id('depth'), num(1)), num(entry | 0))),
  );
  return statements;
}
