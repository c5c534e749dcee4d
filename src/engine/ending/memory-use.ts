// What memory a run used, and why it was too much.

import type { Program } from '../../../codegen/program/program.ts';
import type { Exit } from '../../../runtime/exit.ts';
import { HIGH, PAGE_BYTES } from '../../../runtime/layout.ts';
import type { GuestMemory } from '../../../runtime/memory/memory.ts';
import type { Hart, Machine } from '../machine.ts';
import { jumpOrigin } from './jump-origin.ts';

/** Bytes of pages of 64 KiB in which something was stored, the image included. */
export interface Peaks {
  /** Of all pages. */
  readonly guestBytes: number;
  /** From the first page behind the image to the last page that is neither the stack's nor in a far input region. */
  readonly heapBytes: number;
  /** From the lowest page of the stack to its top. */
  readonly stackBytes: number;
}

/** How near the stack pointer an access is one to the stack. */
const NEAR_BYTES = 2 ** 20;
/** What a stack has grown by at least where it is called deep. */
const DEEP_BYTES = 2 ** 20;
/** Addresses above are those of input regions. */
const FAR = HIGH;
const SP = 2;

/** Undefined where pages were not counted. */
export function peaksOf(memory: GuestMemory, machine: Machine): Peaks | undefined {
  if (!memory.isCounting) return undefined;
  const { stackTop = 0, imageEnd = 0, heapEnd = imageEnd } = machine;
  const heapStart = Math.ceil(imageEnd / PAGE_BYTES) * PAGE_BYTES;
  // The stack lies below the image, or above the heap.
  const stackFloor = stackTop > imageEnd ? heapEnd : 0;
  const isStack = (page: number): boolean => page < stackTop && page >= stackFloor;
  let stackLow = stackTop;
  let heapHigh = heapStart;
  for (const page of memory.residentPages()) {
    if (isStack(page)) stackLow = Math.min(stackLow, page);
    else if (page >= heapStart && page < FAR) heapHigh = Math.max(heapHigh, page + PAGE_BYTES);
  }
  return { guestBytes: memory.residentBytes, heapBytes: heapHigh - heapStart, stackBytes: stackTop - stackLow };
}

/** The end of a run that the host's own stores for the guest have brought to its limit. */
export function memoryLimit(memory: GuestMemory, pc: number): Exit | undefined {
  return memory.ranOut === 'no' ? undefined : { kind: 'limit', limit: 'memory', pc: BigInt(pc) };
}

/**
 * The end of a run with what there is to say about it; `address` is that of the access that ended it, if one did. With
 * `program`, a jump out of it is told by where it was called from.
 */
export function explained(
  exit: Exit,
  hart: Hart,
  machine: Machine,
  address: bigint | undefined,
  program?: Program,
): Exit {
  if (exit.kind === 'limit' && exit.limit === 'memory') {
    return { ...exit, detail: memoryLimitText(hart.memory, machine, address) };
  }
  if (exit.kind !== 'fault') return exit;
  if (machine.faultAs !== undefined) return machine.faultAs(exit);
  const from =
    program === undefined ? undefined : jumpOrigin(exit.cause, exit.address ?? exit.pc, program, hart.memory);
  const detail = exit.detail ?? machine.explain?.(exit.cause, hart, exit.address) ?? from;
  return detail === undefined ? exit : { ...exit, detail };
}

/** Why there was no room for another page. */
function memoryLimitText(memory: GuestMemory, { stackTop = 0 }: Machine, address: bigint | undefined): string {
  const { maxBytes = Number.POSITIVE_INFINITY, maxPoolBytes } = memory.plan;
  const value =
    memory.ranOut === 'limit'
      ? `${maxBytes} bytes as given`
      : `by default ${maxPoolBytes} bytes of pages outside the main window, ${windowText(memory)}`;
  const sp = Number(memory.readRegister(SP));
  const at = address === undefined ? Number.NaN : Number(address);
  const isStack = sp <= stackTop - DEEP_BYTES && Math.abs(at - sp) <= NEAR_BYTES && at < stackTop;
  const why = isStack ? `; it was the stack, which has grown by ${stackTop - sp} bytes` : '';
  return `${value}${why}`;
}

function windowText({ plan }: GuestMemory): string {
  const hex = (address: number): string => `0x${address.toString(16)}`;
  return `${hex(plan.windowBase)} to ${hex(plan.windowBase + 2 ** plan.windowBits)}`;
}
