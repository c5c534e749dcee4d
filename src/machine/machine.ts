// What a guest machine is to the executor: a memory map, a start state, and what its environment calls do.

import type { Elf } from '../../codegen/elf.ts';
import type { Instruction } from '../../codegen/isa/instruction.ts';
import type { IsaName } from '../../codegen/isa/index.ts';
import type { Program } from '../../codegen/program.ts';
import type { Exit } from '../../runtime/exit.ts';
import type { GuestMemory, MemoryPlan } from '../../runtime/memory.ts';

/** The hart as an environment call sees it. */
export interface Hart {
  readonly memory: GuestMemory;
  /** Instructions retired so far, the environment call itself included. */
  readonly instructions: number;
  /** Address of the environment call. */
  readonly pc: number;
}

/** Goes on (undefined), goes on elsewhere (a pc), or ends the run. */
export type EcallResult = undefined | number | Exit;

export interface Machine {
  readonly name: 'bare' | 'sp1';
  readonly isa: IsaName;
  /** Whether a misaligned load or store is a fault. */
  readonly alignedOnly: boolean;
  /** Instructions of the set that this machine refuses to execute. */
  refuses(instruction: Instruction): boolean;
  memoryPlan(): MemoryPlan;
  /** Writes the image and the start state. */
  start(hart: Hart): void;
  ecall(hart: Hart): EcallResult;
  /** Calls by name so far. */
  readonly syscalls: Record<string, number>;
  /** Bytes that the guest has made public. */
  readonly publicValues: Uint8Array;
  /** The guest's clock, on machines that have one. */
  clk?(instructions: number): number;
}

export interface MachineInput {
  readonly elf: Elf;
  readonly program: Program;
  readonly args: readonly string[];
  readonly inputs: readonly Uint8Array[];
  readonly maxMemory: number;
  readonly realTime: boolean;
  readonly stdin: (max: number) => Uint8Array;
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
}
