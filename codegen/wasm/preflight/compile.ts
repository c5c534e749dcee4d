// A batch of regions of a recorded run → the bytes of one WebAssembly module.

import type { Program } from '../../program/program.ts';
import type { GuestText } from '../../program/text.ts';
import { importFunctions } from '../host-imports.ts';
import type { RegionBatchOptions } from '../region/compile.ts';
import { compileWithoutMemory, type EmittedWalk, type RegionsPlan } from '../walk/compile-regions.ts';
import { type PreflightAt, PreflightInstrument } from './record-instrument.ts';

export function compilePreflight(
  program: Program,
  text: GuestText,
  plan: RegionsPlan & { readonly at: PreflightAt },
  entry: number,
  options: RegionBatchOptions,
): EmittedWalk {
  return compileWithoutMemory(program, text, plan, entry, options, {
    observesOld: true,
    make: module => {
      const imports = importFunctions(module, 'preflightRegion');
      return counters => (frame, region) => new PreflightInstrument(frame, region, counters, imports, plan.at);
    },
  });
}
