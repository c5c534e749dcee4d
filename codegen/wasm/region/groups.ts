// Accesses of a block that share one test of the window: those relative to the same value of the same register.

import type { Effect, Expr } from '../../isa/expr.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { writesRd } from '../../isa/summary.ts';
import type { Block } from '../../region/region.ts';
import type { WasmWindow } from '../access.ts';

export type AccessEffect = Extract<Effect, { kind: 'load' | 'store' }>;

/** The bytes that the members may touch are [base + from, base + end). */
export interface AccessGroup {
  /** Index in the block of the member that makes the test. */
  readonly first: number;
  readonly from: number;
  readonly end: number;
  /** What base + from must be a multiple of. */
  readonly alignment: number;
  readonly isStore: boolean;
  readonly isShared: boolean;
  /** Distance of a member from the base. */
  immediateOf(i: number): number;
}

/** By instruction of the block; undefined for what is no access. */
export type BlockGroups = readonly (AccessGroup | undefined)[];

interface Member {
  readonly i: number;
  readonly imm: number;
  readonly bytes: number;
  readonly isStore: boolean;
  readonly strays: boolean;
}

const isPlain = ({ address }: AccessEffect): boolean =>
  address.op === 'add' && address.a.op === 'reg' && address.a.field === 'rs1' && address.b.op === 'imm';

/** What the group's distances are relative to. */
export const baseOf = (effect: AccessEffect): Expr =>
  isPlain(effect) && effect.address.op === 'add' ? effect.address.a : effect.address;

export function groupAccesses(block: Block, window: WasmWindow, strays: (pc: number) => boolean): BlockGroups {
  const groups: (AccessGroup | undefined)[] = new Array(block.instructions.length);
  const open = new Map<number, Member[]>();
  const close = (members: readonly Member[]): void => {
    for (const group of makeGroups(members, window.alignedOnly)) {
      for (const { i } of group.members) groups[i] = group.made;
    }
  };
  let { pc } = block;
  block.instructions.forEach((instruction, i) => {
    const { effect } = instruction.row;
    if (effect.kind === 'load' || effect.kind === 'store') {
      const member = memberOf(instruction, effect, i, strays(pc));
      const isAlone = member.isStore && window.pageMap !== undefined;
      if (!isPlain(effect) || isAlone) close([member]);
      else open.set(instruction.rs1, [...(open.get(instruction.rs1) ?? []), member]);
    }
    if (writesRd(instruction.row) && instruction.rd !== 0) {
      close(open.get(instruction.rd) ?? []);
      open.delete(instruction.rd);
    }
    pc += instruction.size;
  });
  for (const members of open.values()) close(members);
  return groups;
}

function memberOf(instruction: Instruction, effect: AccessEffect, i: number, strays: boolean): Member {
  const imm = isPlain(effect) ? instruction.imm : 0;
  return { i, imm, bytes: effect.bytes, isStore: effect.kind === 'store', strays };
}

interface Made {
  readonly members: readonly Member[];
  readonly made: AccessGroup;
}

/** One group, or one each where an access often lies outside the window or they are not aligned alike. */
function makeGroups(members: readonly Member[], alignedOnly: boolean): Made[] {
  const widest = members.reduce<Member | undefined>(
    (a, b) => (a === undefined || b.bytes > a.bytes ? b : a),
    undefined,
  );
  if (widest === undefined) return [];
  const areAlike = !alignedOnly || members.every(({ imm, bytes }) => (imm - widest.imm) % bytes === 0);
  if (members.length === 1 || members.some(member => member.strays) || !areAlike) {
    return members.map(member => ({ members: [member], made: makeGroup([member], member, alignedOnly) }));
  }
  return [{ members, made: makeGroup(members, widest, alignedOnly) }];
}

function makeGroup(members: readonly Member[], widest: Member, alignedOnly: boolean): AccessGroup {
  const alignment = alignedOnly ? widest.bytes : 1;
  const least = Math.min(...members.map(member => member.imm));
  const immediates = new Map(members.map(({ i, imm }) => [i, imm]));
  return {
    first: members[0]!.i,
    from: widest.imm - Math.ceil((widest.imm - least) / alignment) * alignment,
    end: Math.max(...members.map(({ imm, bytes }) => imm + bytes)),
    alignment,
    isStore: members.some(member => member.isStore),
    isShared: members.length > 1,
    immediateOf: i => immediates.get(i)!,
  };
}
