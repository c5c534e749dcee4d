// What `--report` says of a run.

/** What a run used; for system calls see its result. */
export interface RunReport {
  /** Instructions by SP1's opcode; those of unconstrained blocks are not counted. */
  readonly opcodes: Readonly<Record<string, number>>;
  /** Distinct doublewords that instructions or precompiles accessed or hints wrote, times 8. */
  readonly touchedBytes: number;
  /** From the lowest access of the stack to its top. */
  readonly stackBytes: number;
  /** From the end of the image to the highest access above it; the embedded allocator's input region is left out. */
  readonly heapBytes: number;
  /** Loads and stores that were not aligned to their size; on sp1 and openvm there are none. */
  readonly unalignedAccesses: number;
  /** Of a run that halted, SP1's gas estimate as its execution report shows it. */
  readonly gas?: number;
  /** The same before SP1 scales it to the gas of its version 4: gas is floor(10 × rawGas / 191). */
  readonly rawGas?: number;
}
