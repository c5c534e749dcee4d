// All kernels of a prover that do not depend on an AIR, as one module.

import type { CodeWriter } from '../wasm/binary/code.ts';
import { valueType } from '../wasm/binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../wasm/binary/module.ts';
import {
  divideFunction,
  foldFunction,
  grindFunction,
  runningSumFunction,
  weighColumnFunction,
  weighRowsFunction,
} from './openings.ts';
import {
  GROUP_BYTES,
  inverseFunction,
  inverseType,
  invertAllFunction,
  selectorsFunction,
  weightsFunction,
} from './points.ts';
import { compressFunction, hashRowsFunction, permuteFunction, STATE_BYTES } from './poseidon2.ts';
import { importAnyMemory } from './shared-memory.ts';
import {
  extendFunction,
  lastLayersFunction,
  layerFunction,
  powersFunction,
  prepareFunction,
  scaleFunction,
  spreadFunction,
} from './transforms.ts';

/** Parameters of each, all i32; what they are is said where each is written. */
export const KERNEL_PARAMETERS = {
  permute: 1,
  hashRows: 7,
  compress: 5,
  powers: 3,
  prepare: 3,
  scale: 3,
  layerToCoefficients: 5,
  layerToValues: 5,
  lastLayers: 2,
  spread: 5,
  extend: 9,
  selectors: 5,
  weights: 5,
  weighColumn: 5,
  weighRows: 9,
  divide: 6,
  fold: 10,
  grind: 5,
  runningSum: 2,
} as const;
/** A state, or a group of what is inverted. */
export const SCRATCH_BYTES: number = Math.max(STATE_BYTES, GROUP_BYTES);
export type KernelName = keyof typeof KERNEL_PARAMETERS;

/**
 * Imports `host.memory` and the global `host.scratch`: `SCRATCH_BYTES` that are this instance's own. `constants`: where the host
 * writes `hashConstants`.
 */
export function kernelModule(constants: number): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  importAnyMemory(module);
  const scratch = module.importGlobal('host', 'scratch', { type: valueType.i32, mutable: false });
  const invert = module.declareFunction(module.type(inverseType.parameters, inverseType.results), 'inverse');
  module.defineFunction(invert, inverseFunction());
  const invertAll = module.declareFunction(module.type([valueType.i32, valueType.i32], []), 'invertAll');
  module.defineFunction(invertAll, invertAllFunction(invert));
  const inversion = { invertAll, scratch };
  const names = Object.keys(KERNEL_PARAMETERS) as KernelName[];
  const index = {} as Record<KernelName, number>;
  for (const name of names) index[name] = declare(module, name);
  const bodies: Readonly<Record<KernelName, CodeWriter>> = {
    permute: permuteFunction(constants),
    hashRows: hashRowsFunction(index.permute, scratch),
    compress: compressFunction(index.permute, scratch),
    powers: powersFunction(),
    prepare: prepareFunction(),
    scale: scaleFunction(),
    layerToCoefficients: layerFunction('toCoefficients'),
    layerToValues: layerFunction('toValues'),
    lastLayers: lastLayersFunction(),
    spread: spreadFunction(),
    extend: extendFunction(index),
    selectors: selectorsFunction(inversion),
    weights: weightsFunction(inversion),
    weighColumn: weighColumnFunction(),
    weighRows: weighRowsFunction(),
    divide: divideFunction(inversion),
    fold: foldFunction(),
    grind: grindFunction(index.permute, scratch),
    runningSum: runningSumFunction(),
  };
  for (const name of names) module.defineFunction(index[name], bodies[name]);
  return module.finish();
}

function declare(module: ModuleWriter, name: KernelName): number {
  const parameters = Array.from({ length: KERNEL_PARAMETERS[name] }, () => valueType.i32);
  const index = module.declareFunction(module.type(parameters, name === 'grind' ? [valueType.i32] : []), name);
  module.export(name, 'function', index);
  return index;
}
