// A batch of regions → the bytes of one WebAssembly module, in which they call each other directly.

import type { Xlen } from '../../isa/expr.ts';
import { functionName, type Program } from '../../program/program.ts';
import type { GuestText } from '../../program/text.ts';
import { followedBy, type Instrumentation } from '../../region/instrumentation.ts';
import { formRegion, type Region, type RegionOptions } from '../../region/region.ts';
import type { WasmWindow } from '../access.ts';
import { codeWriter } from '../binary/code.ts';
import { valueType } from '../binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../binary/module.ts';
import { declareCallFunction } from '../call-functions.ts';
import { exportFunction, importFunctions, importMemory, importTable } from '../host-imports.ts';
import { emitRegion } from './emit-region.ts';
import type { MemoryImports } from './frame.ts';

const { i32 } = valueType;

/** What the modules of one run share. */
export interface WasmPlan {
  /** Pages of the shared memory. */
  readonly pages: number;
  readonly window: WasmWindow;
  /** Slots, where the table of region functions has an element for each; else 0. */
  readonly tableLength: number;
  readonly instrumentation: Instrumentation;
}

export interface RegionBatchOptions extends RegionOptions {
  /** Whether a function called from the batch may be part of it. */
  readonly wanted: (pc: number) => boolean;
  /** Whether one is called so often that it is part of any batch. */
  readonly isBusy: (pc: number) => boolean;
  /** Guest instructions up to which a batch has all callees that it may, and after which one of busy ones takes up no more. */
  readonly wholeInstructions: number;
  readonly batchInstructions: number;
  readonly strays: (pc: number) => boolean;
  /** Element of the table for the region at a pc; those without are reached through the host. */
  readonly tableIndexOf: (pc: number) => number | undefined;
}

export interface CompiledBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Each is exported under its name. */
  readonly regions: readonly { readonly name: string; readonly region: Region }[];
}

/**
 * The region at `entry` and those of functions that it calls: all of them where that is not much, else those that are
 * called often. A hot loop in `main` leads to all of a program, most of which runs once.
 */
export function formBatch(text: GuestText, entry: number, options: RegionBatchOptions): Region[] {
  const formed = new Map<number, Region>();
  const form = (pc: number): Region => {
    const region = formed.get(pc) ?? formRegion(text, pc, options);
    formed.set(pc, region);
    return region;
  };
  const { wanted, isBusy, wholeInstructions, batchInstructions } = options;
  const whole = calledFrom(entry, form, wanted, wholeInstructions);
  if (whole.isComplete) return whole.regions;
  return calledFrom(entry, form, pc => wanted(pc) && isBusy(pc), batchInstructions).regions;
}

/** Regions in the order in which calls reach them, until there are `most` instructions. */
function calledFrom(
  entry: number,
  form: (pc: number) => Region,
  isPart: (pc: number) => boolean,
  most: number,
): { readonly regions: Region[]; readonly isComplete: boolean } {
  const regions: Region[] = [];
  const queue = [entry];
  const seen = new Set(queue);
  let instructions = 0;
  for (let head = 0; head < queue.length && instructions < most; head++) {
    const region = form(queue[head]!);
    regions.push(region);
    instructions += region.instructionCount;
    for (const { end } of region.blocks) {
      const to = end.kind === 'call' || end.kind === 'exit' ? end.to : undefined;
      if (to === undefined || seen.has(to) || !isPart(to)) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return { regions, isComplete: regions.length === queue.length && instructions <= most };
}

export const compileBatch = (
  program: Program,
  text: GuestText,
  plan: WasmPlan,
  entry: number,
  options: RegionBatchOptions,
): CompiledBatch => compileRegions(program, text, plan, formBatch(text, entry, options), options);

/** Regions of different entries in one module. */
export function compileRegions(
  program: Program,
  text: GuestText,
  plan: WasmPlan,
  regions: readonly Region[],
  options: Pick<RegionBatchOptions, 'strays' | 'tableIndexOf'>,
): CompiledBatch {
  const module = moduleWriter();
  const { regionType, imports } = joinHost(module, plan);
  const functions = new Map<number, number>();
  const named = regions.map(region => ({ name: functionName(program, region.entryPc), region }));
  for (const { name, region } of named) functions.set(region.entryPc, module.declareFunction(regionType, name));
  for (const { name, region } of named) {
    const index = functions.get(region.entryPc)!;
    const xlen: Xlen = text.isa.xlen;
    const body = emitRegion(region, {
      xlen,
      window: plan.window,
      imports,
      regionType,
      tableBase: text.base,
      tableShift: text.slotShift,
      tableLength: plan.tableLength,
      functionAt: pc => functions.get(pc),
      strays: options.strays,
      tableIndexOf: options.tableIndexOf,
      instrumentation: plan.instrumentation,
    });
    module.defineFunction(index, body);
    module.export(name, 'function', index);
  }
  return { bytes: module.finish(), regions: named };
}

function importHost(module: ModuleWriter, plan: WasmPlan): { regionType: number; imports: MemoryImports } {
  const imports = importFunctions(module, 'wasmRegion', { profiled: followedBy(plan.instrumentation) !== undefined });
  importMemory(module, plan.pages, plan.pages);
  importTable(module, plan.tableLength);
  return { regionType: module.type([i32], [i32]), imports };
}

/** The host's functions, of which text that follows calls has one of its own for those that it does not know. */
function joinHost(module: ModuleWriter, plan: WasmPlan): { regionType: number; imports: MemoryImports } {
  const { regionType, imports } = importHost(module, plan);
  const followed = followedBy(plan.instrumentation);
  if (followed === undefined) return { regionType, imports };
  const entered = declareCallFunction('entered', module, imports, followed);
  return { regionType, imports: { ...imports, entered } };
}

/** A module whose function `cold` calls the imported `coldAt`: what the table holds for everything not compiled. */
export function compileCold(): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const { coldAt } = importFunctions(module, 'cold');
  const code = codeWriter(1);
  code.localGet(0);
  code.call(coldAt);
  exportFunction(module, 'cold', code);
  return module.finish();
}
