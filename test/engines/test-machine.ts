// A guest machine for generated programs: a window of 128 KiB, so that its edges are near, and few system calls that
// have much effect. Its rules are written once, for the executor and for the oracle.

import type { IsaName } from '../../codegen/isa/index.ts';
import { PAGE_BYTES } from '../../runtime/layout.ts';
import type { MemoryPlan } from '../../runtime/memory/memory.ts';
import type { EcallResult, Hart, Machine } from '../../src/engine/machine.ts';

const WINDOW_BITS = 17;
const POOL_PAGES = 24;
/** A run may use as much of it for pages, and hardly more: the windows' ends are in it too. */
export const MOST_POOL_BYTES: number = (POOL_PAGES - 4) * PAGE_BYTES;

/** Addresses below the floor and from the limit on fault. */
export const BOUNDS: Readonly<Record<'test' | 'sp1', { readonly floor: number; readonly limit: number }>> = {
  test: { floor: 4096, limit: 2 ** 32 },
  sp1: { floor: 0, limit: 2 ** 40 },
};

/** Where things lie; addresses. */
export interface Layout {
  readonly windowBase: number;
  readonly windowBits: number;
  readonly textBase: number;
  /** Initialised data; the constant pool is behind it. */
  readonly dataBase: number;
  readonly farBase: number;
  readonly farBytes: number;
}

const window = (windowBase: number, textBase: number, dataBase: number, farBase: number): Layout => ({
  windowBase,
  windowBits: WINDOW_BITS,
  textBase,
  dataBase,
  farBase,
  farBytes: farBase === 0 ? 0 : PAGE_BYTES,
});

export const LAYOUTS: readonly Layout[] = [
  window(0x1_0000, 0x1_0000, 0x1_8000, 0x5000_0000),
  window(0x1000, 0x1000, 0x9000, 0),
  // Data below the text.
  window(0x2_0000, 0x2_8000, 0x2_1000, 0x8_0000),
  // Addresses on both sides of 2^31.
  window(0x7fff_0000, 0x7fff_c000, 0x8000_0000, 0x1_0000),
  window(0xfffc_0000, 0xfffc_0000, 0xfffd_0000, 0x1_0000),
];

/** The map of src/machine/sp1/machine.ts. */
export const SP1_LAYOUT: Layout = {
  windowBase: 0x7000_0000,
  windowBits: 30,
  textBase: 0x7800_0000,
  dataBase: 0x7802_0000,
  farBase: 0x1c_0000_0000,
  farBytes: 0x1800_0000,
};

/** What a run of a generated program depends on besides its text. */
export interface Setup {
  /** The machine below, or SP1's. */
  readonly machine: 'test' | 'sp1';
  readonly isa: IsaName;
  readonly layout: Layout;
  readonly textBytes: number;
  readonly alignedOnly: boolean;
  /** Whether a store into the text is a fault. */
  readonly protectsText: boolean;
  readonly data: Uint8Array;
  /** x0 … x31 at the start. */
  readonly registers: readonly bigint[];
  /** Input buffers of SP1. */
  readonly inputs: readonly Uint8Array[];
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
      windowBits: layout.windowBits,
      farBase: layout.farBase,
      farBytes: layout.farBytes,
      areaBytes: 2 ** WINDOW_BITS + PAGE_BYTES + poolBytes,
      addressFloor: BOUNDS.test.floor,
      addressLimit: BOUNDS.test.limit,
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
