// What a minimal trace has to be, as plainly as possible: old clk and value of every doubleword an access touches.

import { type OracleState, readMemory } from '../../codegen/isa/evaluate.ts';

const HEADER_WORDS = 38;

/** A chunk, and the state at its end. */
export interface OracleChunk {
  /** Layout 6.4. */
  readonly raw: Uint8Array;
  readonly registers: readonly bigint[];
  readonly pc: bigint;
  readonly clk: number;
  readonly globalClk: number;
}

export class OracleTrace {
  readonly chunks: OracleChunk[] = [];
  readonly #state: OracleState;
  readonly #threshold: number;
  /** clk of the last access by address of the doubleword; absent where there was none. */
  readonly #stamps = new Map<bigint, bigint>();
  /** clk, value, clk, value, … of the current chunk. */
  #entries: bigint[] = [];
  #header: bigint[];

  /** Chunks end with the instruction that makes them `threshold` entries or more. */
  constructor(state: OracleState, threshold: number, clk: number) {
    this.#state = state;
    this.#threshold = threshold;
    this.#header = [...state.registers, state.pc, BigInt(clk)];
  }

  /** Of the current chunk. */
  get entries(): number {
    return this.#entries.length / 2;
  }

  get isFull(): boolean {
    return this.entries >= this.#threshold;
  }

  append(clk: bigint, value: bigint): void {
    this.#entries.push(BigInt.asUintN(64, clk), value);
  }

  /** The doubleword around a byte, as it is. */
  record(address: bigint): void {
    const at = address & -8n;
    this.append(this.#stamps.get(at) ?? 0n, readMemory(this.#state, at, 8));
  }

  stamp(address: bigint, clk: number): void {
    this.#stamps.set(address & -8n, BigInt(clk));
  }

  end(clk: number, globalClk: number): void {
    const words = [...this.#header, BigInt(clk), BigInt(this.entries), BigInt(globalClk), 0n];
    if (words.length !== HEADER_WORDS) throw new Error(`a header of ${words.length} words`);
    const raw = new Uint8Array(BigUint64Array.from([...words, ...this.#entries]).buffer);
    const { registers, pc } = this.#state;
    this.chunks.push({ raw, registers: [...registers], pc, clk, globalClk });
    this.#entries = [];
    this.#header = [...registers, pc, BigInt(clk)];
  }
}
