// The function table of one run: which code is compiled, and what compiling it again would gain.

import { type Window, windowOf } from '../../../codegen/javascript/access.ts';
import { type CompiledText, type CompileOptions, compileRegion } from '../../../codegen/javascript/compile.ts';
import type { Program } from '../../../codegen/program/program.ts';
import { isDecoded } from '../../../codegen/program/slots.ts';
import type { GuestText } from '../../../codegen/program/text.ts';
import type { Instrumentation } from '../../../codegen/region/instrumentation.ts';
import { MAX_DEPTH, type RegionFunction } from '../../../runtime/abi.ts';
import { type Abi, checkedAbi } from '../../../runtime/contract.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import type { GuestMemory } from '../../../runtime/memory/memory.ts';
import { modeOf } from '../instrumentation.ts';
import { CompileBudget, isLarge, sizeOf } from './compile-budget.ts';
import { JumpProfile, slotOf } from './jump-profile.ts';
import type { KeptCode } from './kept-code.ts';
import { type KeptPlan, type KeptText, newPlan } from './kept-plan.ts';
import { keptRegion } from './region-modules.ts';

/** V8 never optimises a function of more than 60 KiB of bytecode, unless told to; a guest instruction takes some 30
 * (RV32) to 64 (RV64) bytes of it. */
const MAX_INSTRUCTIONS = { 32: 1500, 64: 800 } as const;
const MAX_INSTRUCTIONS_RAISED = 3000;

type V8 = { setFlagsFromString(flags: string): void };

/** Undefined where this host is not Node. */
const v8: V8 | undefined = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => V8 | undefined } }
).process?.getBuiltinModule?.('node:v8');

let isLimitRaised: boolean | undefined;

/** Lets V8 optimise larger functions, where it can be told; true where that is so. */
function raiseLimit(): boolean {
  v8?.setFlagsFromString('--max-optimized-bytecode-size=524288');
  return v8 !== undefined;
}

/**
 * Runs each way out of a new function once, so that V8 knows them when it optimises; leaves the control page as it was.
 * Without the flag V8 would only begin to take notes after several calls.
 */
function train(made: RegionFunction, stubs: number, control: Int32Array): void {
  if (v8 === undefined) return;
  const saved = control.slice();
  v8.setFlagsFromString('--no-lazy-feedback-allocation');
  made(UNREACHED_DEPTH);
  for (let i = 0; i < stubs; i++) made(-1 - i);
  v8.setFlagsFromString('--lazy-feedback-allocation');
  control.set(saved);
}

/** Most guest instructions in a region. */
export function regionLimits(xlen: 32 | 64): { readonly maxInstructions: number } {
  isLimitRaised ??= raiseLimit();
  return { maxInstructions: isLimitRaised ? MAX_INSTRUCTIONS_RAISED : MAX_INSTRUCTIONS[xlen] };
}

/** A depth at which a function does not start. */
const UNREACHED_DEPTH = MAX_DEPTH + 1;
/** Words of the control page that ways out write lie before this one. */
const SAVED_WORDS: number = CONTROL.clkHi + 1;

const MAX_COMPILES = 4;
/** Exits at one access before its region is compiled again with a test of its own there. */
const STRAYS = 30;

export interface CodeCacheOptions {
  readonly alignedOnly: boolean;
  readonly instrumentation: Instrumentation;
  /** Guest instructions so far. */
  readonly executed: () => number;
  /** What earlier runs of the program have left. */
  readonly kept?: KeptCode | undefined;
}

/** What translation to JavaScript costs in terms of that to WebAssembly: text, and V8's work on it. */
const WEIGHT = 2;

/** What regions take, and what says where code is hot. */
export type CacheAbi = Abi<'region'> & Pick<Abi<'interpreter'>, 'P' | 'H' | 'HOT'>;

export class CodeCache {
  /** F of the ABI: by slot; everything not compiled is the function `cold`. */
  readonly functions: RegionFunction[];
  readonly #program: Program;
  readonly #text: GuestText;
  readonly #window: Window;
  readonly #regionOptions: CompileOptions;
  readonly #abi: CacheAbi;
  readonly #cold: RegionFunction;
  /** Owners are the entries of regions. */
  readonly #jumps: JumpProfile<number>;
  readonly #compiles = new Map<number, number>();
  readonly #kept: KeptPlan;
  readonly #budget: CompileBudget;

  constructor(
    program: Program,
    text: GuestText,
    memory: GuestMemory,
    abi: CacheAbi,
    cold: RegionFunction,
    options: CodeCacheOptions,
  ) {
    this.#budget = new CompileBudget(options.executed, WEIGHT, sizeOf(text));
    const { kept, executed: _executed, ...shape } = options;
    const limits = regionLimits(text.isa.xlen);
    this.#window = windowOf(memory.plan);
    this.#kept = kept?.plan({ javascript: this.#window, ...shape, ...limits }) ?? newPlan();
    this.#jumps = new JumpProfile(this.#kept.targets);
    this.#program = program;
    this.#text = text;
    this.#abi = checkedAbi('region', { xlen: text.isa.xlen, ...modeOf(options.instrumentation) }, abi);
    this.#cold = cold;
    this.#regionOptions = {
      ...limits,
      isFunctionStart: pc => this.#program.functionBefore(pc) === pc,
      isReached: pc => !isLarge(this.#text) || isDecoded(this.#abi.P, slotOf(this.#text, pc)),
      strays: pc => (this.#kept.strays.get(pc) ?? 0) >= STRAYS,
      ...options,
      seenTargets: pc => this.#jumps.targetsOf(pc),
    };
    this.functions = abi.F;
  }

  /** What is compiled to JavaScript is of one process. */
  save(): void {}

  /** An indirect jump at `pc` was seen to go to `target`. */
  seen(pc: number, target: number): void {
    this.#jumps.seen(pc, target);
  }

  /** Compiled code took an indirect jump that it did not know; after many, its regions are dropped. */
  missed(pc: number, target: number): void {
    for (const entry of this.#jumps.missed(pc, target)) this.#drop(entry);
  }

  /** The region at `entry` left at the access at `pc`; after many such exits it is dropped. */
  strayed(pc: number, entry: number): void {
    const strays = (this.#kept.strays.get(pc) ?? 0) + 1;
    this.#kept.strays.set(pc, strays);
    if (strays === STRAYS) this.#drop(entry);
  }

  #drop(entry: number): void {
    this.#kept.texts.delete(entry);
    if ((this.#compiles.get(entry) ?? 0) < MAX_COMPILES) this.functions[slotOf(this.#text, entry)] = this.#cold;
  }

  /** The text for the region that starts at `entry`. */
  translate(entry: number): CompiledText {
    return compileRegion(this.#program, this.#text, this.#window, entry, this.#regionOptions);
  }

  /** Compiles the region at a slot; where translation has taken too much of the run, the slot waits to be hot again. */
  compile(slot: number): void {
    const pc = this.#text.base + (slot << this.#text.slotShift);
    const kept = this.#kept.texts.get(pc);
    if (kept !== undefined) this.#install(slot, kept);
    else if (!this.#budget.hasLeft) this.#abi.H[slot] = this.#abi.HOT >> 1;
    else this.#compile(slot, pc);
  }

  #compile(slot: number, entry: number): void {
    const { region, stubs, text } = this.translate(entry);
    this.#budget.spend(region.instructionCount);
    const link = new Function('abi', text) as KeptText['link'];
    const made: KeptText = { link, stubs, region: keptRegion('', region) };
    this.#kept.texts.set(entry, made);
    this.#install(slot, made);
  }

  #install(slot: number, { link, stubs, region: { entry, indirect } }: KeptText): void {
    this.#compiles.set(entry, (this.#compiles.get(entry) ?? 0) + 1);
    this.#jumps.own(indirect, entry);
    const made = link(this.#abi);
    train(made, stubs, this.#abi.R.subarray(0, SAVED_WORDS));
    this.functions[slot] = made;
  }
}
