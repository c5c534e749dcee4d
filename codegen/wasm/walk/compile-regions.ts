// A batch of regions of a walk → the bytes of one WebAssembly module.

import { functionName, type Program } from '../../program/program.ts';
import type { GuestText } from '../../program/text.ts';
import { valueType } from '../binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../binary/module.ts';
import { importCounters, importFunctions, importMemory, importTable } from '../host-imports.ts';
import type { RegionBatchOptions } from '../region/compile.ts';
import { type CompiledBatch, formBatch } from '../region/compile.ts';
import { emitWithoutMemory, type MakeInstrument } from '../region/emit-region.ts';
import { BlockCounters, type EmittedBlock } from './block-counters.ts';
import { CountInstrument } from './count-region.ts';
import { type OperationAt, RecordInstrument } from './record-region.ts';

const { i32 } = valueType;

/** What modules of regions without guest memory share. */
export interface RegionsPlan {
  /** Of the shared memory. */
  readonly pages: number;
  readonly most: number;
  /** Slots, where the table of region functions has an element for each; else 0. */
  readonly tableLength: number;
}

/** What the modules of one walker share. */
export interface WalkPlan extends RegionsPlan {
  /** What is recorded of an instruction; undefined where instructions are only counted. */
  readonly operationAt: OperationAt | undefined;
}

export interface EmittedWalk extends CompiledBatch {
  readonly blocks: readonly EmittedBlock[];
}

type MakeWith = (counters: BlockCounters) => MakeInstrument;

/** `observesOld`: it looks at rd before an instruction writes it; `make` imports what it calls. */
export interface RegionsInstrument {
  readonly observesOld: boolean;
  make(module: ModuleWriter): MakeWith;
}

export function compileWalk(
  program: Program,
  text: GuestText,
  plan: WalkPlan,
  entry: number,
  options: RegionBatchOptions,
): EmittedWalk {
  const { operationAt } = plan;
  return compileWithoutMemory(program, text, plan, entry, options, {
    observesOld: operationAt !== undefined,
    make: module => (operationAt === undefined ? counting(module) : recording(module, operationAt)),
  });
}

/** Regions whose accesses are their instrument's. */
export function compileWithoutMemory(
  program: Program,
  text: GuestText,
  plan: RegionsPlan,
  entry: number,
  options: RegionBatchOptions,
  instrument: RegionsInstrument,
): EmittedWalk {
  const regions = formBatch(text, entry, options);
  const module = moduleWriter();
  const imports = importFunctions(module, 'wasmWalk');
  const make = instrument.make(module);
  importMemory(module, plan.pages, plan.most);
  importTable(module, plan.tableLength);
  const counters = new BlockCounters(importCounters(module));
  const regionType = module.type([i32], [i32]);
  const functions = new Map<number, number>();
  const named = regions.map(region => ({ name: functionName(program, region.entryPc), region }));
  for (const { name, region } of named) functions.set(region.entryPc, module.declareFunction(regionType, name));
  for (const { name, region } of named) {
    const frame = {
      xlen: text.isa.xlen,
      imports,
      regionType,
      tableBase: text.base,
      tableShift: text.slotShift,
      tableLength: plan.tableLength,
      functionAt: (pc: number) => functions.get(pc),
      tableIndexOf: options.tableIndexOf,
    };
    const index = functions.get(region.entryPc)!;
    module.defineFunction(index, emitWithoutMemory(region, frame, instrument.observesOld, make(counters)));
    module.export(name, 'function', index);
  }
  return { bytes: module.finish(), regions: named, blocks: counters.blocks };
}

function counting(module: ModuleWriter): MakeWith {
  const imports = importFunctions(module, 'countingRegion');
  return counters => frame => new CountInstrument(frame, counters, imports);
}

function recording(module: ModuleWriter, operationAt: OperationAt): MakeWith {
  const imports = importFunctions(module, 'recordingRegion');
  return counters => (frame, plan) => new RecordInstrument(frame, plan, counters, imports, operationAt);
}
