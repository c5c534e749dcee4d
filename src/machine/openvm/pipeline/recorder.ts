// Runs the segments of a plan one after the other with all accesses recorded, and says what is known of each.

import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import type { Exit } from '../../../../runtime/exit.ts';
import { MemoryTree } from '../../../../runtime/openvm/memory-tree.ts';
import type { PublicValuesProof } from '../../../proof/openvm/public-values.ts';
import type { HeightConstraint } from '../../../proof/stark/key.ts';
import type { PlannedSegment } from '../../../verbs/plan.ts';
import { AIRS, heightsById } from '../airs.ts';
import { programTrace, provePublicValues } from '../commitments.ts';
import { checkHeights, heightConstraints } from '../flow/heights.ts';
import type { HostInput } from '../host.ts';
import { hashFast } from '../permutation.ts';
import { Preflight, type PreflightOptions } from '../preflight/preflight.ts';
import { initialState, publicValuesOf, type VmState } from '../preflight/state.ts';
import { padded, SegmentEvents } from '../traces/segment-events.ts';
import type { AirFacts, SegmentFacts } from './protocol.ts';

/** A segment, and what its columns are made from. */
export interface RecordedEvents {
  readonly facts: SegmentFacts;
  /** By AIR of the facts: structs, of Program the counts, of tables of lookups nothing. */
  readonly events: readonly (Uint8Array | undefined)[];
}

export class SegmentRecorder {
  readonly #preflight: Preflight;
  readonly #state: VmState;
  readonly #program: readonly (readonly number[])[];
  readonly #digest: (bytes: Uint8Array) => string;
  readonly #constraints: readonly HeightConstraint[];
  /** Of the memory at the state; made when somebody asks for what it changed in. */
  #tree: MemoryTree | undefined;

  /** `digest`: SHA-256, hexadecimal; `constraints` bound the heights of a segment. */
  constructor(
    program: Program,
    input: HostInput,
    digest: (bytes: Uint8Array) => string,
    constraints: readonly HeightConstraint[] = heightConstraints(),
  ) {
    hashFast();
    this.#preflight = new Preflight(program);
    this.#state = initialState(program, input);
    this.#program = programTrace(program);
    this.#digest = digest;
    this.#constraints = constraints;
  }

  /** Rows of the program's matrix. */
  get programRows(): number {
    return this.#program.length;
  }

  /** Instructions that were done. */
  get instructions(): number {
    return this.#state.instructions;
  }

  /** Runs a segment that nobody wants. */
  skip(plan: PlannedSegment, options: PreflightOptions): Exit | undefined {
    const segment = this.#preflight.run(this.#state, plan.instructions, heightsById(plan.heights), options);
    this.#tree = undefined;
    return 'kind' in segment ? segment : undefined;
  }

  /** Runs the next segment. @throws USAGE where an arena is too small, or its traces are too high */
  record(index: number, plan: PlannedSegment, options: PreflightOptions): RecordedEvents | Exit {
    this.#tree ??= MemoryTree.of(this.#state.memory);
    const segment = this.#preflight.run(this.#state, plan.instructions, heightsById(plan.heights), options);
    if ('kind' in segment) return segment;
    const change = this.#tree.update(segment.touched);
    const events = new SegmentEvents(segment, change);
    const airs = this.#airs(events);
    checkHeights(
      airs.map(([{ id, rows }]) => ({ airId: id, rows })),
      this.#constraints,
    );
    const { fromPc, toPc, exitCode, finalTimestamp, instructions, touched, arenas } = segment;
    const { allocated } = arenas.accesses;
    return {
      facts: {
        ...{ index, instretStart: plan.instretStart, instructions, fromPc, toPc, exitCode },
        ...{ initialRoot: change.before, finalRoot: change.after, finalTimestamp, touched: touched.length },
        accessRecords: { bytes: allocated.length, sha256: this.#digest(allocated) },
        airs: airs.map(([facts]) => facts),
      },
      events: airs.map(([, structs]) => structs),
    };
  }

  /** AIRs that have rows. */
  #airs(events: SegmentEvents): (readonly [AirFacts, Uint8Array | undefined])[] {
    return OPENVM_CHIPS.flatMap(({ name, event }, id): (readonly [AirFacts, Uint8Array | undefined])[] => {
      const publicValues = events.publicValues(name);
      if (name === 'Program') {
        const counts = events.frequencies(this.#program);
        const rows = counts.length;
        return [[{ id, rows, realRows: rows, publicValues }, new Uint8Array(counts.buffer)]];
      }
      const structs = events.of(name);
      if (structs === undefined) {
        const rows = AIRS[id]!.fixedRows!;
        return [[{ id, rows, realRows: rows, publicValues }, undefined]];
      }
      const realRows = structs.length / event.bytes;
      return realRows === 0 ? [] : [[{ id, rows: padded(realRows), realRows, publicValues }, structs]];
    });
  }

  /** That the public values of the run, which has ended, are those of its memory. */
  publicValues(): PublicValuesProof {
    this.#tree ??= MemoryTree.of(this.#state.memory);
    return provePublicValues(this.#tree, publicValuesOf(this.#state));
  }
}
