// Counts what a run uses, told of every access by the interpreter as the tracer is: what reports at the speed of an engine must say.

import { opReads, writesRd } from '../../../codegen/isa/summary.ts';
import type { GuestText } from '../../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';
import type { Exit } from '../../../runtime/exit.ts';
import { CONTROL, ENTRY_BYTES } from '../../../runtime/layout.ts';
import type { GuestMemory } from '../../../runtime/memory/memory.ts';
import type { ClockState, Inlined, RunObserver } from '../../../runtime/trace/observer.ts';
import { ARGUMENTS, CALL, CLK_PER_ECALL, isPrecompile, STACK_TOP, T0 } from '../../../src/machine/sp1/abi.ts';
import { opcodeOf } from '../../../src/machine/sp1/records/opcode-chips.ts';
import { GAS_CHUNK_ENTRIES, gasOf, normalizedGas } from '../../../src/machine/sp1/report/gas.ts';
import type { RunReport } from '../../../src/machine/sp1/report/run-report.ts';

const ENTRY_WORDS = ENTRY_BYTES / 4;
/** SP1's chips hold 24 bits of the clock in one place, 16 of the pc. */
const CLK_EPOCH = 2 ** 24;
const PC_EPOCH = 2 ** 16;
/** Mark of a doubleword that was accessed, but not since its last hint; others have the number of a chunk. */
const STALE = -1;
/** Registers that an ecall reads or writes without counting as an access. */
const OF_ECALL = [T0, ARGUMENTS[0], ARGUMENTS[1]] as const;
/** Pointers that these precompiles read from registers besides, counted. */
const FIVE_POINTERS: ReadonlySet<number> = new Set([CALL.uint256AddCarry, CALL.uint256MulCarry]);
const [, , ...POINTERS] = ARGUMENTS;

export interface AccountantOptions {
  readonly text: GuestText;
  /** Where the image ends. */
  readonly imageEnd: number;
  /** Entries after which a gas chunk ends; SP1's unless given. */
  readonly gasChunkEntries?: number | undefined;
}

export class Accountant implements RunObserver {
  readonly inlined: Inlined;
  /** Executions by slot since the chunk's start. */
  readonly #counts: Float64Array;
  readonly #threshold: number;
  readonly #memory: GuestMemory;
  readonly #text: GuestText;
  readonly #imageEnd: number;
  readonly #totals: Float64Array;
  /** Of each doubleword the chunk that last accessed it, from 1. */
  readonly #marks: Int32Array;
  #chunk = 0;
  readonly #precompiles = new Map<number, number>();
  #touched = 0;
  #stackLow = STACK_TOP;
  #heapHigh = 0;
  #gas = 0;
  /** Of the chunk: */
  #locals = 0;
  #clockBumps = 0;
  #stateBumps = 0;
  /** Registers that an ecall took before any counted access; undefined before the first. */
  #absorbed: readonly number[] | undefined;
  #haltSlot = -1;
  /** Low word of clk + 1 of the last load or store, and whether its doubleword was new. */
  #lastClk = 0;
  #lastIsNew = 0;

  constructor(memory: GuestMemory, { text, imageEnd, gasChunkEntries }: AccountantOptions) {
    this.#threshold = gasChunkEntries ?? GAS_CHUNK_ENTRIES;
    this.#memory = memory;
    this.#text = text;
    this.#imageEnd = imageEnd;
    this.#counts = new Float64Array(text.slots);
    this.inlined = { kind: 'counted', counts: this.#counts };
    this.#totals = new Float64Array(text.slots);
    this.#marks = new Int32Array(memory.plan.areaBytes / 8);
  }

  /** Of the chunk, were it written. */
  get #entries(): number {
    return this.#memory.control[CONTROL.traceTail]! / ENTRY_WORDS;
  }

  get isFull(): boolean {
    return this.#entries >= this.#threshold;
  }

  begin(): void {
    const { control } = this.#memory;
    control[CONTROL.traceTail] = 0;
    control[CONTROL.traceLimit] = this.#threshold * ENTRY_WORDS;
    this.#chunk++;
    this.#locals = 0;
    this.#clockBumps = 0;
    this.#stateBumps = 0;
    this.#absorbed = undefined;
    this.#lastClk = 0;
    this.#precompiles.clear();
  }

  end({ clk, pc }: ClockState): void {
    // SP1 counts what a load or store accesses with the next instruction: after a chunk's last it is lost.
    const isLost = this.#lastClk === ((clk - CLK_PER_INSTRUCTION + 1) | 0);
    const lost = isLost ? (pc - 4 - this.#text.base) >>> 2 : -1;
    const registers = this.#registers(lost);
    const absorbed = this.#absorbed ?? [];
    const locals =
      this.#locals - (isLost ? this.#lastIsNew : 0) + [...registers].filter(r => !absorbed.includes(r)).length;
    this.#gas += gasOf({
      opcodes: this.#histogram(this.#counts),
      precompiles: this.#precompiles,
      locals,
      clockBumps: this.#clockBumps,
      stateBumps: this.#stateBumps + this.#pageCrossings(),
    });
    for (let slot = 0; slot < this.#counts.length; slot++) this.#totals[slot]! += this.#counts[slot]!;
    this.#counts.fill(0);
  }

  append(): void {
    this.#memory.control[CONTROL.traceTail]! += ENTRY_WORDS;
  }

  record(): void {
    this.append();
  }

  stamp(offset: number, clkLo: number, clkHi: number): void {
    const isHint = clkLo === 0 && clkHi === 0;
    this.#mark(offset);
    if (isHint) this.#marks[offset >>> 3] = STALE;
    else this.#access(offset);
  }

  touch(offset: number, fuel: number): void {
    this.append();
    this.#mark(offset);
    this.#lastClk = (this.#memory.control[CONTROL.clkBase]! - (fuel << 3) + 1) | 0;
    this.#lastIsNew = this.#access(offset);
  }

  /** 1 at the first access of the chunk. */
  #access(offset: number): number {
    const at = offset >>> 3;
    if (this.#marks[at] === this.#chunk) return 0;
    this.#marks[at] = this.#chunk;
    this.#locals++;
    return 1;
  }

  #mark(offset: number): void {
    const at = offset >>> 3;
    if (this.#marks[at] !== 0) return;
    this.#touched++;
    const { windowBase, windowBits } = this.#memory.plan;
    if (offset >= 2 ** windowBits) return;
    const address = windowBase + 8 * at;
    if (address < STACK_TOP) this.#stackLow = Math.min(this.#stackLow, address);
    else this.#heapHigh = Math.max(this.#heapHigh, address + 8);
  }

  /** Until an instruction must be looked at alone, as the two before the clock's bit 24 changes, or the chunk is full. */
  room(clk: number): number {
    const left = CLK_EPOCH - (clk % CLK_EPOCH);
    const steps = left <= 2 * CLK_PER_INSTRUCTION ? 1 : Math.ceil(left / CLK_PER_INSTRUCTION) - 2;
    return Math.min(steps, this.#threshold - this.#entries);
  }

  block({ clk, pc }: ClockState): void {
    const slot = (pc - this.#text.base) >>> 2;
    if (this.#isEcall(slot)) return;
    if (CLK_EPOCH - (clk % CLK_EPOCH) <= 2 * CLK_PER_INSTRUCTION) this.#tick(clk, CLK_PER_INSTRUCTION, slot);
  }

  call({ clk, pc }: ClockState): void {
    const code = this.#memory.control[CONTROL.registers + 2 * T0]! >>> 0;
    if (code === CALL.halt) this.#haltSlot = (pc - this.#text.base) >>> 2;
    if (this.#absorbed === undefined) {
      const used = this.#registers(-1);
      this.#absorbed = OF_ECALL.filter(r => !used.has(r));
    }
    if (isPrecompile(code)) this.#precompiles.set(code, (this.#precompiles.get(code) ?? 0) + 1);
    this.#tick(clk, CLK_PER_ECALL, (pc - this.#text.base) >>> 2);
  }

  #isEcall(slot: number): boolean {
    return this.#text.instructionAt(slot)?.row.effect.kind === 'ecall';
  }

  /** An instruction at `clk`. SP1's estimate is early by one instruction with the state, not with the registers. */
  #tick(clk: number, increment: number, slot: number): void {
    const inEpoch = clk % CLK_EPOCH;
    if (inEpoch + increment >= CLK_EPOCH) this.#clockBumps++;
    if (inEpoch + increment + CLK_PER_INSTRUCTION < CLK_EPOCH) return;
    this.#stateBumps++;
    // The page crossing of the same instruction needs no second one.
    if (this.#mayCross(slot) && slot !== this.#haltSlot) this.#stateBumps--;
  }

  /** Whether going on at the next instruction changes pc's bit 16. */
  #mayCross(slot: number): boolean {
    if ((this.#text.base + 4 * slot + 4) % PC_EPOCH !== 0) return false;
    const kind = this.#text.instructionAt(slot)?.row.effect.kind;
    return kind !== 'branch' && kind !== 'jump';
  }

  #pageCrossings(): number {
    const { base } = this.#text;
    let crossings = 0;
    for (let slot = ((PC_EPOCH - 4 - (base % PC_EPOCH)) >>> 2) % (PC_EPOCH / 4); slot < this.#counts.length; ) {
      if (this.#mayCross(slot)) crossings += this.#counts[slot]!;
      if (slot === this.#haltSlot && this.#mayCross(slot)) crossings--;
      slot += PC_EPOCH / 4;
    }
    return crossings;
  }

  /** Registers that instructions of the chunk accessed, but for the one at slot `lost` if it ran once. */
  #registers(lost: number): Set<number> {
    const used = new Set<number>();
    this.#counts.forEach((n, slot) => {
      if (n === 0 || (slot === lost && n === 1)) return;
      const { row, rd, rs1, rs2 } = this.#text.instructionAt(slot)!;
      if (row.effect.kind === 'ecall') return;
      const reads = opReads(row);
      if (reads.rs1) used.add(rs1);
      if (reads.rs2) used.add(rs2);
      if (writesRd(row)) used.add(rd);
    });
    if ([...FIVE_POINTERS].some(code => this.#precompiles.has(code))) for (const r of POINTERS) used.add(r);
    return used;
  }

  #histogram(counts: Float64Array): Map<string, number> {
    const opcodes = new Map<string, number>();
    counts.forEach((n, slot) => {
      if (n === 0) return;
      const opcode = opcodeOf(this.#text.instructionAt(slot)!.row.mnemonic);
      opcodes.set(opcode, (opcodes.get(opcode) ?? 0) + n);
    });
    return opcodes;
  }

  /** After the run: what it used until `exit`, having counted `instructions`. */
  report(exit: Exit, instructions: number): RunReport {
    const total = this.#totals.reduce((sum, n) => sum + n, 0);
    // An instruction that failed was counted when it began.
    if (total === instructions + 1) this.#totals[(Number(exit.pc) - this.#text.base) >>> 2]! -= 1;
    const opcodes = [...this.#histogram(this.#totals)].sort(([, a], [, b]) => b - a);
    return {
      opcodes: Object.fromEntries(opcodes),
      touchedBytes: 8 * this.#touched,
      stackBytes: STACK_TOP - this.#stackLow,
      heapBytes: Math.max(0, this.#heapHigh - this.#imageEnd),
      unalignedAccesses: 0,
      ...(exit.kind === 'halted' ? { gas: normalizedGas(this.#gas), rawGas: this.#gas } : {}),
    };
  }
}
