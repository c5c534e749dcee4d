// Runs a segment with every access recorded: upstream's preflight mode.
// Reference: openvm:crates/vm/src/arch/interpreter_preflight.rs, v1.4.0.

import { isa } from '../../../../codegen/isa/index.ts';
import { emitPreflightBlock, PREFLIGHT_NAMES } from '../../../../codegen/javascript/preflight-block.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { makeText, type Text } from '../../../../codegen/program/text.ts';
import { mulh32, mulhsu32, mulhu32 } from '../../../../runtime/arithmetic.ts';
import { assert, JitExecError } from '../../../../runtime/errors.ts';
import type { Exit } from '../../../../runtime/exit.ts';
import { TIMESTAMP_BITS } from '../../../../runtime/openvm/address-spaces.ts';
import { finalize, type TouchedBlock } from '../../../../runtime/openvm/equipartition.ts';
import { TracingMemory } from '../../../../runtime/openvm/tracing-memory.ts';
import { canGenerate } from '../../../engine/interpreters.ts';
import type { RecordedAccess } from './access.ts';
import { type Allot, RecordArenas } from './arenas.ts';
import { blockAt, type Operation } from './operations.ts';
import { SegmentHost } from './segment-host.ts';
import type { VmState } from './state.ts';

export interface RecordedSegment {
  readonly fromPc: number;
  readonly toPc: number;
  /** Of the next access. */
  readonly finalTimestamp: number;
  /** Undefined where the run goes on in another segment. */
  readonly exitCode: number | undefined;
  readonly instructions: number;
  /** By slot: how often its instruction was done. */
  readonly frequencies: Uint32Array;
  readonly arenas: RecordArenas;
  readonly touched: readonly TouchedBlock[];
}

type Block = (
  D: Int32Array,
  U: Int32Array,
  E: Int32Array,
  S: Int32Array,
  R: Int32Array,
  T: Int32Array,
  A: RecordedAccess,
  H: SegmentHost,
) => number;

interface Compiled {
  readonly run: Block;
  readonly instructions: number;
  /** How often it was entered in this segment. */
  entries: number;
  readonly slot: number;
}

export interface PreflightOptions {
  /** Where records go. */
  readonly allot?: Allot;
  /** Asked at times; the run then ends as interrupted. */
  readonly isStopped?: () => boolean;
}

/** Blocks between two looks whether to stop. */
const LOOK_EVERY = 65_536;

const ARITHMETIC = { imul: Math.imul, mulh32, mulhu32, mulhsu32 };

export class Preflight {
  readonly #text: Text;
  /** By slot: the block that begins there, and its first instruction alone. */
  readonly #blocks: (Compiled | undefined)[];
  readonly #singles: (Compiled | undefined)[];
  readonly #all: Compiled[] = [];

  /** @throws ENVIRONMENT where the host lets no text become a function */
  constructor(program: Program) {
    if (!canGenerate()) throw new JitExecError('ENVIRONMENT', 'preflight: the host forbids generated code');
    this.#text = makeText(isa('openvm'), program.textBase, program.text, () => false, program.gaps);
    this.#blocks = new Array<Compiled | undefined>(this.#text.slots);
    this.#singles = new Array<Compiled | undefined>(this.#text.slots);
  }

  get slots(): number {
    return this.#text.slots;
  }

  /**
   * Does so many instructions from a state on, which goes on to where they end; fewer where the run ends.
   * @throws USAGE where an arena is too small
   */
  run(
    state: VmState,
    instructions: number,
    heights: ArrayLike<number>,
    { allot, isStopped }: PreflightOptions = {},
  ): RecordedSegment | Exit {
    const arenas = new RecordArenas(heights, allot);
    const memory = new TracingMemory(state.memory, 8, arenas.accesses);
    const host = new SegmentHost(state, memory, arenas, this.#text);
    const fromPc = state.pc;
    const done = this.#run(host, arenas, instructions, isStopped);
    const frequencies = this.#takeFrequencies();
    if (host.exit !== undefined) {
      state.instructions += done;
      return host.exit;
    }
    const { clock } = host;
    assert(clock < 2 ** TIMESTAMP_BITS, `preflight: timestamp ${clock}`);
    const { exitCode } = host;
    state.pc = host.pc;
    state.instructions += done;
    const touched = finalize(memory);
    return { fromPc, toPc: host.pc, finalTimestamp: clock, exitCode, instructions: done, frequencies, arenas, touched };
  }

  /** Until so many instructions are done, or the run ends; gives how many were. */
  #run(
    host: SegmentHost,
    { words, used, ends }: RecordArenas,
    instructions: number,
    isStopped: () => boolean = () => false,
  ): number {
    const { control, access } = host;
    const { registers, registerTimes } = access;
    let left = instructions;
    let slot = host.slotOf(host.pc);
    let block: Compiled | undefined;
    let look = LOOK_EVERY;
    while (left > 0 && slot >= 0) {
      if (--look === 0) {
        look = LOOK_EVERY;
        if (isStopped()) return host.interrupt(slot);
      }
      block = this.#blocks[slot] ?? this.#compile(slot, this.#blocks);
      if (block.instructions > left) block = this.#singles[slot] ?? this.#compile(slot, this.#singles, 1);
      block.entries++;
      left -= block.instructions;
      slot = block.run(words, used, ends, control, registers, registerTimes, access, host);
    }
    if (slot >= 0) host.pc = this.#text.base + 4 * slot;
    // What was not done of the block.
    if (host.failedSlot !== undefined) left += block!.instructions - (host.failedSlot - block!.slot);
    return instructions - left;
  }

  #compile(slot: number, into: (Compiled | undefined)[], most?: number): Compiled {
    const operations = blockAt(this.#text, slot, most);
    assert(operations.length > 0, `preflight: nothing at slot ${slot}`);
    const compiled = { run: this.#link(operations), instructions: operations.length, entries: 0, slot };
    into[slot] = compiled;
    this.#all.push(compiled);
    return compiled;
  }

  #link(operations: readonly Operation[]): Block {
    const [first] = operations;
    if (first!.isHost) return (...given) => given[7].perform(first!);
    const emitted = operations.filter(operation => !operation.isHost);
    const { base, slots } = this.#text;
    const { text } = emitPreflightBlock(emitted, pc => {
      const slot = (pc - base) / 4;
      return Number.isInteger(slot) && slot >= 0 && slot < slots && !this.#text.isGap(slot) ? slot : -1;
    });
    return new Function('a', `const { ${PREFLIGHT_NAMES} } = a; return ${text};`)(ARITHMETIC) as Block;
  }

  #takeFrequencies(): Uint32Array {
    const frequencies = new Uint32Array(this.#text.slots);
    for (const block of this.#all) {
      for (let i = 0; i < block.instructions; i++) frequencies[block.slot + i]! += block.entries;
      block.entries = 0;
    }
    return frequencies;
  }
}
