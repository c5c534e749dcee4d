// Loads and stores as WebAssembly: one unsigned comparison says whether a group of accesses lies in the window.

import { PAGE_BYTES, PAGE_MAP } from '../../runtime/layout.ts';
import { type GuestMemory, storeOriginOf } from '../../runtime/memory/memory.ts';
import type { AccessBytes, Xlen } from '../isa/expr.ts';
import type { AccessGroup, SharingPolicy } from '../region/accesses.ts';
import type { CodeWriter } from './binary/code.ts';
import { type AccessOp, access, op } from './binary/instructions.ts';
import { type LeafOperands, lower, pushConstant } from './lower.ts';

/** Where generated code finds guest addresses without asking. */
export interface Windows {
  /** First guest address of the main window, and its bytes. */
  readonly base: number;
  readonly bytes: number;
  /** Bytes at its start that may not be stored to; a multiple of 8. */
  readonly storeOrigin: number;
  /** First guest address of the far window, its bytes (0: there is none), and where it lies in the guest area. */
  readonly farBase: number;
  readonly farBytes: number;
  readonly farOffset: number;
  /** Arena offset of the page map, where stores test that their page was counted. */
  readonly pageMap?: number | undefined;
}

/** The windows of a guest's memory. */
export const windowsOf = ({ plan, farOffset, isCounting }: GuestMemory): Windows => ({
  base: plan.windowBase,
  bytes: 2 ** plan.windowBits,
  storeOrigin: storeOriginOf(plan),
  farBase: plan.farBase,
  farBytes: plan.farBytes,
  farOffset,
  pageMap: isCounting ? PAGE_MAP.offset : undefined,
});

/** How guest addresses become arena offsets. */
export interface WasmWindow extends Windows {
  /** Whether misalignment is refused. */
  readonly alignedOnly: boolean;
}

/** The test compares where the group's first byte lies with where its last one may: it holds for whatever lies between. */
export const sharingIn = ({ alignedOnly, pageMap }: WasmWindow): SharingPolicy => ({
  sharesZero: true,
  alone: 'all',
  displacements: alignedOnly ? 'alike' : 'any',
  leastStore: Number.NEGATIVE_INFINITY,
  sharesStores: pageMap === undefined,
});

const LOADS: Record<string, AccessOp> = {
  '32 1 true': access.i32Load8S,
  '32 1 false': access.i32Load8U,
  '32 2 true': access.i32Load16S,
  '32 2 false': access.i32Load16U,
  '32 4 true': access.i32Load,
  '64 1 true': access.i64Load8S,
  '64 1 false': access.i64Load8U,
  '64 2 true': access.i64Load16S,
  '64 2 false': access.i64Load16U,
  '64 4 true': access.i64Load32S,
  '64 4 false': access.i64Load32U,
  '64 8 true': access.i64Load,
};

const STORES: Record<string, AccessOp> = {
  '32 1': access.i32Store8,
  '32 2': access.i32Store16,
  '32 4': access.i32Store,
  '64 1': access.i64Store8,
  '64 2': access.i64Store16,
  '64 4': access.i64Store32,
  '64 8': access.i64Store,
};

export function loadOf(xlen: Xlen, bytes: AccessBytes, signed: boolean): AccessOp {
  return LOADS[`${xlen} ${bytes} ${signed}`]!;
}

export function storeOf(xlen: Xlen, bytes: AccessBytes): AccessOp {
  return STORES[`${xlen} ${bytes}`]!;
}

/** Guest address at which an offset is 0. */
const originOf = (window: WasmWindow, { isStore }: AccessGroup): number =>
  window.base + (isStore ? window.storeOrigin : 0);

/** Arena byte offset that goes with offset 0. */
export const arenaOffset = (window: WasmWindow, { isStore }: AccessGroup): number =>
  PAGE_BYTES + (isStore ? window.storeOrigin : 0);

interface AccessOptions {
  readonly window: WasmWindow;
  readonly xlen: Xlen;
}

/** Pushes the offset of the group's first byte, xlen bits wide. */
export function pushOffset(
  code: CodeWriter,
  group: AccessGroup,
  { window, xlen }: AccessOptions,
  operands: LeafOperands,
): void {
  lower(code, group.base, operands);
  const amount = group.from - originOf(window, group);
  pushConstant(code, xlen, amount);
  code.op(xlen === 64 ? op.i64Add : op.i32Add);
}

/**
 * Turns the offset on the stack into whether the group is refused. Where it must be aligned it is rotated so that its
 * low bits, which must be zero, become the high ones.
 */
export function pushRefused(code: CodeWriter, group: AccessGroup, { window, xlen }: AccessOptions): void {
  const wide = xlen === 64;
  const { alignment, isStore, from, end } = group;
  if (alignment > 1) {
    pushConstant(code, xlen, Math.log2(alignment));
    code.op(wide ? op.i64Rotr : op.i32Rotr);
  }
  const last = window.bytes - (isStore ? window.storeOrigin : 0) - (end - from);
  pushConstant(code, xlen, Math.max(0, Math.floor(last / alignment) + 1));
  code.op(wide ? op.i64GeU : op.i32GeU);
}

/** Turns whether a store is refused into whether it is or its page is not counted; `pushPlace` pushes its area offset. */
export function orUncounted(code: CodeWriter, { pageMap }: Windows, pushPlace: () => void): void {
  if (pageMap === undefined) return;
  pushPlace();
  code.i32Const(Math.log2(PAGE_BYTES));
  code.op(op.i32ShrU);
  // Of a refused store the place may be anything: the sum is still inside the arena.
  code.access(access.i32Load8U, pageMap);
  code.op(op.i32Eqz);
  code.op(op.i32Or);
}

/**
 * Whether accesses are tested for the far window: no word of 32 bits reaches it, and the host does stores there where
 * it counts pages.
 */
export const hasFarWindow = ({ farBytes, pageMap }: Windows, xlen: Xlen, isStore: boolean): boolean =>
  xlen === 64 && farBytes > 0 && !(isStore && pageMap !== undefined);

/**
 * Turns an address on the stack into its distance from the far window, kept in `local`, and opens the case that an
 * aligned access there is not inside. Protected text lies in the main window, and the far one ends with a doubleword.
 */
export function ifOutsideFar(
  code: CodeWriter,
  { farBase, farBytes }: Windows,
  bytes: AccessBytes,
  local: number,
): void {
  code.i64Const(-farBase);
  code.op(op.i64Add);
  code.localTee(local);
  if (bytes > 1) {
    code.i64Const(Math.log2(bytes));
    code.op(op.i64Rotr);
  }
  code.i64Const(farBytes / bytes);
  code.op(op.i64GeU);
  code.if();
}
