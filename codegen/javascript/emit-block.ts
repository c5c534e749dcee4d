// Instructions of a basic block as JavaScript statements.

import type { Instruction } from '../isa/instruction.ts';
import { type AccessPlan, planAccesses } from '../region/accesses.ts';
import { type FuelNeeds, fuelNeeds } from '../region/fuel.ts';
import { type BlockFacts, factsOf, knownOf } from '../region/known.ts';
import { analyse, type Halves } from '../region/liveness.ts';
import type { Region } from '../region/region.ts';
import { type Structured, structure } from '../region/structure.ts';
import { type AccessContext, emitLoad, emitStore, sharesWord, type Window } from './access.ts';
import { assign, type Expression, id, leave, num, type Statement } from './estree.ts';
import { constantWord, highOf, type Leaves, lower, lowerCond, type Word } from './lower.ts';
import { lowName } from './names.ts';
import { RegionWriter } from './region-writer.ts';
import type { SideExit } from './side-exits.ts';

export interface RegionOptions {
  readonly name: string;
  readonly xlen: 32 | 64;
  readonly window: Window;
  /** Index in the function table of the code at a pc. */
  readonly slotOf: (pc: number) => number;
  /** Whether misaligned accesses fault. */
  readonly alignedOnly: boolean;
  /** Whether the test of the access at a pc was seen to fail often. */
  readonly isMissing: (pc: number) => boolean;
  /** Appends the old (clk, value) of each touched doubleword. */
  readonly traced: boolean;
}

export class BlockEmitter extends RegionWriter {
  readonly region: Region;
  readonly options: RegionOptions;
  readonly facts: readonly BlockFacts[];
  /** What is live at the start of each block. */
  readonly liveIn: readonly Halves[];
  /** Blocks that are targets of back edges. */
  readonly heads: ReadonlySet<number>;
  readonly needs: FuelNeeds;
  readonly tree: Structured;
  readonly plans: readonly (readonly (AccessPlan | undefined)[])[];
  readonly exits: SideExit[] = [];

  constructor(region: Region, options: RegionOptions) {
    super(options.xlen === 64);
    this.region = region;
    this.options = options;
    const { body, loopHeads, order } = structure(region);
    this.tree = body;
    this.heads = loopHeads;
    const liveness = analyse(region, order, loopHeads, this.wide);
    this.liveIn = liveness.liveIn;
    this.needs = fuelNeeds(region, order, loopHeads);
    this.facts = factsOf(region, order, liveness);
    const protectsText = options.window.storeBase !== options.window.loadBase;
    const { countsPages } = options.window;
    const isolated = options.isMissing;
    this.plans = region.blocks.map(block => planAccesses(block, { protectsText, countsPages, isolated }));
  }

  /** Leaves to the interpreter at `pc`, `undone` instructions of the block being paid but not done. */
  sideExit(pc: number, undone: number, dirty: Halves, valid: Halves, known: SideExit['known']): Statement {
    const body: Statement[] = [assign(id('at'), num(pc | 0))];
    if (undone > 0) body.push(assign(id('fuel'), num(undone), '+='));
    const jump = leave('');
    const exit: SideExit = { returns: false, dirty, valid, known, body, jump };
    this.exits.push(exit);
    return { type: 'BlockStatement', body };
  }

  /** Gives `to` to the caller, with the state at the end of the block. */
  returnTo(to: Expression, node: number): void {
    const { dirty, known, valid } = this.facts[node]!;
    const jump = leave('');
    this.push(assign(id('at'), to), jump);
    this.exits.push({
      returns: true,
      dirty: dirty.at(-1)!,
      valid: valid.at(-1)!,
      known: known.at(-1)!,
      body: [],
      jump,
    });
  }

  leavesOf(node: number, instruction: Instruction, i: number, pc: number): Leaves {
    const known = this.facts[node]!.known[i]!;
    const register = (r: number): Word =>
      r === 0 ? constantWord(0n) : { lo: this.low(r), hi: this.high(r), known: knownOf(known, r) };
    return {
      rs1: register(instruction.rs1),
      rs2: register(instruction.rs2),
      imm: constantWord(BigInt(instruction.imm)),
      pc: constantWord(BigInt(pc)),
      temporary: e => this.temporary(e),
    };
  }

  instruction(node: number, instruction: Instruction, i: number, pc: number): void {
    this.forgetTemporaries();
    const { effect } = instruction.row;
    const { live, known } = this.facts[node]!;
    const leaves = this.leavesOf(node, instruction, i, pc);
    const bit = instruction.rd === 0 ? 0 : 1 << instruction.rd;
    const keepLo = (live[i + 1]!.lo & bit) !== 0;
    const keepHi = this.wide && (live[i + 1]!.hi & bit) !== 0;
    switch (effect.kind) {
      case 'write': {
        if (!keepLo && !keepHi) return;
        this.setRegister(instruction.rd, lower(effect.value, leaves, keepHi), keepLo, keepHi);
        return;
      }
      case 'load':
      case 'store':
        this.access(node, instruction, i, pc, leaves, keepLo, keepHi);
        return;
      case 'jump':
        if (keepLo || keepHi) {
          const next = constantWord(BigInt(pc + instruction.size));
          if (effect.target.op !== 'add' && instruction.rs1 === instruction.rd) this.saveTarget(leaves, instruction);
          this.setRegister(instruction.rd, { ...next, known: knownOf(known[i + 1]!, instruction.rd) }, keepLo, keepHi);
        }
        return;
      default:
        return;
    }
  }

  /** The target register of `jalr ra, 0(ra)`, before the link overwrites it. */
  saveTarget(leaves: Leaves, instruction: Instruction): void {
    const { effect } = instruction.row;
    if (effect.kind !== 'jump') return;
    const target = lower(effect.target, leaves, this.wide);
    this.used.add('$to');
    this.push(assign(id('$to'), target.lo));
    if (this.wide) {
      this.used.add('$toh');
      this.push(assign(id('$toh'), highOf(target)));
    }
  }

  access(
    node: number,
    instruction: Instruction,
    i: number,
    pc: number,
    leaves: Leaves,
    keepLo: boolean,
    keepHi: boolean,
  ): void {
    const { effect } = instruction.row;
    const { window, xlen, isMissing, alignedOnly } = this.options;
    const { dirty, known, valid } = this.facts[node]!;
    const undone = this.region.blocks[node]!.instructions.length - i;
    const plan = this.plans[node]![i]!;
    const baseWord = `$${lowName(instruction.rs1)}`;
    this.used.add('$c');
    if (sharesWord(plan)) this.used.add(baseWord);
    const context: AccessContext = {
      window,
      xlen,
      leaves,
      plan,
      baseWord: id(baseWord),
      exit: () => this.sideExit(pc, undone, dirty[i]!, valid[i]!, known[i]!),
      isGeneral: !alignedOnly && isMissing(pc),
      push: (...statements) => this.push(...statements),
      trace: this.options.traced ? doubleword => this.trace(doubleword, undone) : undefined,
    };
    if (effect.kind === 'store') emitStore(effect, context);
    if (effect.kind !== 'load') return;
    const set = (word: Word): void => this.setRegister(instruction.rd, word, keepLo, keepHi);
    emitLoad(effect, context, write => this.collect(write), keepLo || keepHi ? set : undefined);
  }

  condition(node: number): Expression {
    const block = this.region.blocks[node]!;
    const i = block.instructions.length - 1;
    const instruction = block.instructions[i]!;
    const { effect } = instruction.row;
    if (effect.kind !== 'branch') throw new Error(`bug: ${instruction.row.mnemonic} is no branch`);
    this.forgetTemporaries();
    return lowerCond(effect.taken, this.leavesOf(node, instruction, i, block.pc));
  }
}
