// What SP1's gas estimate counts of a run besides its instructions: see accountant.ts, whose rules these are for a run of one
// gas chunk.

import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { isPrecompile } from '../abi.ts';
import { gasOf } from './gas.ts';

const CLK_EPOCH = 2 ** 24;
/** t0, a0, a1: a call reads or writes them without counting. */
const OF_CALL = (1 << 5) | (1 << 10) | (1 << 11);

function bitsOf(set: number): number {
  let bits = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

export class GasCounter {
  hasCalls = false;
  #locals = 0;
  #used = 0;
  /** Registers that a call took before any counted access. */
  #absorbed = 0;
  #clockBumps = 0;
  #stateBumps = 0;
  readonly #precompiles = new Map<number, number>();

  local(): void {
    this.#locals++;
  }

  use(registers: number): void {
    this.#used |= registers;
  }

  cross(times: number): void {
    this.#stateBumps += times;
  }

  /** All registers so far having been told. */
  call(code: number): void {
    if (!this.hasCalls) this.#absorbed = OF_CALL & ~this.#used;
    this.hasCalls = true;
    if (isPrecompile(code)) this.#precompiles.set(code, (this.#precompiles.get(code) ?? 0) + 1);
  }

  tick(clk: number, increment: number, isCrossing: boolean): void {
    const inEpoch = clk % CLK_EPOCH;
    if (inEpoch + increment >= CLK_EPOCH) this.#clockBumps++;
    if (inEpoch + increment + CLK_PER_INSTRUCTION < CLK_EPOCH) return;
    if (!isCrossing) this.#stateBumps++;
  }

  /** Before SP1 scales it. */
  gas(opcodes: ReadonlyMap<string, number>): number {
    return gasOf({
      opcodes,
      precompiles: this.#precompiles,
      locals: this.#locals + bitsOf(this.#used & ~this.#absorbed),
      clockBumps: this.#clockBumps,
      stateBumps: this.#stateBumps,
    });
  }
}
