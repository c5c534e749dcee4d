// A batch of regions → the bytes of one WebAssembly module, in which they call each other directly.

import type { Xlen } from '../../isa/expr.ts';
import { functionName, type Program } from '../../program/program.ts';
import type { Text } from '../../program/text.ts';
import { followedBy, type Instrumentation } from '../../region/instrumentation.ts';
import { formRegion, type Region, type RegionOptions } from '../../region/region.ts';
import type { WasmWindow } from '../access.ts';
import { codeWriter } from '../binary/code.ts';
import { valueType } from '../binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../binary/module.ts';
import { HOST, importFunctions } from '../host-imports.ts';
import { emitRegion } from './emit-region.ts';
import type { MemoryImports } from './frame.ts';

const { i32, funcref } = valueType;

/** What the modules of one run share. */
export interface WasmPlan {
  /** Pages of the shared memory. */
  readonly pages: number;
  readonly window: WasmWindow;
  /** Slots, where the table of region functions has an element for each; else 0. */
  readonly tableLength: number;
  readonly instrumentation: Instrumentation;
}

export interface BatchOptions extends RegionOptions {
  /** Whether a function called from the batch is to be part of it. */
  readonly wanted: (pc: number) => boolean;
  /** Guest instructions after which the batch takes up no more. */
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

/** The names under which a module imports memory and table, from module `host`. */
export const HOST_MEMORY = 'memory';
export const HOST_TABLE = 'table';

/** The region at `entry` and those of functions that it calls, as far as they are wanted. */
export function formBatch(text: Text, entry: number, options: BatchOptions): Region[] {
  const regions: Region[] = [];
  const queue = [entry];
  const seen = new Set(queue);
  let instructions = 0;
  for (let head = 0; head < queue.length && instructions < options.batchInstructions; head++) {
    const region = formRegion(text, queue[head]!, options);
    regions.push(region);
    instructions += region.instructionCount;
    for (const { end } of region.blocks) {
      const to = end.kind === 'call' || end.kind === 'exit' ? end.to : undefined;
      if (to === undefined || seen.has(to) || !options.wanted(to)) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return regions;
}

export function compileBatch(
  program: Program,
  text: Text,
  plan: WasmPlan,
  entry: number,
  options: BatchOptions,
): CompiledBatch {
  const regions = formBatch(text, entry, options);
  const module = moduleWriter();
  const { regionType, imports } = importHost(module, plan);
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
  module.importMemory(HOST, HOST_MEMORY, { min: plan.pages, max: plan.pages, shared: true });
  module.importTable(HOST, HOST_TABLE, funcref, { min: plan.tableLength });
  return { regionType: module.type([i32], [i32]), imports };
}

/** A module whose function `cold` calls the imported `coldAt`: what the table holds for everything not compiled. */
export function compileCold(): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const regionType = module.type([i32], [i32]);
  const coldAt = module.importFunction(HOST, 'coldAt', regionType);
  const cold = module.declareFunction(regionType, 'cold');
  const code = codeWriter(1);
  code.localGet(0);
  code.call(coldAt);
  module.defineFunction(cold, code);
  module.export('cold', 'function', cold);
  return module.finish();
}
