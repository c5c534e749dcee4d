// Which accesses of a block share one test of the window: those relative to the same value of the same register, as
// far as a printer's test can answer for them together.

import { assert } from '../../runtime/errors.ts';
import { type AccessBytes, constant, type Effect, type Expr } from '../isa/expr.ts';
import type { Instruction } from '../isa/instruction.ts';
import { writesRd } from '../isa/summary.ts';
import type { Block } from './region.ts';

export type AccessEffect = Extract<Effect, { kind: 'load' | 'store' }>;

/** What a printer's test can answer for several accesses at once. */
export interface SharingPolicy {
  /** Whether accesses relative to x0 share a test. */
  readonly sharesZero: boolean;
  /** Who stays alone because of an access that cannot share: itself, or all that are relative to the same value. */
  readonly alone: 'itself' | 'all';
  /** Displacements that can share: any, multiples of the access's own width, or what is aligned where the widest is. */
  readonly displacements: 'any' | 'own' | 'alike';
  /** The least displacement of a store that can share. */
  readonly leastStore: number;
  /** Whether stores share at all: not where each tests its own page. */
  readonly sharesStores: boolean;
}

/** The bytes that the members may touch are [base + from, base + end). */
export interface AccessGroup {
  /** The value that all are relative to: a register or, for x0, zero. */
  readonly base: Expr;
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
  /** Bytes from the base that members from the i-th to before the `end`-th instruction may touch; of one at least. */
  reachOf(i: number, end: number): { readonly from: number; readonly end: number };
}

/** By instruction of the block; undefined for what is no access. */
export type BlockGroups = readonly (AccessGroup | undefined)[];

interface Member {
  readonly base: Expr;
  readonly i: number;
  readonly imm: number;
  readonly bytes: AccessBytes;
  readonly isStore: boolean;
  readonly strays: boolean;
}

/** `strays` says whether the access at a pc often lies outside the window. */
export function planAccesses(block: Block, policy: SharingPolicy, strays: (pc: number) => boolean): BlockGroups {
  const groups: (AccessGroup | undefined)[] = new Array(block.instructions.length).fill(undefined);
  const open = new Map<number, Member[]>();
  const close = (members: readonly Member[]): void => {
    for (const shared of share(members, policy)) {
      const group = makeGroup(shared, policy);
      for (const { i } of shared) groups[i] = group;
    }
  };
  let { pc } = block;
  block.instructions.forEach((instruction, i) => {
    const { effect } = instruction.row;
    if (effect.kind === 'load' || effect.kind === 'store') {
      const member = memberOf(instruction, effect, i, strays(pc));
      if (member.isStore && !policy.sharesStores) close([member]);
      else open.set(instruction.rs1, [...(open.get(instruction.rs1) ?? []), member]);
    }
    if (writesRd(instruction.row) && instruction.rd !== 0) {
      close(open.get(instruction.rd) ?? []);
      open.delete(instruction.rd);
    }
    pc += instruction.size;
  });
  const { sharesZero } = policy;
  for (const [register, members] of open) {
    if (register !== 0 || sharesZero) close(members);
    else for (const member of members) close([member]);
  }
  return groups;
}

/** Every address of the table is rs1 + imm. */
function memberOf(
  instruction: Instruction,
  { kind, bytes, address }: AccessEffect,
  i: number,
  strays: boolean,
): Member {
  assert(address.op === 'add' && address.a.op === 'reg' && address.b.op === 'imm', 'an access without a base register');
  const base = instruction.rs1 === 0 ? constant(address.w, 0n) : address.a;
  return { base, i, imm: instruction.imm, bytes, isStore: kind === 'store', strays };
}

/** Of several equally wide ones, the first. */
const widestOf = (members: readonly Member[]): Member => members.reduce((a, b) => (b.bytes > a.bytes ? b : a));

function canShare(member: Member, widest: Member, { displacements, leastStore }: SharingPolicy): boolean {
  const { imm, bytes, isStore, strays } = member;
  if (strays || (isStore && imm < leastStore)) return false;
  const distance = displacements === 'any' ? 0 : displacements === 'own' ? imm : imm - widest.imm;
  return distance % bytes === 0;
}

/** Accesses that are relative to one value, parted into those that share a test. */
function share(members: readonly Member[], policy: SharingPolicy): readonly (readonly Member[])[] {
  if (members.length === 0) return [];
  const widest = widestOf(members);
  const able = members.filter(member => canShare(member, widest, policy));
  const isAlone = able.length < 2 || (policy.alone === 'all' && able.length < members.length);
  const rest = isAlone ? members : members.filter(member => !able.includes(member));
  return [...(isAlone ? [] : [able]), ...rest.map(member => [member])];
}

function makeGroup(members: readonly Member[], { displacements }: SharingPolicy): AccessGroup {
  const widest = widestOf(members);
  const alignment = displacements === 'any' ? 1 : widest.bytes;
  const least = Math.min(...members.map(member => member.imm));
  const immediates = new Map(members.map(({ i, imm }) => [i, imm]));
  return {
    base: widest.base,
    first: members[0]!.i,
    from: widest.imm - Math.ceil((widest.imm - least) / alignment) * alignment,
    end: Math.max(...members.map(({ imm, bytes }) => imm + bytes)),
    alignment,
    isStore: members.some(member => member.isStore),
    isShared: members.length > 1,
    immediateOf: i => immediates.get(i)!,
    reachOf(i, end) {
      const some = members.filter(member => member.i >= i && member.i < end);
      return {
        from: Math.min(...some.map(({ imm }) => imm)),
        end: Math.max(...some.map(({ imm, bytes }) => imm + bytes)),
      };
    },
  };
}
