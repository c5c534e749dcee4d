// Runs a segment with every access recorded: upstream's preflight mode.
// Reference: openvm:crates/vm/src/arch/interpreter_preflight.rs, v1.4.0.

import type { Program } from '../../../../codegen/program/program.ts';
import { assert, JitExecError } from '../../../../runtime/errors.ts';
import type { Exit } from '../../../../runtime/exit.ts';
import { TIMESTAMP_BITS } from '../../../../runtime/openvm/address-spaces.ts';
import type { TouchedBlock } from '../../../../runtime/openvm/equipartition.ts';
import { canGenerate } from '../../../engine/interpreters.ts';
import { type Allot, RecordArenas, type SegmentRecords } from './arenas.ts';
import { RecordedCode } from './recorded-code.ts';
import { RecordedMemory } from './recorded-memory.ts';
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
  readonly arenas: SegmentRecords;
  readonly touched: readonly TouchedBlock[];
}

export interface PreflightOptions {
  /** Where records go; unless given they stay where they were recorded until the next segment comes. */
  readonly allot?: Allot;
  /** Asked at times; the run then ends as interrupted. */
  readonly isStopped?: () => boolean;
}

export class Preflight {
  readonly #memory: RecordedMemory;
  readonly #code: RecordedCode;
  /** Records of the last segment that lie where the next one's will. */
  #lent: SegmentRecords | undefined;

  /**
   * `hot`: entries of a loop or function before it is compiled.
   * @throws ENVIRONMENT where the host lets no text become a function, or has no WebAssembly
   */
  constructor(program: Program, hot?: number) {
    if (!canGenerate()) throw new JitExecError('ENVIRONMENT', 'preflight: the host forbids generated code');
    this.#memory = new RecordedMemory();
    this.#code = new RecordedCode(program, this.#memory, hot);
  }

  get slots(): number {
    return this.#code.text.slots;
  }

  /**
   * Does so many instructions from a state on, which goes on to where they end; fewer where the run ends.
   * @throws USAGE where an arena is too small
   */
  run(
    state: VmState,
    instructions: number,
    heights: ArrayLike<number>,
    { allot, isStopped = () => false }: PreflightOptions = {},
  ): RecordedSegment | Exit {
    this.#lent?.makeWay();
    this.#lent = undefined;
    const arenas = new RecordArenas(this.#memory, heights);
    this.#memory.begin(state.memory, arenas.accesses);
    const host = new SegmentHost(state, this.#memory, arenas, this.#code.text);
    const fromPc = state.pc;
    try {
      const done = this.#run(host, arenas, instructions, isStopped);
      state.instructions += done;
      if (host.exit !== undefined) {
        this.#giveUp(state);
        return host.exit;
      }
      const { clock, exitCode, pc: toPc } = host;
      assert(clock < 2 ** TIMESTAMP_BITS, `preflight: timestamp ${clock}`);
      state.pc = toPc;
      const frequencies = this.#code.takeFrequencies();
      const touched = this.#memory.finish(state.memory);
      const records = arenas.recorded;
      if (allot === undefined) this.#lent = records;
      else records.move(allot);
      return {
        fromPc,
        toPc,
        finalTimestamp: clock,
        exitCode,
        instructions: done,
        frequencies,
        arenas: records,
        touched,
      };
    } catch (error) {
      this.#giveUp(state);
      throw error;
    }
  }

  #giveUp(state: VmState): void {
    this.#code.takeFrequencies();
    this.#memory.abandon(state.memory);
  }

  /** Until so many instructions are done, or the run ends; gives how many were. */
  #run(host: SegmentHost, arenas: RecordArenas, instructions: number, isStopped: () => boolean): number {
    const { clock, registers, registerTimes } = this.#memory;
    const block = [
      arenas.words,
      arenas.tails,
      arenas.ends,
      clock,
      registers,
      registerTimes,
      this.#memory,
      host,
    ] as const;
    const { done, slot } = this.#code.run(host.slotOf(host.pc), instructions, { host, arenas, isStopped }, block);
    if (slot >= 0) host.pc = this.#code.text.base + 4 * slot;
    return done;
  }
}
