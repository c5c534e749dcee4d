// Region → JavaScript function. Guest registers live in locals; the register file is written where control leaves.
//
// A region function takes the depth of host frames and gives the pc to go on at, or 1 (UNWIND) where every frame must
// go and the pc is in the control page. Fuel is what may still be executed; it is paid per block, at its start.

import { CONTROL } from '../../runtime/layout.ts';
import { knownOf } from '../region/known.ts';
import { NONE } from '../region/liveness.ts';
import { type Block, lastPc, type Region } from '../region/region.ts';
import type { Structured } from '../region/structure.ts';
import { BlockEmitter, type RegionOptions } from './emit-block.ts';
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
import { highOf, lower } from './lower.ts';
import { R } from './region-writer.ts';
import { type Placed, placeExits } from './side-exits.ts';

const { fuel: FUEL, pcLo: PC, traceTail: TAIL, clkBase: CLK_BASE, clkHi: CLK_HI } = CONTROL;

const DEEPER = bin('+', id('depth'), num(1));

class RegionEmitter extends BlockEmitter {
  emit(): Placed {
    const { entryPc, entry } = this.region;
    const body = this.collect(() => this.walk(this.tree));
    const loads = this.collect(() => this.reload(this.liveIn[entry]!));
    const guarded = placeExits([...loads, ...body], this.exits, {
      low: r => this.low(r),
      high: r => this.high(r),
      wide: this.wide,
      traced: this.options.traced,
      need: this.needs.at(this.region.entry),
      entry: entryPc,
    });
    const locals = [...this.used].sort();
    const statements = [
      declare('let', [['fuel', R(FUEL)], ['at', num(0)], ...locals.map(name => [name, num(0)] as const)]),
      ...(this.options.traced
        ? [
            declare('let', [
              ['tail', R(TAIL)],
              ['clk', num(0)],
              ['clkBase', R(CLK_BASE)],
              ['clkHi', R(CLK_HI)],
            ]),
          ]
        : []),
      ...guarded.statements,
    ];
    return { statements, stubs: guarded.stubs };
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
    const need = num(this.needs.inside[node]!);
    const isLow = bin('<', id('fuel'), need);
    if (!this.options.traced) this.push(when(logical('&&', isLow, bin('<', refuel, need)), exit));
    else this.push(when(isLow, braces([when(bin('<', refuel, need), exit), assign(id('clkBase'), R(CLK_BASE))])));
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
    const [successor] = block.successors;
    const live = this.liveIn[successor!]!;
    const known = { sext: 1, zext: 1 };
    this.reload(live);
    const need = num(this.needs.at(successor!));
    this.push(when(bin('<', id('fuel'), need), this.sideExit(end.next, 0, NONE, live, known)));
  }

  switch(node: Extract<Structured, { kind: 'switch' }>): void {
    const block = this.region.blocks[node.node]!;
    if (block.end.kind !== 'switch') throw new Error('bug: switch without targets');
    this.forgetTemporaries();
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
    this.spillAll(node);
    const { lo, hi } = this.jumpTarget(node);
    this.push(give(call('jumpAt', num(lastPc(block) | 0), lo, hi, DEEPER)));
  }

  /** The end of a block without successors. */
  terminate(node: number): void {
    const block = this.region.blocks[node]!;
    const { end } = block;
    switch (end.kind) {
      case 'return': {
        const { lo, hi } = this.jumpTarget(node);
        const to = this.wide ? choose(bin('===', hi, num(0)), lo, call('far', lo, hi)) : lo;
        this.returnTo(to, node);
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

/** The statements of the region's function, and how many stubs it leaves by. */
export function emitRegion(region: Region, options: RegionOptions): Placed {
  return new RegionEmitter(region, options).emit();
}
