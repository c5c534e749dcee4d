// One core's fillers, for the ratio: WebAssembly, four rows at a time.

import type { Chip } from '../codegen/chips/chip.ts';
import { type FillPlan, fillPlans } from '../codegen/chips/plan.ts';
import { planName } from '../codegen/chips/print/print-text.ts';
import { EVENT_SLACK, printWasm } from '../codegen/chips/print/print-wasm.ts';
import { SLOTS } from '../codegen/chips/sp1/bytes.ts';
import { INVERSES, writeInverses } from '../runtime/columns/inverses.ts';

const PAGE_BYTES = 65_536;
const ROWS_PER_CALL = 1024;

export interface CpuColumns {
  readonly nanosecondsPerRow: number;
  readonly stride: number;
  readonly columns: Uint32Array;
  readonly counts: Uint32Array;
}

/** The best of `rounds`. */
export function fillOnCpu(
  chip: Chip,
  structs: Uint32Array,
  rows: number,
  rounds: number,
  plans: readonly FillPlan[] = fillPlans(chip),
): CpuColumns {
  const module = new WebAssembly.Module(printWasm(plans, { min: 1 }));
  const width = chip.columns.length - chip.fixed;
  const stride = rows + 16; // off powers of two: columns would fight for the cache's sets
  const counts = 4 * INVERSES;
  const columns = counts + 4 * SLOTS;
  const first = columns + 4 * stride * width;
  const bytes = first + rows * chip.event.bytes + EVENT_SLACK;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) } as never);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const functions = plans.map(plan => exports[planName(plan)] as (...parameters: number[]) => void);
  writeInverses(chip.field, new Uint32Array(memory.buffer, 0, INVERSES));
  new Uint32Array(memory.buffer, first).set(structs.subarray(0, (rows * chip.event.bytes) / 4));
  const counted = new Uint32Array(memory.buffer, counts, SLOTS);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    counted.fill(0);
    const start = performance.now();
    for (let row = 0; row < rows; row += ROWS_PER_CALL) {
      const n = Math.min(ROWS_PER_CALL, rows - row);
      for (const fill of functions) {
        fill(first + row * chip.event.bytes, columns + 4 * row, 4 * stride, counts, 0, n);
      }
    }
    best = Math.min(best, performance.now() - start);
  }
  const cells = new Uint32Array(memory.buffer, columns, width * stride);
  return { nanosecondsPerRow: (best * 1e6) / rows, stride, columns: cells, counts: counted };
}
