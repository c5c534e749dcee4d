// What SP1's gas estimate counts of a run, chunk by chunk: told by the splicer of what its instructions come to.

import type { GuestText } from '../../../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { isPrecompile } from '../abi.ts';
import { gasOf, normalizedGas } from './gas.ts';
import { opcodesOf } from './opcodes.ts';
import type { SlotCosts } from './slot-costs.ts';

const CLK_EPOCH = 2 ** 24;
/** t0, a0, a1: a call reads or writes them without counting. */
const OF_CALL = (1 << 5) | (1 << 10) | (1 << 11);

function bitsOf(set: number): number {
  let bits = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

export class GasCounter {
  /** Of the chunk, as all that follows. */
  hasCalls = false;
  /** Without those of pending instructions. */
  entries = 0;
  readonly #text: GuestText;
  readonly #costs: SlotCosts;
  readonly #most: number;
  /** Of the run, by slot, and as they were when the chunk began. */
  readonly #executions: Float64Array;
  #before: Float64Array;
  #sum = 0;
  #locals = 0;
  /** Locals when the last instruction began. */
  #localsBefore = 0;
  /** Registers that instructions accessed until the first call; and what calls of precompiles did. */
  #used = 0;
  #pointers = 0;
  /** Registers that a call took before any counted access. */
  #absorbed = 0;
  #clockBumps = 0;
  #stateBumps = 0;
  readonly #precompiles = new Map<number, number>();

  /** `chunkEntries`: with so many a chunk ends. */
  constructor(text: GuestText, costs: SlotCosts, executions: Float64Array, chunkEntries: number) {
    this.#text = text;
    this.#costs = costs;
    this.#most = chunkEntries;
    this.#executions = executions;
    this.#before = new Float64Array(executions.length);
  }

  get isFull(): boolean {
    return this.entries >= this.#most;
  }

  /** Entries that the chunk lacks. */
  get left(): number {
    return this.#most - this.entries;
  }

  local(): void {
    this.#locals++;
  }

  /** The next instruction begins. */
  step(): void {
    this.#localsBefore = this.#locals;
  }

  use(registers: number): void {
    this.#used |= registers;
  }

  cross(times: number): void {
    this.#stateBumps += times;
  }

  /** All registers so far having been told; `pointers` are those that a precompile reads besides. */
  call(code: number, pointers: number): void {
    if (!this.hasCalls) this.#absorbed = OF_CALL & ~this.#used;
    this.hasCalls = true;
    this.#pointers |= pointers;
    if (isPrecompile(code)) this.#precompiles.set(code, (this.#precompiles.get(code) ?? 0) + 1);
  }

  tick(clk: number, increment: number, isCrossing: boolean): void {
    const inEpoch = clk % CLK_EPOCH;
    if (inEpoch + increment >= CLK_EPOCH) this.#clockBumps++;
    if (inEpoch + increment + CLK_PER_INSTRUCTION < CLK_EPOCH) return;
    if (!isCrossing) this.#stateBumps++;
  }

  /**
   * The chunk ends, behind the instruction at slot `last` or a call (-1). SP1 counts what a load or store accesses with the next
   * instruction: after a chunk's last it is lost.
   */
  end(last: number): void {
    const isLost = last >= 0 && this.#costs.accesses[last] === 1;
    const counts = this.#executions.map((count, slot) => count - this.#before[slot]!);
    let used = this.#pointers;
    counts.forEach((count, slot) => {
      if (count > 0 && !(isLost && slot === last && count === 1)) used |= this.#costs.registers[slot]!;
    });
    this.#sum += gasOf({
      opcodes: opcodesOf(this.#text, counts),
      precompiles: this.#precompiles,
      locals: (isLost ? this.#localsBefore : this.#locals) + bitsOf(used & ~this.#absorbed),
      clockBumps: this.#clockBumps,
      stateBumps: this.#stateBumps,
    });
    this.#begin();
  }

  #begin(): void {
    this.#before = this.#executions.slice();
    this.hasCalls = false;
    this.entries = 0;
    this.#locals = 0;
    this.#localsBefore = 0;
    this.#used = 0;
    this.#pointers = 0;
    this.#absorbed = 0;
    this.#clockBumps = 0;
    this.#stateBumps = 0;
    this.#precompiles.clear();
  }

  /** Of the chunks that have ended. */
  get total(): { readonly gas: number; readonly rawGas: number } {
    return { gas: normalizedGas(this.#sum), rawGas: this.#sum };
  }
}
