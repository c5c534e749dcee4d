// Region → WebAssembly function: the twin of the JavaScript printer in codegen/javascript/emit-region.ts, with the same contract.
//
// It takes the depth of host frames and gives the pc to go on at, or 1 (UNWIND) where every frame must go and the pc is
// in the control page. Fuel is what may still be executed; it is paid per block, at its start. Where it runs out
// the host gives more, asked behind a loop that has no calls of its own, or wants the function to be left: V8 replaces a
// WebAssembly function by its optimised version only when it is entered again.

import { assert } from '../../../runtime/errors.ts';
import { planRegion, type RegionPlan } from '../../region/plan.ts';
import { type Block, lastPc, type Region } from '../../region/region.ts';
import type { Structured } from '../../region/structure.ts';
import { sharingIn } from '../access.ts';
import type { CodeWriter, Label } from '../binary/code.ts';
import { op } from '../binary/instructions.ts';
import type { Dialect } from '../binary/values.ts';
import { pushCase } from '../interpreter/select.ts';
import { lower, lowerCond, opposite } from '../lower.ts';
import { Accesses } from './accesses.ts';
import { isEmpty, loneJump } from './arms.ts';
import { Calls } from './calls.ts';
import { Blocks } from './emit-block.ts';
import { Frame, type FrameOptions, type WasmRegionOptions } from './frame.ts';
import { instrumentOf } from './instruments/choose.ts';
import type { AccessWriter, Instrument } from './instruments/instrument.ts';
import { SideExits } from './side-exits.ts';

interface Parts {
  readonly frame: Frame;
  readonly instrument: Instrument;
  readonly exits: SideExits;
  readonly accesses: AccessWriter;
}

class RegionPrinter {
  readonly #options: FrameOptions;
  readonly #plan: RegionPlan;
  readonly #code: CodeWriter;
  readonly #v: Dialect;
  readonly #frame: Frame;
  readonly #instrument: Instrument;
  readonly #exits: SideExits;
  readonly #blocks: Blocks;
  readonly #calls: Calls;
  readonly #labels = new Map<number, Label>();
  /** By head of a loop whose fuel is asked for behind it: where that is. */
  readonly #refuels = new Map<number, Label>();

  constructor(plan: RegionPlan, { frame, instrument, exits, accesses }: Parts) {
    this.#options = frame.options;
    this.#plan = plan;
    this.#frame = frame;
    this.#code = frame.code;
    this.#v = frame.v;
    this.#instrument = instrument;
    this.#exits = exits;
    this.#blocks = new Blocks(frame, accesses, instrument, plan);
    this.#calls = new Calls(frame, instrument);
  }

  emit(): CodeWriter {
    const { region, needs, liveIn, tree } = this.#plan;
    this.#frame.enter(region.entryPc, needs.at(region.entry));
    this.#exits.open();
    this.#instrument.reload();
    this.#instrument.enter?.();
    this.#frame.reload(liveIn[region.entry]!.lo);
    this.walk(tree);
    this.#code.op(op.unreachable);
    this.#exits.close();
    return this.#code;
  }

  walk(node: Structured): void {
    const code = this.#code;
    switch (node.kind) {
      case 'seq':
        for (const child of node.body) this.walk(child);
        return;
      case 'block':
        this.#labels.set(node.label, code.block());
        this.walk(node.body);
        code.end();
        return;
      case 'loop':
        this.loop(node);
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
        code.br(this.#labels.get(node.label)!);
        return;
      case 'fall':
        return;
      case 'leave':
        this.terminate(node.node);
        return;
      case 'setDispatch':
        code.i32Const(node.value);
        code.localSet(this.#frame.local(`dispatch ${node.variable}`, this.#v.i32));
        return;
      case 'dispatch':
        this.cases(node.cases, undefined, (labels, otherwise) => {
          code.localGet(this.#frame.local(`dispatch ${node.variable}`, this.#v.i32));
          code.brTable(labels, otherwise);
        });
    }
  }

  /**
   * A loop without loops or calls in it has none of the host either: its head leaves for a place behind it to ask for fuel, and
   * comes back by a loop around it. A call inside keeps V8 from unrolling, and makes it spill.
   */
  loop({ label, body }: Extract<Structured, { kind: 'loop' }>): void {
    const code = this.#code;
    const { region, heads } = this.#plan;
    const first = isTight(body, region) ? firstNode(body) : undefined;
    const head = first !== undefined && heads.has(first) ? first : undefined;
    const again = head === undefined ? undefined : code.loop();
    if (head !== undefined) this.#refuels.set(head, code.block());
    this.#labels.set(label, code.loop());
    this.walk(body);
    code.op(op.unreachable);
    code.end();
    if (head === undefined || again === undefined) return;
    code.end();
    this.refuel(head, region.blocks[head]!.pc);
    code.br(again);
    code.end();
  }

  /** Nested blocks, one per case; `choose` branches to their labels. Without `elsewhere` the last case is the default. */
  cases(
    cases: readonly Structured[],
    elsewhere: (() => void) | undefined,
    choose: (labels: readonly Label[], otherwise: Label) => void,
    before?: (i: number) => void,
  ): void {
    const code = this.#code;
    const behind = code.block();
    const otherwise = elsewhere === undefined ? undefined : code.block();
    const labels = cases.map(() => code.block()).reverse();
    choose(labels, otherwise ?? labels.at(-1)!);
    for (const [i, body] of cases.entries()) {
      code.end();
      before?.(i);
      this.walk(body);
      code.br(behind);
    }
    if (elsewhere !== undefined) {
      code.end();
      elsewhere();
    }
    code.end();
  }

  /** Straight-line code of a block, and its terminator where that has one successor. */
  block(node: number): void {
    const { region, heads, groups } = this.#plan;
    const block = region.blocks[node]!;
    const cost = block.instructions.length;
    if (heads.has(node)) this.testFuel(node, block.pc);
    if (cost > 0) this.#frame.pay(-cost);
    const hasAccesses = groups[node]!.some(group => group !== undefined);
    this.#instrument.startBlock(block, hasAccesses);
    const isTerminator = block.end.kind === 'branch' || block.end.kind === 'switch';
    this.#blocks.write(node, isTerminator ? cost - 1 : cost);
    if (isTerminator && this.#instrument.before !== undefined) {
      this.#instrument.before(this.#blocks.lastPlace(node), block.effects.at(-1)!);
    }
    this.#instrument.endBlock();
    if (block.end.kind === 'jump' && block.effects.at(-1)?.kind === 'jump')
      this.#instrument.transfer?.(block, block.end.to);
    if (block.end.kind === 'call') this.call(node, block.end);
    else if (block.end.kind === 'ecall') {
      this.spillAll(node);
      this.#calls.callEnvironment(block.end.next - 4);
      this.comeBack(node, block.end.next);
    }
  }

  /** At a loop's head. */
  testFuel(node: number, pc: number): void {
    const { i32, seldom } = this.#v;
    const isShort = i32.ltS(i32.get(this.#frame.fuel), i32.constant(this.#plan.needs.inside[node]!));
    const behind = this.#refuels.get(node);
    if (behind === undefined) {
      seldom(isShort, () => this.refuel(node, pc));
      return;
    }
    isShort();
    this.#code.unlikely();
    this.#code.brIf(behind);
  }

  /** Asks for fuel at a loop's head; leaves where that is too little. */
  refuel(node: number, pc: number): void {
    const { i32, when } = this.#v;
    const { age } = this.#frame;
    this.#instrument.spill();
    const older = i32.tee(age, i32.add(i32.get(age), i32.constant(1)));
    when(this.#frame.refuel(older, this.#plan.needs.inside[node]!), () => this.#exits.leaveAtHead(node, pc));
    this.#instrument.reload();
  }

  /** Behind the call that ends a block. */
  comeBack(node: number, next: number): void {
    const { region, liveIn, needs } = this.#plan;
    const successor = region.blocks[node]!.successors[0]!;
    this.#calls.comeBack(next, liveIn[successor]!.lo, needs.at(successor));
  }

  branch({ node, then, else: otherwise }: Extract<Structured, { kind: 'if' }>): void {
    const code = this.#code;
    const effect = this.#plan.region.blocks[node]!.effects.at(-1)!;
    assert(effect.kind === 'branch', `${effect.kind} is no branch`);
    const operands = this.#blocks.operandsOfLast(node);
    const [first, second] = [loneJump(then), loneJump(otherwise)];
    if (first === undefined && (second !== undefined || isEmpty(then))) {
      lowerCond(code, opposite(effect.taken), operands);
      this.arms(second, otherwise, then);
    } else {
      lowerCond(code, effect.taken, operands);
      this.arms(first, then, otherwise);
    }
  }

  arms(jump: number | undefined, then: Structured, otherwise: Structured): void {
    const code = this.#code;
    if (jump !== undefined) {
      code.brIf(this.#labels.get(jump)!);
      this.walk(otherwise);
      return;
    }
    code.if();
    this.walk(then);
    if (!isEmpty(otherwise)) {
      code.else();
      this.walk(otherwise);
    }
    code.end();
  }

  spillAll(node: number): void {
    this.#frame.spill(this.#plan.facts[node]!.dirty.at(-1)!.lo);
    this.#frame.spillFuel();
    this.#instrument.spill();
  }

  call(node: number, { to, next }: Extract<Block['end'], { kind: 'call' }>): void {
    this.spillAll(node);
    this.#instrument.transfer?.(this.#plan.region.blocks[node]!, to ?? this.#calls.targetLow);
    if (to === undefined) this.#calls.callTarget();
    else this.#calls.callRegion(to);
    this.comeBack(node, next);
  }

  switch({ node, cases }: Extract<Structured, { kind: 'switch' }>): void {
    const { end } = this.#plan.region.blocks[node]!;
    assert(end.kind === 'switch', 'switch without targets');
    this.setTarget(node);
    this.cases(
      end.targets.map((_, i) => cases[i]!),
      () => this.indirect(node),
      (labels, otherwise) => pushCase(this.#code, this.#options, this.#frame.target(), end.targets, labels, otherwise),
      i => this.#instrument.transfer?.(this.#plan.region.blocks[node]!, end.targets[i]!),
    );
  }

  /** Puts the target of the jump that ends a block into its local. */
  setTarget(node: number): void {
    const effect = this.#plan.region.blocks[node]!.effects.at(-1)!;
    assert(effect.kind === 'jump', `${effect.kind} is no jump`);
    lower(this.#code, effect.target, this.#blocks.operandsOfLast(node));
    this.#code.localSet(this.#frame.target());
  }

  /** Goes on wherever the target says. */
  indirect(node: number): void {
    this.spillAll(node);
    this.#instrument.transfer?.(this.#plan.region.blocks[node]!, this.#calls.targetLow);
    this.#calls.jumpToTarget(lastPc(this.#plan.region.blocks[node]!));
  }

  /** The end of a block without successors. */
  terminate(node: number): void {
    const { end } = this.#plan.region.blocks[node]!;
    switch (end.kind) {
      case 'return':
        this.spillAll(node);
        this.setTarget(node);
        this.#instrument.transfer?.(this.#plan.region.blocks[node]!, this.#calls.targetLow);
        this.#calls.returnToTarget();
        return;
      case 'indirect':
        this.setTarget(node);
        this.indirect(node);
        return;
      case 'exit':
        this.spillAll(node);
        this.#calls.goOn(end.to);
        return;
      case 'interpret':
        this.spillAll(node);
        this.#calls.interpret(end.at);
        return;
      default:
        assert(false, `a block that ends by ${end.kind} does not leave`);
    }
  }
}

/** Whether there is no loop in it, no call and no system call. */
function isTight(tree: Structured, region: Region): boolean {
  const all = (trees: readonly Structured[]): boolean => trees.every(each => isTight(each, region));
  switch (tree.kind) {
    case 'loop':
      return false;
    case 'seq':
      return all(tree.body);
    case 'block':
      return isTight(tree.body, region);
    case 'if':
      return all([tree.then, tree.else]);
    case 'switch':
    case 'dispatch':
      return all(tree.cases);
    case 'node':
      return !['call', 'ecall'].includes(region.blocks[tree.node]!.end.kind);
    default:
      return true;
  }
}

/** The block that a tree begins with; undefined where that is a choice. */
function firstNode(tree: Structured): number | undefined {
  if (tree.kind === 'node') return tree.node;
  if (tree.kind === 'block') return firstNode(tree.body);
  return tree.kind === 'seq' && tree.body.length > 0 ? firstNode(tree.body[0]!) : undefined;
}

/** The body of the region's function. */
export function emitRegion(region: Region, options: WasmRegionOptions): CodeWriter {
  const { xlen, window, strays } = options;
  const plan = planRegion(region, { xlen, areHalvesApart: false, sharing: sharingIn(window), strays });
  const frame = new Frame(options);
  const instrument = instrumentOf(frame, options);
  const exits = new SideExits(frame, instrument, plan);
  const accesses = new Accesses(frame, instrument, exits, plan, options);
  return new RegionPrinter(plan, { frame, instrument, exits, accesses }).emit();
}

export type MakeInstrument = (frame: Frame, plan: RegionPlan) => Instrument & AccessWriter;

/**
 * The body of a function that has no guest memory: its accesses are the instrument's. `observesOld`: that looks at rd
 * before an instruction writes it.
 */
export function emitWithoutMemory(
  region: Region,
  options: FrameOptions,
  observesOld: boolean,
  make: MakeInstrument,
): CodeWriter {
  const plan = planRegion(region, { xlen: options.xlen, areHalvesApart: false, observesOld });
  const frame = new Frame(options);
  const instrument = make(frame, plan);
  const exits = new SideExits(frame, instrument, plan);
  return new RegionPrinter(plan, { frame, instrument, exits, accesses: instrument }).emit();
}
