// Why a guest stopped. A guest's misbehaviour is data of this type, never an exception.

const CAUSES = {
  'illegal-instruction': 'illegal instruction',
  breakpoint: 'breakpoint',
  'fetch-address': 'jump outside the program text',
  'fetch-misaligned': 'jump to a misaligned address',
  'load-address': 'load from a bad address',
  'store-address': 'store to a bad address',
  'load-misaligned': 'misaligned load',
  'store-misaligned': 'misaligned store',
  'store-to-text': 'store into the program text',
  'page-permission': 'access that the permissions of its page forbid',
  syscall: 'system call with bad arguments',
  // Machine openvm, by the names of OpenVM's errors.
  MemoryOutOfBounds: 'access outside of memory',
  HintOutOfBounds: 'fewer bytes in the hint stream than are taken',
  PcOutOfBounds: 'jump behind the last instruction',
  Unreachable: 'jump to where no instruction is',
  Fail: 'half word at an odd address',
  Phantom: 'phantom instruction failed',
} as const;

export type FaultCause = keyof typeof CAUSES;

/** Each cause in words. */
export const FAULT_CAUSES: Readonly<Record<FaultCause, string>> = CAUSES;

export type LimitName = 'cycles' | 'memory' | 'timeout';

/** How a run ended. `pc` is the address of the instruction that did not complete (or would be next). */
export type Exit =
  /** `code` is of 32 bits, unsigned. */
  | { readonly kind: 'halted'; readonly code: number; readonly pc: bigint }
  | {
      readonly kind: 'fault';
      readonly cause: FaultCause;
      readonly pc: bigint;
      /** The data or target address that was refused, where there is one. */
      readonly address?: bigint;
      /** What exactly was wrong, for faults of system calls. */
      readonly detail?: string;
    }
  | {
      readonly kind: 'limit';
      readonly limit: LimitName;
      readonly pc: bigint;
      /** Of the memory limit: its value, whether it was given, and whether it was the stack. */
      readonly detail?: string;
    }
  | { readonly kind: 'unsupported'; readonly feature: string; readonly pc: bigint }
  | { readonly kind: 'interrupted'; readonly pc: bigint };
