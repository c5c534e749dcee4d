// The kernels that fill a chip, in groups of columns that fit what a device binds at once.

import type { Chip } from '../../../codegen/chips/chip.ts';
import { type FillPlan, fillPlans } from '../../../codegen/chips/plan.ts';
import { printJavaScript } from '../../../codegen/chips/print/print-javascript.ts';
import type { U32 } from '../../../codegen/chips/u32.ts';
import { chipKernel, type JavaScriptFill } from '../../../codegen/wgsl/chip-kernel.ts';
import type { DeviceLimits, Kernel } from '../../../runtime/gpu/device.ts';

export interface GroupKernel {
  readonly kernel: Kernel;
  /** Columns that it writes or reads: [first, end). */
  readonly first: number;
  readonly end: number;
}

/** Columns of a kernel; drivers take minutes to compile more, and fewer where a binding holds no more. */
const GROUP_COLUMNS = [256, 64, 16] as const;

/** Text of a kernel and what it touches do not depend on the device. */
const made = new WeakMap<Chip, Map<number, readonly GroupKernel[]>>();

/** Undefined where not even the narrowest groups of columns of `stride` words fit. */
export function chipKernels(chip: Chip, stride: number, limits: DeviceLimits): readonly GroupKernel[] | undefined {
  const most = limits.maxStorageBufferBindingSize - limits.minStorageBufferOffsetAlignment;
  const fits = ({ first, end }: GroupKernel): boolean => 4 * stride * (end - first) <= most;
  return GROUP_COLUMNS.map(columns => kernelGroups(chip, columns)).find(groups => groups.every(fits));
}

/** In groups of so many columns at most. */
export function kernelGroups(chip: Chip, columns: number): readonly GroupKernel[] {
  let bySize = made.get(chip);
  if (bySize === undefined) {
    bySize = new Map();
    made.set(chip, bySize);
  }
  let groups = bySize.get(columns);
  if (groups === undefined) {
    groups = fillPlans(chip, columns).map(plan => ({ kernel: chipKernel(plan, onHost(plan)), ...touchedBy(plan) }));
    bySize.set(columns, groups);
  }
  return groups;
}

/** What the host's twin of a device runs. */
function onHost(plan: FillPlan): JavaScriptFill {
  let fill: JavaScriptFill | undefined;
  return (...parameters) => {
    fill ??= new Function(`return ${printJavaScript(plan)}`)() as JavaScriptFill;
    fill(...parameters);
  };
}

function touchedBy({ columns, counts }: FillPlan): { readonly first: number; readonly end: number } {
  const seen = new Set<U32>();
  let first = columns[0]!.index;
  const visit = (node: U32): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.op === 'column') first = Math.min(first, node.value);
    for (const operand of node.args) visit(operand);
  };
  for (const { value } of columns) visit(value);
  for (const { slot, times } of counts) for (const node of [slot, times]) visit(node);
  return { first, end: columns.at(-1)!.index + 1 };
}
