// Mistakes of the user, each with a stable code. Guest faults are Exit values; our own bugs are assertions.

const CODES = {
  USAGE: 'the command line or an option is wrong',
  PROFILE_INVALID: 'a profile is truncated or corrupt',
  PLAN_INVALID: 'a plan or a manifest is malformed, or of another program or profile',
  PLAN_INFEASIBLE: 'no plan fits the budget',
  STORE_INVALID: 'a store has something that it should not',
  NOT_CLOSED: 'a fold does not hold, or leaves assumptions open',
  ELF_INVALID: 'the file is not a well-formed RISC-V executable',
  ELF_UNSUPPORTED: 'the executable needs something that is not supported',
  INPUT_INVALID: 'an input file has the wrong form',
  FILE_UNREADABLE: 'a file cannot be read',
  FILE_UNWRITABLE: 'a file cannot be written',
  TRACE_INVALID: 'a trace file is truncated or corrupt',
  PROOF_INVALID: 'a proof or key is malformed, or the proof does not hold',
  ENVIRONMENT: 'the host lacks something that is needed',
  GPU_PACKAGE: 'the package webgpu is missing or does not load',
  GPU_DRIVER: 'there is no usable GPU driver, or no adapter of that name',
  GPU_LIMITS: 'the GPU offers less than is needed',
  GPU_MEMORY: 'the GPU has too little memory',
  GPU_INVALID: 'the GPU refused work as invalid',
  GPU_LOST: 'the GPU was lost or closed while it worked',
  QUEUE_PACKAGE: 'the package bullmq is missing or does not load',
  QUEUE_UNAVAILABLE: 'no Redis answers, or it is too old',
} as const;

export type ErrorCode = keyof typeof CODES;

/** What each code says, for documentation. */
export const ERROR_CODES: Readonly<Record<ErrorCode, string>> = CODES;

export class JitExecError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'JitExecError';
    this.code = code;
  }
}

/** Our own mistake: states what should have held. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`bug in jit-exec: ${message}`);
}

export function assertNever(value: never): never {
  throw new Error(`bug in jit-exec: unexpected ${JSON.stringify(value)}`);
}
