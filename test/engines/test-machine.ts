// A guest machine for generated programs: a window of 128 KiB, so that its edges are near, and few system calls that
// have much effect. Its rules are written once, for the executor and for the oracle.

import type { IsaName } from '../../codegen/isa/index.ts';
import { PAGE_BYTES } from '../../runtime/layout.ts';
import type { MemoryPlan } from '../../runtime/memory.ts';
import type { EcallResult, Hart, Machine } from '../../src/machine/machine.ts';

export const WINDOW_BITS = 17;
const FAR_BYTES = PAGE_BYTES;
const POOL_PAGES = 24;
export const ADDRESS_FLOOR = 4096;
export const ADDRESS_LIMIT: number = 2 ** 32;

/** Where things lie; addresses. */
export interface Layout {
  readonly windowBase: number;
  readonly textBase: number;
  /** Initialised data; the constant pool is behind it. */
  readonly dataBase: number;
  readonly farBase: number;
}

export const LAYOUTS: readonly Layout[] = [
  { windowBase: 0x1_0000, textBase: 0x1_0000, dataBase: 0x1_8000, farBase: 0x5000_0000 },
  { windowBase: 0x1000, textBase: 0x1000, dataBase: 0x9000, farBase: 0 },
  // Data below the text.
  { windowBase: 0x2_0000, textBase: 0x2_8000, dataBase: 0x2_1000, farBase: 0x8_0000 },
  // Addresses on both sides of 2^31.
  { windowBase: 0x7fff_0000, textBase: 0x7fff_c000, dataBase: 0x8000_0000, farBase: 0x1_0000 },
  { windowBase: 0xfffc_0000, textBase: 0xfffc_0000, dataBase: 0xfffd_0000, farBase: 0x1_0000 },
];

/** What a run of a generated program depends on besides its text. */
export interface Setup {
  readonly isa: IsaName;
  readonly layout: Layout;
  readonly textBytes: number;
  readonly alignedOnly: boolean;
  /** Whether a store into the text is a fault. */
  readonly protectsText: boolean;
  readonly data: Uint8Array;
  /** x0 … x31 at the start. */
  readonly registers: readonly bigint[];
}

/** The hart as a system call of this machine sees it; registers are below 2^xlen. */
export interface Caller {
  readonly instructions: number;
  readonly pc: number;
  read(r: number): bigint;
  write(r: number, value: bigint): void;
  /** Starts unconstrained execution and ends it, which undoes it. */
  enter(): void;
  leave(): void;
  readonly isUnconstrained: boolean;
}

/**
 * The system calls, by the low bits of a7: 0 exits, 2 and 6 enter and leave unconstrained execution, 3 is refused,
 * others mix a0 with the count. Only a machine that refuses misaligned accesses has unconstrained execution.
 */
export function systemCall(caller: Caller, alignedOnly: boolean): EcallResult {
  const number = Number(caller.read(17) & 7n);
  const pc = BigInt(caller.pc);
  if (number === 0) return { kind: 'halted', code: Number(caller.read(10) & 0xffn), pc };
  if (number === 3) return { kind: 'fault', cause: 'syscall', pc, detail: 'refused' };
  if (number === 2 && alignedOnly && !caller.isUnconstrained) caller.enter();
  else if (number === 6 && caller.isUnconstrained) caller.leave();
  else caller.write(10, 3n * caller.read(10) + BigInt(caller.instructions));
  return undefined;
}

export class TestMachine implements Machine {
  readonly name = 'bare';
  readonly isa: IsaName;
  readonly alignedOnly: boolean;
  readonly syscalls: Record<string, number> = {};
  readonly publicBytes: Uint8Array = new Uint8Array(0);
  readonly setup: Setup;
  readonly text: Uint8Array;
  #isUnconstrained = false;

  constructor(setup: Setup, text: Uint8Array) {
    this.setup = setup;
    this.text = text;
    this.isa = setup.isa;
    this.alignedOnly = setup.alignedOnly;
  }

  refuses(): boolean {
    return false;
  }

  memoryPlan(): Omit<MemoryPlan, 'extraBytes'> {
    const { layout, protectsText, textBytes } = this.setup;
    const poolBytes = POOL_PAGES * PAGE_BYTES;
    return {
      windowBase: layout.windowBase,
      windowBits: WINDOW_BITS,
      farBase: layout.farBase,
      farBytes: layout.farBase === 0 ? 0 : FAR_BYTES,
      areaBytes: 2 ** WINDOW_BITS + FAR_BYTES + poolBytes,
      addressFloor: ADDRESS_FLOOR,
      addressLimit: ADDRESS_LIMIT,
      protectedStart: protectsText ? layout.textBase : 0,
      protectedEnd: protectsText ? layout.textBase + textBytes : 0,
      maxPoolBytes: poolBytes,
    };
  }

  start({ memory }: Hart): void {
    memory.writeBytes(this.setup.layout.textBase, this.text);
    memory.writeBytes(this.setup.layout.dataBase, this.setup.data);
    this.setup.registers.forEach((value, r) => {
      memory.writeRegister(r, value);
    });
  }

  ecall(hart: Hart): EcallResult {
    const { memory, instructions, pc } = hart;
    const xlen = this.isa.startsWith('rv64') ? 64 : 32;
    const caller: Caller = {
      instructions,
      pc,
      isUnconstrained: this.#isUnconstrained,
      read: r => BigInt.asUintN(xlen, memory.readRegister(r)),
      write: (r, value) => memory.writeRegister(r, BigInt.asUintN(xlen, value)),
      enter: () => {
        this.#isUnconstrained = true;
        hart.enterUnconstrained();
      },
      leave: () => {
        this.#isUnconstrained = false;
        hart.leaveUnconstrained();
      },
    };
    return systemCall(caller, this.alignedOnly);
  }
}
