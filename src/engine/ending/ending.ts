// How a run ends: recorded where it is noticed, told when everything has unwound.

import type { Program } from '../../../codegen/program/program.ts';
import type { Exit, FaultCause } from '../../../runtime/exit.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import type { GuestMemory } from '../../../runtime/memory/memory.ts';
import type { Hart, Machine } from '../machine.ts';
import { explained } from './memory-use.ts';

const addressOf = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

export class Ending {
  readonly #memory: GuestMemory;
  #exit: Exit | undefined;
  /** Whether #exit waits for the pc of the instruction at fault. */
  #wantsPc = false;
  /** Address of the access that ended the run. */
  #refused: bigint | undefined;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  get isKnown(): boolean {
    return this.#exit !== undefined;
  }

  by(exit: Exit | undefined): void {
    this.#exit = exit;
  }

  /** An access that was refused, by an instruction whose pc will be in the control page. */
  access(cause: FaultCause, lo: number, hi: number): void {
    const address = addressOf(lo, hi);
    this.#wantsPc = true;
    this.#refused = address;
    const { exhausted } = this.#memory;
    this.#exit = exhausted ? { kind: 'limit', limit: 'memory', pc: 0n } : { kind: 'fault', cause, pc: 0n, address };
  }

  /** A jump to where no instruction can be. */
  fetch(cause: FaultCause, lo: number, hi: number): void {
    const pc = addressOf(lo, hi);
    this.#exit = { kind: 'fault', cause, pc, address: pc };
  }

  /** An instruction that is of another extension, which has the name, or that faults. */
  instruction(pc: number, cause: FaultCause, name?: string): void {
    const at = BigInt(pc);
    this.#exit = name === undefined ? { kind: 'fault', cause, pc: at } : { kind: 'unsupported', feature: name, pc: at };
  }

  /** With what there is to say about it; then it is not known any more, and the run may go on. */
  told(hart: Hart, machine: Machine, program: Program): Exit {
    const pc = BigInt(this.#memory.control[CONTROL.pcLo]! >>> 0);
    const exit: Exit = this.#wantsPc ? { ...this.#exit!, pc } : this.#exit!;
    this.#exit = undefined;
    this.#wantsPc = false;
    return explained(exit, hart, machine, this.#refused, program);
  }
}
