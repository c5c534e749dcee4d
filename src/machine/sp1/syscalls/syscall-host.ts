// What a system call of SP1 may do to the machine that runs the guest, and what it answers.

import type { AddressRange } from '../../../../codegen/program/program.ts';

export type ArgumentIndex = 0 | 1 | 2 | 3 | 4;

/** Pages with permissions, in a machine that runs untrusted programs. */
export interface PageHost {
  /** Where MPROTECT may change permissions. */
  readonly untrusted: AddressRange;
  /**
   * Traces each page of n doublewords and stamps it C + phase, up to the first that lacks a permission in `need`.
   * Gives that failure's code, or 0.
   */
  check(address: number, n: number, need: number, phase: number): number;
  /** Traces a page, stamps it C and changes its permission. */
  set(address: number, permission: number): void;
}

export type CycleTrackerAction = 'start' | 'end' | 'report-start' | 'report-end';

/**
 * Addresses are multiples of 8 below 2^40 and ranges end at or below 2^40: the callee has checked them. C is the clk of
 * the ecall. Buffers hold doublewords as two 32-bit words, low word first.
 */
export interface SyscallHost {
  readonly isUnconstrained: boolean;
  /** Register a0 to a4. */
  arg(index: ArgumentIndex): bigint;
  /** The same as a number, which is exact up to 2^53. */
  address(index: ArgumentIndex): number;
  /** Reads n doublewords; each is traced and then stamped C + phase. */
  read(address: number, n: number, phase: number, out: Int32Array): void;
  /** Reads n doublewords that will be overwritten: traced, not stamped. */
  readUnsafe(address: number, n: number, out: Int32Array): void;
  /** Writes n doublewords; each is traced as it was, then as it is with stamp C + phase. */
  write(address: number, n: number, phase: number, words: Int32Array): void;
  /** Bytes at any address, neither traced nor stamped. */
  readBytes(address: number, length: number): Uint8Array;
  /** Stores an input buffer: untraced, clk 0; the doubleword that holds its end is padded with zeros, and written even if empty. */
  writeHint(address: number, bytes: Uint8Array): void;
  /** Appends an entry that is not of memory. */
  traceValue(clk: bigint, value: bigint): void;
  /** Absent where all code is trusted. */
  readonly pages?: PageHost | undefined;
  /** Input buffers, front first. */
  readonly inputs: Uint8Array[];
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
  publicValues(bytes: Uint8Array): void;
  /** Digest words of COMMIT and COMMIT_DEFERRED_PROOFS, 8 each. */
  readonly commitWords: Uint32Array;
  readonly deferredWords: Uint32Array;
  /** Where present, cycle-tracker lines go here instead of to stdout. */
  cycleTracker?(action: CycleTrackerAction, name: string): void;
  /** Told of a WRITE to a descriptor that means nothing. */
  ignoredWrite?(fd: number): void;
}

export type SyscallOutcome =
  | { readonly kind: 'value'; readonly t0: bigint }
  | { readonly kind: 'halt'; readonly code: number }
  | { readonly kind: 'fault'; readonly detail: string; readonly address?: bigint }
  /** A page lacks a permission: 1 to execute, 5 to read, 7 to write. */
  | { readonly kind: 'trap'; readonly code: number }
  /** x0 … x31 as two words each; the place of x0 has the pc to go on at. */
  | { readonly kind: 'sigReturn'; readonly state: Int32Array }
  | { readonly kind: 'unsupported'; readonly feature: string }
  | { readonly kind: 'enterUnconstrained' }
  | { readonly kind: 'exitUnconstrained' };

export function fault(detail: string, address?: bigint): SyscallOutcome {
  return address === undefined ? { kind: 'fault', detail } : { kind: 'fault', detail, address };
}

/** Where memory ends. */
export const ADDRESS_LIMIT: number = 2 ** 40;

/** Why [address, address + bytes) cannot be accessed by doublewords, or undefined. */
export function refuseRange(name: string, address: bigint, bytes: number): SyscallOutcome | undefined {
  if (address & 7n) return fault(`${name}: pointer is not a multiple of 8`, address);
  if (address + BigInt(bytes) > BigInt(ADDRESS_LIMIT)) return fault(`${name}: memory ends at 2^40`, address);
  return undefined;
}

/** As `refuseRange`, of the argument at `index`; big integers are made of what is refused only. */
export function refuseArgument(
  host: SyscallHost,
  name: string,
  index: ArgumentIndex,
  bytes: number,
): SyscallOutcome | undefined {
  const address = host.address(index);
  const isFine = address % 8 === 0 && address + bytes <= ADDRESS_LIMIT;
  return isFine ? undefined : refuseRange(name, host.arg(index), bytes);
}
