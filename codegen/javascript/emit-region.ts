// Region → JavaScript function. Guest registers live in locals; the register file is written where control leaves.
//
// A region function takes the depth of host frames and gives the pc to go on at, or 1 (UNWIND) where every frame must
// go and the pc is in the control page. Fuel is what may still be executed; it is paid per block, at its start.

import { assert } from '../../runtime/errors.ts';
import { CONTROL } from '../../runtime/layout.ts';
import { knownIn } from '../region/known.ts';
import { planRegion, type RegionPlan } from '../region/plan.ts';
import type { Region } from '../region/region.ts';
import type { Structured } from '../region/structure.ts';
import { sharingIn } from './access.ts';
import { Calls } from './calls.ts';
import { Blocks, type JavaScriptRegionOptions } from './emit-block.ts';
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
  id,
  labelled,
  leave,
  logical,
  num,
  control as R,
  type Statement,
  when,
} from './estree.ts';
import type { Instrument } from './instruments/instrument.ts';
import { RegionWriter } from './region-writer.ts';
import { type Placed, SideExits } from './side-exits.ts';

class RegionEmitter {
  readonly #plan: RegionPlan;
  readonly #instrument: Instrument;
  readonly #writer: RegionWriter;
  readonly #exits: SideExits;
  readonly #blocks: Blocks;
  readonly #calls: Calls;

  constructor(plan: RegionPlan, options: JavaScriptRegionOptions) {
    this.#plan = plan;
    this.#instrument = options.instrument;
    this.#writer = new RegionWriter(options.xlen === 64, options.instrument);
    this.#exits = new SideExits(this.#writer, plan);
    this.#blocks = new Blocks(this.#writer, this.#exits, plan, options);
    this.#calls = new Calls(this.#writer, this.#exits, this.#blocks, plan, options);
  }

  emit(): Placed {
    const { region, liveIn, tree } = this.#plan;
    const body = this.#writer.collect(() => this.walk(tree));
    const loads = this.#writer.collect(() => this.#writer.reload(liveIn[region.entry]!));
    const { statements, stubs } = this.#exits.place([...loads, ...body]);
    const locals = [...this.#writer.used].sort();
    const declarations = [
      declare('let', [['fuel', R(CONTROL.fuel)], ['at', num(0)], ...locals.map(name => [name, num(0)] as const)]),
      ...this.#instrument.declare(),
    ];
    return { statements: [...declarations, ...statements], stubs };
  }

  walk(node: Structured): void {
    switch (node.kind) {
      case 'seq':
        for (const child of node.body) this.walk(child);
        return;
      case 'block':
        this.#writer.push(labelled(`L${node.label}`, braces(this.#writer.collect(() => this.walk(node.body)))));
        return;
      case 'loop':
        this.#writer.push(
          labelled(`L${node.label}`, forever(braces(this.#writer.collect(() => this.walk(node.body))))),
        );
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
        this.#writer.push(node.to === 'break' ? leave(`L${node.label}`) : again(`L${node.label}`));
        return;
      case 'fall':
        this.edge(node.from, node.target);
        return;
      case 'leave':
        this.#calls.terminate(node.node);
        return;
      case 'setDispatch':
        this.#writer.used.add(`$d${node.variable}`);
        this.#writer.push(assign(id(`$d${node.variable}`), num(node.value)));
        return;
      case 'dispatch': {
        const cases = node.cases.map((child, value) => ({
          test: value === node.cases.length - 1 ? undefined : num(value),
          body: [...this.#writer.collect(() => this.walk(child)), leave()],
        }));
        this.#writer.push(choice(id(`$d${node.variable}`), cases));
      }
    }
  }

  /** Straight-line code of a block, and its terminator where that has one successor. */
  block(node: number): void {
    const block = this.#plan.region.blocks[node]!;
    const cost = block.instructions.length;
    if (this.#plan.heads.has(node)) this.testFuel(node);
    if (cost > 0) this.#writer.push(assign(id('fuel'), num(cost), '-='));
    const hasAccesses = this.#plan.groups[node]!.some(group => group !== undefined);
    this.#writer.push(...this.#instrument.startBlock(block, hasAccesses));
    const isTerminator = block.end.kind === 'branch' || block.end.kind === 'switch';
    let pc = block.pc;
    block.instructions.forEach((instruction, i) => {
      const isLast = i === cost - 1;
      if (!(isLast && isTerminator)) this.#blocks.write(node, instruction, i, pc);
      pc += instruction.size;
    });
    if (block.end.kind === 'call' || block.end.kind === 'ecall') this.#calls.handOver(node);
    if (block.end.kind === 'jump' && block.effects.at(-1)?.kind === 'jump') this.transfer(node, block.end.to);
  }

  /** The jump that ends a block goes to a pc. */
  transfer(node: number, to: number): void {
    this.#writer.push(...(this.#instrument.transfer?.(this.#plan.region.blocks[node]!, to) ?? []));
  }

  testFuel(node: number): void {
    const { facts, region } = this.#plan;
    const { dirty, known, valid } = facts[node]!;
    const { before, along, behind } = this.#instrument.refuel();
    const refuel = assignment(id('fuel'), call('refuel', id('fuel'), ...along));
    const exit = this.#exits.leave(region.blocks[node]!.pc, [], dirty[0]!, valid[0]!, known[0]!);
    const need = num(this.#plan.needs.inside[node]!);
    const isLow = bin('<', id('fuel'), need);
    const isShort = bin('<', refuel, need);
    if (before.length + behind.length === 0) this.#writer.push(when(logical('&&', isLow, isShort), exit));
    else this.#writer.push(when(isLow, braces([...before, when(isShort, exit), ...behind])));
  }

  branch(node: Extract<Structured, { kind: 'if' }>): void {
    const test = this.#blocks.condition(node.node);
    const consequent = this.#writer.collect(() => this.walk(node.then));
    const alternate = this.#writer.collect(() => this.walk(node.else));
    if (consequent.length === 0 && alternate.length === 0) return;
    if (consequent.length === 0) this.#writer.push(when(negate(test), braces(alternate)));
    else this.#writer.push(when(test, braces(consequent), alternate.length === 0 ? undefined : braces(alternate)));
  }

  /** Control-flow edge: high halves that the target holds in locals but this side only knows. */
  edge(from: number, target: number): void {
    if (!this.#writer.wide || from < 0) return;
    const source = this.#plan.region.blocks[from]!;
    if (source.end.kind === 'call' || source.end.kind === 'ecall') return;
    const have = this.#plan.facts[from]!.known.at(-1)!;
    const want = this.#plan.facts[target]!.known[0]!;
    const needed = this.#plan.liveIn[target]!.hi;
    for (let r = 1; r < 32; r++) {
      const known = knownIn(have, r);
      if ((needed & (1 << r)) === 0 || known === 0 || knownIn(want, r) !== 0) continue;
      this.#writer.push(assign(this.#writer.high(r), this.#writer.register(r, have).hi));
    }
  }

  switch({ node, cases }: Extract<Structured, { kind: 'switch' }>): void {
    const { end } = this.#plan.region.blocks[node]!;
    assert(end.kind === 'switch', 'switch without targets');
    const writer = this.#writer;
    writer.forgetTemporaries();
    const { lo, hi } = this.#blocks.jumpTarget(node);
    const known: { test: Expression | undefined; body: Statement[] }[] = end.targets.map((pc, i) => ({
      test: num(pc | 0),
      body: [
        ...writer.collect(() => {
          this.transfer(node, pc);
          this.walk(cases[i]!);
        }),
        leave(),
      ],
    }));
    const elsewhere = { test: undefined, body: writer.collect(() => this.#calls.indirect(node)) };
    const target = writer.wide ? choose(bin('===', hi, num(0)), lo, num(1)) : lo;
    writer.push(choice(target, [...known, elsewhere]));
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
export function emitRegion(region: Region, options: JavaScriptRegionOptions): Placed {
  const { xlen, window, strays } = options;
  const plan = planRegion(region, { xlen, areHalvesApart: true, sharing: sharingIn(window), strays });
  return new RegionEmitter(plan, options).emit();
}
