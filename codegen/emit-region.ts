// Region → JavaScript function. Guest registers live in locals; the register file is written where control leaves.
//
// A region function takes the depth of host frames and gives the pc to go on at, or 1 (UNWIND) where every frame must
// go and the pc is in the control page. Fuel is what may still be executed; it is paid per block, at its start.

import { highName, lowName } from './abi-names.ts';
import { type AccessContext, emitLoad, emitStore, type Window } from './access.ts';
import { type AccessPlan, planAccesses } from './access-plan.ts';
import {
  again,
  assign,
  assignment,
  bin,
  block as braces,
  call,
  choice,
  choose,
  declare,
  type Expression,
  forever,
  give,
  id,
  index,
  int,
  labelled,
  leave,
  logical,
  num,
  type Statement,
  when,
} from './estree.ts';
import type { Instruction } from './isa/instruction.ts';
import { type BlockFacts, factsOf, knownOf } from './known.ts';
import { analyse, type Halves, NONE } from './liveness.ts';
import { constantWord, highOf, type Known, type Leaves, lower, lowerCond, type Word } from './lower.ts';
import { mentions } from './mentions.ts';
import type { Block, Region } from './region.ts';
import { placeExits, type SideExit } from './side-exits.ts';
import { structure, type Structured } from './structure.ts';

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

/** Control page words; see CONTROL in runtime/layout.ts. */
const FUEL = 66;
const PC = 68;
const TAIL = 74;
const CLK_BASE = 75;
const CLK_HI = 76;
/** More instructions than run between two tests of the fuel. */
export const SLACK = 4096;
/** Host frames after which everything unwinds; a frame takes up to 1.5 KiB of the host's 984 KiB stack. */
export const MAX_DEPTH = 300;

const R = (word: number): Expression => index('R', num(word));
const DEEPER = bin('+', id('depth'), num(1));

class RegionEmitter {
  readonly region: Region;
  readonly options: RegionOptions;
  readonly wide: boolean;
  readonly facts: readonly BlockFacts[];
  readonly liveIn: readonly Halves[];
  readonly heads: ReadonlySet<number>;
  readonly tree: Structured;
  readonly dispatches: number;
  readonly plans: readonly (readonly (AccessPlan | undefined)[])[];
  readonly exits: SideExit[] = [];
  readonly used = new Set<string>();
  out: Statement[] = [];
  #temporaries = 0;

  constructor(region: Region, options: RegionOptions) {
    this.region = region;
    this.options = options;
    this.wide = options.xlen === 64;
    const { body, loopHeads, order, dispatchVariables } = structure(region);
    this.tree = body;
    this.heads = loopHeads;
    this.dispatches = dispatchVariables;
    const liveness = analyse(region, order, loopHeads, this.wide);
    this.liveIn = liveness.liveIn;
    this.facts = factsOf(region, order, liveness);
    const protectsText = options.window.storeBase !== options.window.loadBase;
    this.plans = region.blocks.map(block => planAccesses(block, { protectsText, isolated: options.isMissing }));
  }

  /** The statements of the function's body. */
  emit(): Statement[] {
    const { entryPc, entry } = this.region;
    const body = this.collect(() => this.walk(this.tree));
    const guarded = placeExits(body, this.exits, {
      low: r => this.low(r),
      high: r => this.high(r),
      wide: this.wide,
      traced: this.options.traced,
      entry: entryPc,
    });
    const loads = this.collect(() => this.reload(this.liveIn[entry]!));
    const locals = [...this.used].sort();
    const outOfFuel = logical('||', bin('<', R(FUEL), num(SLACK)), bin('>', id('depth'), num(MAX_DEPTH)));
    const leaves = braces([assign(R(PC), num(entryPc | 0)), give(num(1))]);
    return [
      when(outOfFuel, leaves),
      declare('let', [['fuel', R(FUEL)], ['at', num(0)], ...locals.map(name => [name, num(0)] as const)]),
      ...(this.options.traced ? [declare('let', [['tail', R(TAIL)], ['clk', num(0)], ['clkBase', R(CLK_BASE)], ['clkHi', R(CLK_HI)]])] : []),
      ...loads,
      ...guarded.statements,
    ];
  }

  low(r: number): Expression {
    const name = lowName(r);
    this.used.add(name);
    return id(name);
  }

  high(r: number): Expression {
    const name = highName(r);
    if (this.wide) this.used.add(name);
    return id(name);
  }

  collect(write: () => void): Statement[] {
    const saved = this.out;
    this.out = [];
    write();
    const made = this.out;
    this.out = saved;
    return made;
  }

  push(...statements: Statement[]): void {
    this.out.push(...statements);
  }

  walk(node: Structured): void {
    switch (node.kind) {
      case 'seq':
        for (const child of node.body) this.walk(child);
        return;
      case 'block':
        this.push(labelled(`L${node.label}`, braces(this.collect(() => this.walk(node.body)))));
        return;
      case 'loop':
        this.push(labelled(`L${node.label}`, forever(braces(this.collect(() => this.walk(node.body))))));
        return;
      case 'node':
        this.block(node.node);
        return;
      case 'if':
        this.branch(node);
        return;
      case 'switch':
        this.switch(node);
        return;
      case 'jump':
        this.edge(node.from, node.target);
        this.push(node.to === 'break' ? leave(`L${node.label}`) : again(`L${node.label}`));
        return;
      case 'fall':
        this.edge(node.from, node.target);
        return;
      case 'leave':
        this.terminate(node.node);
        return;
      case 'setDispatch':
        this.used.add(`$d${node.variable}`);
        this.push(assign(id(`$d${node.variable}`), num(node.value)));
        return;
      case 'dispatch': {
        const cases = node.cases.map((child, value) => ({
          test: value === node.cases.length - 1 ? undefined : num(value),
          body: [...this.collect(() => this.walk(child)), leave()],
        }));
        this.push(choice(id(`$d${node.variable}`), cases));
      }
    }
  }

  /** Straight-line code of a block, and its terminator where that has one successor. */
  block(node: number): void {
    const block = this.region.blocks[node]!;
    const cost = block.instructions.length;
    if (this.heads.has(node)) this.testFuel(node);
    if (cost > 0) this.push(assign(id('fuel'), num(cost), '-='));
    if (this.options.traced && this.plans[node]!.some(plan => plan !== undefined)) {
      this.push(assign(id('clk'), int(bin('-', id('clkBase'), bin('<<', id('fuel'), num(3))))));
    }
    const isTerminator = block.end.kind === 'branch' || block.end.kind === 'switch';
    let pc = block.pc;
    block.instructions.forEach((instruction, i) => {
      const isLast = i === cost - 1;
      if (!(isLast && isTerminator)) this.instruction(node, instruction, i, pc);
      pc += instruction.size;
    });
    if (block.end.kind === 'call' || block.end.kind === 'ecall') this.handOver(node);
  }

  testFuel(node: number): void {
    const { facts, region } = this;
    const { dirty, known, valid } = facts[node]!;
    const refuel = assignment(id('fuel'), call('refuel', id('fuel'), ...(this.options.traced ? [id('tail')] : [])));
    const exit = this.sideExit(region.blocks[node]!.pc, 0, dirty[0]!, valid[0]!, known[0]!);
    const isLow = bin('<', id('fuel'), num(SLACK));
    if (!this.options.traced) this.push(when(logical('&&', isLow, bin('<', refuel, num(SLACK))), exit));
    else this.push(when(isLow, braces([when(bin('<', refuel, num(SLACK)), exit), assign(id('clkBase'), R(CLK_BASE))])));
  }

  sideExit(pc: number, undone: number, dirty: Halves, valid: Halves, known: SideExit['known']): Statement {
    const body: Statement[] = [assign(id('at'), num(pc | 0))];
    if (undone > 0) body.push(assign(id('fuel'), num(undone), '+='));
    const jump = leave('');
    const exit: SideExit = { dirty, valid, known, body, jump };
    this.exits.push(exit);
    return { type: 'BlockStatement', body };
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

  temporary(e: Expression): Expression {
    if (e.type === 'Identifier' || e.type === 'Literal') return e;
    const name = `$${this.#temporaries++}`;
    this.used.add(name);
    this.push(assign(id(name), e));
    return id(name);
  }

  instruction(node: number, instruction: Instruction, i: number, pc: number): void {
    this.#temporaries = 0;
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

  setRegister(rd: number, word: Word, keepLo: boolean, keepHi: boolean): void {
    const low = this.low(rd);
    const high = this.high(rd);
    if (!keepHi || word.known !== 0) {
      this.push(assign(low, word.lo));
      return;
    }
    if (!keepLo) {
      this.push(assign(high, word.hi));
      return;
    }
    if (!mentions(word.lo, highName(rd))) this.push(assign(high, word.hi), assign(low, word.lo));
    else if (!mentions(word.hi, lowName(rd))) this.push(assign(low, word.lo), assign(high, word.hi));
    else {
      const lo = this.temporary(word.lo);
      this.push(assign(high, word.hi), assign(low, lo));
    }
  }

  access(node: number, instruction: Instruction, i: number, pc: number, leaves: Leaves, keepLo: boolean, keepHi: boolean): void {
    const { effect } = instruction.row;
    const { window, xlen, isMissing, alignedOnly } = this.options;
    const { dirty, known, valid } = this.facts[node]!;
    const undone = this.region.blocks[node]!.instructions.length - i;
    this.used.add('$c');
    const context: AccessContext = {
      window,
      xlen,
      leaves,
      plan: this.plans[node]![i]!,
      exit: () => this.sideExit(pc, undone, dirty[i]!, valid[i]!, known[i]!),
      isGeneral: !alignedOnly && isMissing(pc),
      push: (...statements) => this.push(...statements),
      trace: this.options.traced ? offset => this.trace(offset, undone) : undefined,
    };
    if (effect.kind === 'store') emitStore(effect, context);
    if (effect.kind !== 'load') return;
    const set = (word: Word): void => this.setRegister(instruction.rd, word, keepLo, keepHi);
    emitLoad(effect, context, write => this.collect(write), keepLo || keepHi ? set : undefined);
  }

  /** Appends the doubleword's stamp and value as they were, then stamps it clk + 1. */
  trace(offset: Expression, undone: number): void {
    this.used.add('$s');
    const at = id('$s');
    const word = (array: string, from: Expression, k: number): Expression => index(array, k === 0 ? from : bin('+', from, num(k)));
    this.push(
      assign(at, bin('<<', bin('>>>', offset, num(3)), num(1))),
      assign(word('T', id('tail'), 0), word('K', at, 0)),
      assign(word('T', id('tail'), 1), word('K', at, 1)),
      assign(word('T', id('tail'), 2), word('I32', at, 0)),
      assign(word('T', id('tail'), 3), word('I32', at, 1)),
      assign(word('K', at, 0), int(bin('-', id('clk'), num(8 * undone - 1)))),
      assign(word('K', at, 1), id('clkHi')),
      assign(id('tail'), int(bin('+', id('tail'), num(4)))),
    );
  }

  condition(node: number): Expression {
    const block = this.region.blocks[node]!;
    const i = block.instructions.length - 1;
    const instruction = block.instructions[i]!;
    const { effect } = instruction.row;
    if (effect.kind !== 'branch') throw new Error(`bug: ${instruction.row.mnemonic} is no branch`);
    this.#temporaries = 0;
    return lowerCond(effect.taken, this.leavesOf(node, instruction, i, block.pc));
  }

  branch(node: Extract<Structured, { kind: 'if' }>): void {
    const test = this.condition(node.node);
    const consequent = this.collect(() => this.walk(node.then));
    const alternate = this.collect(() => this.walk(node.else));
    if (consequent.length === 0 && alternate.length === 0) return;
    if (consequent.length === 0) this.push(when(negate(test), braces(alternate)));
    else this.push(when(test, braces(consequent), alternate.length === 0 ? undefined : braces(alternate)));
  }

  /** Control-flow edge: high halves that the target holds in locals but this side only knows. */
  edge(from: number, target: number): void {
    if (!this.wide || from < 0) return;
    const source = this.region.blocks[from]!;
    if (source.end.kind === 'call' || source.end.kind === 'ecall') return;
    const have = this.facts[from]!.known.at(-1)!;
    const want = this.facts[target]!.known[0]!;
    const needed = this.liveIn[target]!.hi;
    for (let r = 1; r < 32; r++) {
      const known = knownOf(have, r);
      if ((needed & (1 << r)) === 0 || known === 0 || knownOf(want, r) !== 0) continue;
      this.push(assign(this.high(r), highOf({ lo: this.low(r), hi: this.high(r), known })));
    }
  }

  spill(halves: Halves, known: SideExit['known']): void {
    for (let r = 1; r < 32; r++) {
      const bit = 1 << r;
      if (halves.lo & bit) this.push(assign(R(2 * r), this.low(r)));
      if ((halves.hi & bit) === 0) continue;
      const word: Word = { lo: this.low(r), hi: this.high(r), known: knownOf(known, r) as Known };
      this.push(assign(R(2 * r + 1), highOf(word)));
    }
  }

  reload(halves: Halves): void {
    for (let r = 1; r < 32; r++) {
      if (halves.lo & (1 << r)) this.push(assign(this.low(r), R(2 * r)));
      if (halves.hi & (1 << r)) this.push(assign(this.high(r), R(2 * r + 1)));
    }
  }

  /** Registers and fuel to the control page, as they are at the end of a block. */
  spillAll(node: number): void {
    const { dirty, known } = this.facts[node]!;
    this.spill(dirty.at(-1)!, known.at(-1)!);
    this.push(assign(R(FUEL), id('fuel')));
    if (this.options.traced) this.push(assign(R(TAIL), id('tail')));
  }

  /** The jump target of the block's last instruction, as it was before that wrote its link. */
  jumpTarget(node: number): { lo: Expression; hi: Expression } {
    const block = this.region.blocks[node]!;
    const i = block.instructions.length - 1;
    const instruction = block.instructions[i]!;
    const { effect } = instruction.row;
    if (effect.kind !== 'jump') throw new Error(`bug: ${instruction.row.mnemonic} is no jump`);
    if (instruction.rd !== 0 && instruction.rd === instruction.rs1 && this.used.has('$to')) {
      return { lo: id('$to'), hi: this.wide ? id('$toh') : num(0) };
    }
    const target = lower(effect.target, this.leavesOf(node, instruction, i, block.pc), this.wide);
    return { lo: target.lo, hi: this.wide ? highOf(target) : num(0) };
  }

  /** A call or an environment call: everything to the register file, and back what is live. */
  handOver(node: number): void {
    const block = this.region.blocks[node]!;
    const { end } = block;
    if (end.kind !== 'call' && end.kind !== 'ecall') return;
    this.spillAll(node);
    let callee: Expression;
    if (end.kind === 'ecall') callee = call('ecallAt', num((end.next - 4) | 0));
    else if (end.to !== undefined) {
      this.push(assign(R(PC), num(end.to | 0)));
      callee = call(index('F', num(this.options.slotOf(end.to))), DEEPER);
    } else {
      const { lo, hi } = this.jumpTarget(node);
      callee = call('callAt', lo, hi, DEEPER);
    }
    const back = num(end.next | 0);
    this.push(when(bin('!==', assignment(id('at'), callee), back), give(id('at'))));
    this.push(assign(id('fuel'), R(FUEL)));
    if (this.options.traced) {
      this.push(assign(id('tail'), R(TAIL)), assign(id('clkBase'), R(CLK_BASE)), assign(id('clkHi'), R(CLK_HI)));
    }
    const live = this.liveIn[block.successors[0]!]!;
    const known = { sext: 1, zext: 1 };
    this.reload(live);
    this.push(when(bin('<', id('fuel'), num(SLACK)), this.sideExit(end.next, 0, NONE, live, known)));
  }

  switch(node: Extract<Structured, { kind: 'switch' }>): void {
    const block = this.region.blocks[node.node]!;
    if (block.end.kind !== 'switch') throw new Error('bug: switch without targets');
    this.#temporaries = 0;
    const { lo, hi } = this.jumpTarget(node.node);
    const { targets } = block.end;
    const cases: { test: Expression | undefined; body: Statement[] }[] = targets.map((pc, i) => ({
      test: num(pc | 0),
      body: [...this.collect(() => this.walk(node.cases[i]!)), leave()],
    }));
    const elsewhere = this.collect(() => this.indirect(node.node, block));
    cases.push({ test: undefined, body: elsewhere });
    const target = this.wide ? choose(bin('===', hi, num(0)), lo, num(1)) : lo;
    this.push(choice(target, cases));
  }

  /** Goes on wherever the register says, and remembers where that was. */
  indirect(node: number, block: Block): void {
    const last = block.instructions.at(-1)!;
    const pc = block.instructions.reduce((at, i) => at + i.size, block.pc) - last.size;
    this.spillAll(node);
    const { lo, hi } = this.jumpTarget(node);
    this.push(give(call('jumpAt', num(pc | 0), lo, hi, DEEPER)));
  }

  /** The end of a block without successors. */
  terminate(node: number): void {
    const block = this.region.blocks[node]!;
    const { end } = block;
    switch (end.kind) {
      case 'return': {
        this.spillAll(node);
        const { lo, hi } = this.jumpTarget(node);
        this.push(give(this.wide ? choose(bin('===', hi, num(0)), lo, call('far', lo, hi)) : lo));
        return;
      }
      case 'indirect':
        this.indirect(node, block);
        return;
      case 'exit':
        this.spillAll(node);
        this.push(assign(R(PC), num(end.to | 0)), give(call(index('F', num(this.options.slotOf(end.to))), DEEPER)));
        return;
      case 'interpret':
        this.spillAll(node);
        this.push(assign(R(PC), num(end.at | 0)), give(call('interpretAt', DEEPER, num(0))));
        return;
      default:
        throw new Error(`bug: a block that ends by ${end.kind} does not leave`);
    }
  }
}

function negate(test: Expression): Expression {
  if (test.type === 'BinaryExpression') {
    const opposite = ({ '===': '!==', '!==': '===', '<': '>=', '>=': '<' } as const)[test.operator as '<'];
    if (opposite !== undefined) return { ...test, operator: opposite };
  }
  return { type: 'UnaryExpression', operator: '!', prefix: true, argument: test };
}

/** The statements of the region's function. */
export function emitRegion(region: Region, options: RegionOptions): Statement[] {
  return new RegionEmitter(region, options).emit();
}
