// The guest's side of the pipeline: a metered run cuts the segments, then each is run again and recorded in a place.

import { createHash } from 'node:crypto';
import { MessageChannel, type MessagePort, receiveMessageOnPort, type TransferListItem } from 'node:worker_threads';
import type { Program } from '../../../../codegen/program/program.ts';
import type { Exit } from '../../../../runtime/exit.ts';
import { INTERRUPT } from '../../../../runtime/layout.ts';
import type { Bell } from '../../../../runtime/trace/bell.ts';
import type { PublicValuesProof } from '../../../proof/openvm/public-values.ts';
import type { RunData } from '../../../result.ts';
import type { SharedPlace } from '../../../tracegen/threads/place.ts';
import type { ExecuteOptions } from '../../../verbs/execute.ts';
import { type PlannedSegment, type PlanOptions, type PlanResult, plan } from '../../../verbs/plan.ts';
import { loadGuest } from '../../guest.ts';
import { PlaceRecords } from './place-records.ts';
import type { FromSegmentGuest, ToSegmentGuest } from './protocol.ts';
import { SegmentRecorder } from './recorder.ts';

export interface SegmentGuestOptions extends PlanOptions {
  /** Threads that fill. */
  readonly seats: number;
  /** Whether segments are recorded, or only cut. */
  readonly records: boolean;
  /** Whether columns are made, which takes places; otherwise segments are only recorded. */
  readonly makes: boolean;
  readonly onlySegment: number | undefined;
}

/** A run whose segments were recorded. */
export interface RecordedRun extends PlanResult {
  /** Of a run that ended by itself and was recorded up to there. */
  readonly publicValuesProof?: PublicValuesProof | undefined;
  /** Why recording ended before the run did: what the run did that no proof can be of. */
  readonly refusal?: Exit | undefined;
}

type Send = (message: FromSegmentGuest, transfer?: readonly TransferListItem[]) => void;

/** Runs a guest twice. Throws JitExecError where a segment needs more than it was planned to. */
export function runIntoSegments(bytes: Uint8Array, options: SegmentGuestOptions, bell: Bell, send: Send): RecordedRun {
  const { seats, makes, records, onlySegment, ...planOptions } = options;
  const result = plan(bytes, planOptions);
  const { program } = loadGuest(bytes, options.name ?? 'program', 'openvm');
  const recorder = new SegmentRecorder(program, quietInput(options), digest);
  const { port1, port2 } = new MessageChannel();
  const wanted = onlySegment === undefined ? result.segments : result.segments.slice(0, onlySegment + 1);
  send({ kind: 'planned', segments: wanted, programRows: recorder.programRows, port: port2 }, [port2]);
  const guest = new RecordingGuest(recorder, { bell, port: port1, send, seats, makes, interrupt: options.interrupt });
  const refusal = records ? guest.record(wanted, onlySegment) : undefined;
  const isComplete = refusal === undefined && !guest.isClosed;
  send({ kind: 'recordedAll', isComplete });
  port1.close();
  const isWhole = records && isComplete && result.exit.kind === 'halted' && wanted.length === result.segments.length;
  return {
    ...result,
    ...(isWhole && { publicValuesProof: recorder.publicValues() }),
    ...(refusal !== undefined &&
      refusal.kind !== 'interrupted' && {
        ...placeOf(program, refusal),
        instructions: recorder.instructions,
        refusal,
      }),
  };
}

/** The refusal as the end of the run, with where it is. */
function placeOf(program: Program, exit: Exit): Pick<RunData, 'exit'> & { readonly symbol?: string } {
  const pc = Number(exit.pc);
  return { exit, ...(program.symbolAt(pc) !== undefined && { symbol: program.describeAddress(pc) }) };
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The second run says nothing. */
const quietInput = ({
  inputs = [],
  keyValues = [],
}: ExecuteOptions): ConstructorParameters<typeof SegmentRecorder>[1] => ({
  inputs,
  keyValues,
  stdout: () => undefined,
});

interface RecordingOptions extends Pick<SegmentGuestOptions, 'seats' | 'makes'> {
  readonly interrupt: Int32Array | undefined;
  readonly bell: Bell;
  readonly port: MessagePort;
  readonly send: Send;
}

class RecordingGuest {
  readonly #recorder: SegmentRecorder;
  readonly #options: RecordingOptions;
  #places: readonly PlaceRecords[] = [];
  readonly #free: number[] = [];
  isClosed = false;

  constructor(recorder: SegmentRecorder, options: RecordingOptions) {
    this.#recorder = recorder;
    this.#options = options;
  }

  /** Gives why not all could be recorded. */
  record(segments: readonly PlannedSegment[], only: number | undefined): Exit | undefined {
    for (const [index, planned] of segments.entries()) {
      this.isClosed ||= this.#isStopped();
      if (this.isClosed) return undefined;
      const refusal =
        only !== undefined && index !== only
          ? this.#recorder.skip(planned, { isStopped: this.#isStopped })
          : this.#recordOne(index, planned);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  readonly #isStopped = (): boolean => {
    const { interrupt } = this.#options;
    return interrupt !== undefined && Atomics.load(interrupt, INTERRUPT.stop) !== 0;
  };

  #recordOne(index: number, planned: PlannedSegment): Exit | undefined {
    const number = this.#options.makes ? this.#takePlace() : undefined;
    if (this.isClosed) return undefined;
    const place = number === undefined ? undefined : this.#places[number]!;
    const recorded = this.#recorder.record(index, planned, {
      isStopped: this.#isStopped,
      ...(place && { allot: place.allot }),
    });
    if ('kind' in recorded) return recorded;
    const segment = place?.put(recorded) ?? { facts: recorded.facts, events: [], end: 0 };
    this.#options.send({ kind: 'recorded', segment, place: number });
    return undefined;
  }

  /** A place that nobody uses; waits for one. */
  #takePlace(): number | undefined {
    const { bell, port } = this.#options;
    for (;;) {
      const { rung } = bell;
      const message = receiveMessageOnPort(port)?.message as ToSegmentGuest | undefined;
      if (message !== undefined) this.#hear(message);
      else if (bell.isStopped || this.#isStopped()) this.isClosed = true;
      else if (this.#free.length === 0) bell.wait(rung);
      if (this.isClosed || (message === undefined && this.#free.length > 0)) return this.#free.shift();
    }
  }

  #hear(message: ToSegmentGuest): void {
    if (message.kind === 'close') this.isClosed = true;
    else if (message.kind === 'free') this.#free.push(message.place);
    else {
      const { seats } = this.#options;
      this.#places = message.places.map((place: SharedPlace) => new PlaceRecords(place, seats));
      this.#free.push(...message.places.keys());
    }
  }
}
