// Instructions of a basic block as JavaScript statements.

import { assert } from '../../runtime/errors.ts';
import type { Expr } from '../isa/expr.ts';
import type { Instruction } from '../isa/instruction.ts';
import type { AccessEffect } from '../region/accesses.ts';
import { knownIn } from '../region/known.ts';
import type { RegionPlan } from '../region/plan.ts';
import { type AccessContext, emitLoad, emitStore, sharesWord, type Window } from './access.ts';
import { assign, type Expression, id, num, type Statement } from './estree.ts';
import type { Instrument } from './instruments/instrument.ts';
import { constantWord, FOLDED, type LeafWords, lower, lowerCond, type WordHalves } from './lower.ts';
import { lowName } from './names.ts';
import type { RegionWriter } from './region-writer.ts';
import type { SideExits } from './side-exits.ts';

export interface JavaScriptRegionOptions {
  readonly name: string;
  readonly xlen: 32 | 64;
  readonly window: Window;
  /** Index in the function table of the code at a pc. */
  readonly slotOf: (pc: number) => number;
  /** Whether misaligned accesses fault. */
  readonly alignedOnly: boolean;
  /** Whether the access at a pc often lies outside the window. */
  readonly strays: (pc: number) => boolean;
  readonly instrument: Instrument;
}

/** Where an access stands, and the leaves of its trees. */
interface InstructionPlace {
  readonly node: number;
  readonly instruction: Instruction;
  /** Index in the block. */
  readonly i: number;
  readonly pc: number;
  readonly leaves: LeafWords;
}

export class Blocks {
  readonly #writer: RegionWriter;
  readonly #exits: SideExits;
  readonly #plan: RegionPlan;
  readonly #options: JavaScriptRegionOptions;
  /** Blocks whose jump target is in `$to`, its register being overwritten. */
  readonly #savedTargets = new Set<number>();

  constructor(writer: RegionWriter, exits: SideExits, plan: RegionPlan, options: JavaScriptRegionOptions) {
    this.#writer = writer;
    this.#exits = exits;
    this.#plan = plan;
    this.#options = options;
  }

  #leavesOf(node: number, i: number): LeafWords {
    const instruction = this.#plan.region.blocks[node]!.instructions[i]!;
    const known = this.#plan.facts[node]!.known[i]!;
    const register = (r: number): WordHalves => (r === 0 ? FOLDED : this.#writer.register(r, known));
    return {
      rs1: register(instruction.rs1),
      rs2: register(instruction.rs2),
      imm: FOLDED,
      pc: FOLDED,
      temporary: e => this.#writer.temporary(e),
    };
  }

  /** The instruction of a block at a place. */
  write(node: number, instruction: Instruction, i: number, pc: number): void {
    this.#writer.forgetTemporaries();
    const effect = this.#plan.region.blocks[node]!.effects[i]!;
    const { live, known } = this.#plan.facts[node]!;
    const leaves = this.#leavesOf(node, i);
    const bit = instruction.rd === 0 ? 0 : 1 << instruction.rd;
    const keepLo = (live[i + 1]!.lo & bit) !== 0;
    const keepHi = this.#writer.wide && (live[i + 1]!.hi & bit) !== 0;
    switch (effect.kind) {
      case 'write': {
        if (!keepLo && !keepHi) return;
        this.#writer.setRegister(instruction.rd, lower(effect.value, leaves, keepHi), keepLo, keepHi);
        return;
      }
      case 'load':
      case 'store':
        this.#access(
          effect,
          { node, instruction, i, pc, leaves },
          word => {
            this.#writer.setRegister(instruction.rd, word, keepLo, keepHi);
          },
          keepLo || keepHi,
        );
        return;
      case 'jump':
        if (keepLo || keepHi) {
          const next = constantWord(BigInt(pc + instruction.size));
          if (effect.target.op !== 'const' && instruction.rs1 === instruction.rd)
            this.#saveTarget(node, leaves, effect.target);
          this.#writer.setRegister(
            instruction.rd,
            { ...next, known: knownIn(known[i + 1]!, instruction.rd) },
            keepLo,
            keepHi,
          );
        }
        return;
      default:
        return;
    }
  }

  /** The target register of `jalr ra, 0(ra)`, before the link overwrites it. */
  #saveTarget(node: number, leaves: LeafWords, expr: Expr): void {
    this.#savedTargets.add(node);
    const target = lower(expr, leaves, this.#writer.wide);
    const { used, wide } = this.#writer;
    used.add('$to');
    this.#writer.push(assign(id('$to'), target.lo));
    if (!wide) return;
    used.add('$toh');
    this.#writer.push(assign(id('$toh'), target.hi));
  }

  /** `set` is given the value of a load that is kept. */
  #access(effect: AccessEffect, place: InstructionPlace, set: (word: WordHalves) => void, isKept: boolean): void {
    const { node, instruction, i, pc, leaves } = place;
    const { window, xlen, strays, alignedOnly, instrument } = this.#options;
    const undone = this.#plan.region.blocks[node]!.instructions.length - i;
    const group = this.#plan.groups[node]![i]!;
    const baseWord = `$${lowName(instruction.rs1)}`;
    const writer = this.#writer;
    writer.used.add('$c');
    if (sharesWord(group)) writer.used.add(baseWord);
    const leave = (): Statement => this.#exits.leaveWithin(node, i, pc);
    const context: AccessContext = {
      window,
      xlen,
      leaves,
      group,
      i,
      baseWord: id(baseWord),
      exit: leave,
      // An access that is told of is one of the text's own.
      strays: !alignedOnly && instrument.access === undefined && strays(pc),
      push: (...statements) => writer.push(...statements),
      tell: instrument.access && (doubleword => instrument.access!(writer, { doubleword, undone, leave })),
    };
    if (effect.kind === 'store') emitStore(effect, context);
    else emitLoad(effect, context, write => writer.collect(write), isKept ? set : undefined);
  }

  /** The target of the jump that ends a block, as it was before that wrote its link. */
  jumpTarget(node: number): Pick<WordHalves, 'lo' | 'hi'> {
    const { wide } = this.#writer;
    if (this.#savedTargets.has(node)) return { lo: id('$to'), hi: wide ? id('$toh') : num(0) };
    const { effects } = this.#plan.region.blocks[node]!;
    const effect = effects.at(-1)!;
    assert(effect.kind === 'jump', `${effect.kind} is no jump`);
    const target = lower(effect.target, this.#leavesOf(node, effects.length - 1), wide);
    return target;
  }

  /** Of the branch that ends a block. */
  condition(node: number): Expression {
    const { effects } = this.#plan.region.blocks[node]!;
    const effect = effects.at(-1)!;
    assert(effect.kind === 'branch', `${effect.kind} is no branch`);
    this.#writer.forgetTemporaries();
    return lowerCond(effect.taken, this.#leavesOf(node, effects.length - 1));
  }
}
