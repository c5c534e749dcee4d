// Which accesses of a block share one test of their base register. While the register keeps its value, all accesses
// within ±2 KiB of it are inside the window if it is, with a margin: guest memory goes on behind the window's end.

import type { Instruction } from '../isa/instruction.ts';
import { writesRd } from '../isa/summary.ts';
import type { Block } from './region.ts';

/** Bytes that the offset of a load or store can reach from its base register. */
export const REACH = 2048;

export type AccessPlan =
  /** Tests its own address. */
  | { readonly kind: 'alone' }
  /** Tests the base register for itself and for what follows: alignment mask, and whether one of them stores. */
  | { readonly kind: 'first'; readonly mask: number; readonly stores: boolean }
  | { readonly kind: 'covered'; readonly mask: number };

export interface AccessPlanOptions {
  /** Whether stores have a window of their own. */
  readonly protectsText: boolean;
  /** Whether stores test their own page. */
  readonly countsPages: boolean;
  /** Accesses whose shared test failed too often. */
  readonly isolated: (pc: number) => boolean;
}

interface Group {
  readonly members: number[];
  mask: number;
  stores: boolean;
}

/** Per instruction; undefined for what is no access. */
export function planAccesses(block: Block, options: AccessPlanOptions): readonly (AccessPlan | undefined)[] {
  const plans: (AccessPlan | undefined)[] = [];
  const groups: Group[] = [];
  const open = new Map<number, Group>();
  let pc = block.pc;
  block.instructions.forEach((instruction, i) => {
    const { effect } = instruction.row;
    const isAccess = effect.kind === 'load' || effect.kind === 'store';
    plans.push(isAccess ? { kind: 'alone' } : undefined);
    if (isAccess && canShare(instruction, pc, options)) {
      let group = open.get(instruction.rs1);
      if (group === undefined) {
        group = { members: [], mask: 0, stores: false };
        open.set(instruction.rs1, group);
        groups.push(group);
      }
      group.members.push(i);
      group.mask |= effect.bytes - 1;
      group.stores ||= effect.kind === 'store';
    }
    if (writesRd(instruction.row)) open.delete(instruction.rd);
    pc += instruction.size;
  });
  for (const { members, mask, stores } of groups) {
    if (members.length < 2) continue;
    for (const i of members) plans[i] = { kind: 'covered', mask };
    plans[members[0]!] = { kind: 'first', mask, stores };
  }
  return plans;
}

function canShare(instruction: Instruction, pc: number, options: AccessPlanOptions): boolean {
  const { effect } = instruction.row;
  if (effect.kind !== 'load' && effect.kind !== 'store') return false;
  if (instruction.rs1 === 0 || instruction.imm % effect.bytes !== 0 || options.isolated(pc)) return false;
  if (effect.kind === 'store' && options.countsPages) return false;
  // Below its base register a store could reach text that the test takes for past.
  return effect.kind === 'load' || !options.protectsText || instruction.imm >= 0;
}
