// Fillers of chips as kernels: a thread a row, padding rows too.

import type { Kernel } from '../../runtime/gpu/device.ts';
import type { FillPlan } from '../chips/plan.ts';
import { planName } from '../chips/print/print-text.ts';
import { printWgsl, WGSL_PARAMETERS, WGSL_WORKGROUP } from '../chips/print/print-wgsl.ts';
import { kernel } from './module.ts';

/** What printJavaScript's text is when it was made a function. */
export type JavaScriptFill = (
  events: Uint32Array,
  firstEvent: number,
  columns: Uint32Array,
  firstCell: number,
  stride: number,
  counts: Uint32Array,
  inverses: Uint32Array,
  rows: number,
) => void;

/** Words of a dispatch after the number of threads, which is the height: where rows come from and where they go. */
export interface ChipDispatch {
  readonly rows: number;
  /** Words from one column to the next. */
  readonly stride: number;
  readonly firstCell: number;
  readonly firstEvent: number;
  /** Tables of counts, and words of each: workgroups take turns. */
  readonly tables: number;
  readonly slots: number;
}

export const chipImmediates = (dispatch: ChipDispatch): number[] =>
  WGSL_PARAMETERS.slice(1).map(name => dispatch[name as keyof ChipDispatch]);

/** Adds up tables of counts into the first; a thread a slot, the immediate is the number of tables. */
export const sumTables: Kernel = kernel({
  name: 'sumTables',
  workgroup: 256,
  buffers: { counts: 'write' },
  body: `  let tables = immediate(1u);
  var sum = 0u;
  for (var i = 0u; i < tables; i++) { sum += counts[i * threads + thread]; }
  counts[thread] = sum;
`,
  host: ({ buffers: [counts], threads: slots, immediates: [tables] }) => {
    for (let i = slots; i < tables! * slots; i++) counts![i % slots]! += counts![i]!;
  },
});

/** Buffers: events, columns, counts, inverses. */
export function chipKernel(plan: FillPlan, fill: JavaScriptFill): Kernel {
  return {
    name: planName(plan),
    wgsl: printWgsl(plan),
    buffers: ['read', 'write', 'write', 'read'],
    workgroup: WGSL_WORKGROUP,
    host: ({ buffers, threads: height, immediates }) => {
      const [events, columns, counts, inverses] = buffers as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
      const [rows, stride, place, firstEvent] = immediates as [number, number, number, number];
      // Below 0, modulo 2^32, where a binding begins at a later column than the first.
      const firstCell = place | 0;
      fill(events, firstEvent, columns, firstCell, stride, counts, inverses, rows);
      writePadding(plan, columns, firstCell, stride, rows, height);
    },
  };
}

function writePadding(
  { columns: places, padding }: FillPlan,
  columns: Uint32Array,
  firstCell: number,
  stride: number,
  rows: number,
  height: number,
): void {
  for (const [at, { index }] of places.entries()) {
    for (let row = rows; row < height; row++) {
      columns[firstCell + index * stride + row] = padding[(row - rows) % padding.length]![at]!;
    }
  }
}
