// The blocks of a recorded run that are JavaScript, made when they are first reached.

import { emitPreflightBlock, PREFLIGHT_NAMES } from '../../../../codegen/javascript/preflight-block.ts';
import type { GuestText } from '../../../../codegen/program/text.ts';
import { mulh32, mulhsu32, mulhu32 } from '../../../../runtime/arithmetic.ts';
import { assert } from '../../../../runtime/errors.ts';
import { blockAt, type PreflightOperation } from './operations.ts';
import type { RecordedMemory } from './recorded-memory.ts';
import type { SegmentHost } from './segment-host.ts';

/** What blocks are run with: D, U, E, S, R, T, A, H of emitPreflightBlock. */
export type BlockState = readonly [
  words: Int32Array,
  tails: Int32Array,
  ends: Int32Array,
  clock: Int32Array,
  registers: Int32Array,
  times: Int32Array,
  memory: RecordedMemory,
  host: SegmentHost,
];

export interface CompiledBlock {
  /** Gives the slot to go on at, or less than 0 where the run ends. */
  readonly run: (...block: BlockState) => number;
  readonly instructions: number;
  /** How often it was entered in this segment. */
  entries: number;
  readonly slot: number;
}

const ARITHMETIC = { imul: Math.imul, mulh32, mulhu32, mulhsu32 };

export class PreflightBlocks {
  readonly #text: GuestText;
  /** By slot: the block that begins there, and its first instruction alone. */
  readonly #blocks: (CompiledBlock | undefined)[];
  readonly #singles: (CompiledBlock | undefined)[];
  readonly #all: CompiledBlock[] = [];
  readonly #reached: Uint8Array;

  constructor(text: GuestText) {
    this.#text = text;
    this.#blocks = new Array<CompiledBlock | undefined>(text.slots);
    this.#singles = new Array<CompiledBlock | undefined>(text.slots);
    this.#reached = new Uint8Array(text.slots);
  }

  isReached(slot: number): boolean {
    return this.#reached[slot] === 1;
  }

  /** The block at a slot, of at most so many instructions. */
  at(slot: number, most: number): CompiledBlock {
    const block = this.#blocks[slot] ?? this.#compile(slot, this.#blocks);
    return block.instructions > most ? this.single(slot) : block;
  }

  /** An instruction alone. */
  single(slot: number): CompiledBlock {
    return this.#singles[slot] ?? this.#compile(slot, this.#singles, 1);
  }

  #compile(slot: number, into: (CompiledBlock | undefined)[], most?: number): CompiledBlock {
    const operations = blockAt(this.#text, slot, most);
    assert(operations.length > 0, `preflight: nothing at slot ${slot}`);
    const compiled = { run: this.#link(operations), instructions: operations.length, entries: 0, slot };
    into[slot] = compiled;
    this.#all.push(compiled);
    this.#reached.fill(1, slot, slot + operations.length);
    return compiled;
  }

  #link(operations: readonly PreflightOperation[]): CompiledBlock['run'] {
    const [first] = operations;
    if (first!.isHost) return (...given) => given[7].perform(first!);
    const emitted = operations.filter(operation => !operation.isHost);
    const { base, slots } = this.#text;
    const { text } = emitPreflightBlock(emitted, pc => {
      const slot = (pc - base) / 4;
      return Number.isInteger(slot) && slot >= 0 && slot < slots && !this.#text.isGap(slot) ? slot : -1;
    });
    return new Function('a', `const { ${PREFLIGHT_NAMES} } = a; return ${text};`)(ARITHMETIC) as CompiledBlock['run'];
  }

  /** By slot: how often its instruction was done in blocks since it was last asked. */
  takeFrequencies(): Uint32Array {
    const frequencies = new Uint32Array(this.#text.slots);
    for (const block of this.#all) {
      for (let i = 0; i < block.instructions; i++) frequencies[block.slot + i]! += block.entries;
      block.entries = 0;
    }
    return frequencies;
  }
}
