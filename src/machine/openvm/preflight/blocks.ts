// The blocks of a recorded run that no region has: done instruction by instruction at first, compiled to JavaScript when they run often.

import { emitPreflightBlock, PREFLIGHT_NAMES } from '../../../../codegen/javascript/preflight-block.ts';
import type { GuestText } from '../../../../codegen/program/text.ts';
import { mulh32, mulhsu32, mulhu32 } from '../../../../runtime/arithmetic.ts';
import { assert } from '../../../../runtime/errors.ts';
import type { BlockState } from './block-state.ts';
import { blockAt, type PreflightOperation } from './operations.ts';
import { Stepper } from './stepper.ts';

type BlockRun = (...block: BlockState) => number;

/** Runs of a block before it is compiled: making its text a function takes as long as doing it a hundred times. */
const COLD_RUNS = 30;

export class RecordedBlock {
  readonly slot: number;
  readonly instructions: number;
  /** How often it was entered in this segment. */
  entries = 0;
  readonly #operations: readonly PreflightOperation[];
  readonly #stepper: Stepper;
  readonly #compile: () => BlockRun;
  #runs = 0;
  #compiled: BlockRun | undefined;

  constructor(slot: number, operations: readonly PreflightOperation[], stepper: Stepper, compile: () => BlockRun) {
    this.slot = slot;
    this.instructions = operations.length;
    this.#operations = operations;
    this.#stepper = stepper;
    this.#compile = compile;
  }

  /** Gives the slot to go on at, or less than 0 where the run ends. */
  run(...block: BlockState): number {
    const [first] = this.#operations;
    if (first!.isHost) return block[7].perform(first!);
    if (this.#compiled !== undefined) return this.#compiled(...block);
    if (++this.#runs > COLD_RUNS) this.#compiled = this.#compile();
    let next = -1;
    for (const operation of this.#operations) {
      if (!operation.isHost) next = this.#stepper.step(operation, block);
      if (next < 0) return next;
    }
    return next;
  }
}

const ARITHMETIC = { imul: Math.imul, mulh32, mulhu32, mulhsu32 };

export class PreflightBlocks {
  readonly #text: GuestText;
  /** By slot: the block that begins there, and its first instruction alone. */
  readonly #blocks: (RecordedBlock | undefined)[];
  readonly #singles: (RecordedBlock | undefined)[];
  readonly #all: RecordedBlock[] = [];
  readonly #stepper = new Stepper();
  readonly #reached: Uint8Array;

  constructor(text: GuestText) {
    this.#text = text;
    this.#blocks = new Array<RecordedBlock | undefined>(text.slots);
    this.#singles = new Array<RecordedBlock | undefined>(text.slots);
    this.#reached = new Uint8Array(text.slots);
  }

  isReached(slot: number): boolean {
    return this.#reached[slot] === 1;
  }

  /** The block at a slot, of at most so many instructions. */
  at(slot: number, most: number): RecordedBlock {
    const block = this.#blocks[slot] ?? this.#compile(slot, this.#blocks);
    return block.instructions > most ? this.single(slot) : block;
  }

  /** An instruction alone. */
  single(slot: number): RecordedBlock {
    return this.#singles[slot] ?? this.#compile(slot, this.#singles, 1);
  }

  #compile(slot: number, into: (RecordedBlock | undefined)[], most?: number): RecordedBlock {
    const operations = blockAt(this.#text, slot, most);
    assert(operations.length > 0, `preflight: nothing at slot ${slot}`);
    const block = new RecordedBlock(slot, operations, this.#stepper, () => this.#link(operations));
    into[slot] = block;
    this.#all.push(block);
    this.#reached.fill(1, slot, slot + operations.length);
    return block;
  }

  #link(operations: readonly PreflightOperation[]): BlockRun {
    const emitted = operations.filter(operation => !operation.isHost);
    const { base, slots } = this.#text;
    const { text } = emitPreflightBlock(emitted, pc => {
      const slot = (pc - base) / 4;
      return Number.isInteger(slot) && slot >= 0 && slot < slots && !this.#text.isGap(slot) ? slot : -1;
    });
    return new Function('a', `const { ${PREFLIGHT_NAMES} } = a; return ${text};`)(ARITHMETIC) as BlockRun;
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
