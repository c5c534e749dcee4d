// The pipeline of segments, seen from the thread that wants them:
//
//   guest: metered run ──plan──▶ here: places ──▶ guest: a segment is recorded in a place ──▶ a worker makes it: columns ──▶ sink
//                                  ▲                                                           ▲ the others fill tiles
//                                  └────────────── the place is free again ◀───────────────────┘

import type { MessagePort } from 'node:worker_threads';
import type { Bell } from '../../../../runtime/trace/bell.ts';
import type { GpuPolicy } from '../../../tracegen/device/requests.ts';
import type { DeviceService } from '../../../tracegen/device/service.ts';
import { Crew } from '../../../tracegen/threads/crew.node.ts';
import { addPhases } from '../../../tracegen/threads/phase-clock.ts';
import type { PlannedSegment } from '../../../verbs/plan.ts';
import { createPlace } from './place.ts';
import {
  type FromSegmentGuest,
  type FromSegmentWorker,
  NO_SEGMENT_TIME,
  type PlacedSegment,
  type SegmentPhases,
  type SegmentWorkerData,
  type ToSegmentGuest,
  type ToSegmentWorker,
} from './protocol.ts';
import { type SegmentRamPlan, segmentRamPlan } from './ram.ts';

export interface SegmentPipelineOptions {
  readonly program: SegmentWorkerData['program'];
  /** 0 where segments are only recorded. */
  readonly workers: number;
  readonly ramBytes: number;
  readonly waveBytes: number;
  readonly verifies: boolean;
  /** A device that fills some of the AIRs. */
  readonly gpu?: { readonly service: DeviceService; readonly policy: GpuPolicy } | undefined;
  readonly bell: Bell;
  /** What each worker runs, and what its sink is made by. */
  readonly script: URL;
  readonly sink: unknown;
  readonly onPlanned: (segments: readonly PlannedSegment[], ram: SegmentRamPlan | undefined) => void;
  /** `value`: what the sink made of it; undefined where segments are only recorded. */
  readonly onSegment: (facts: PlacedSegment['facts'], value: unknown) => void;
  readonly onFixed: (value: unknown) => void;
  /** The guest is to be asked to stop: nobody can go on. */
  readonly onFail: () => void;
}

export class SegmentPipeline {
  /** When all is made and no thread is left; rejects with the first error. */
  readonly done: Promise<void>;
  phases: SegmentPhases = NO_SEGMENT_TIME;
  planned: readonly PlannedSegment[] = [];
  ram: SegmentRamPlan | undefined;
  /** Segments that were handed out, and their rows without padding. */
  segments = 0;
  rows = 0;
  /** Whether all segments that were asked for are there. */
  isComplete = false;
  readonly #options: SegmentPipelineOptions;
  readonly #crew: Crew<ToSegmentWorker, FromSegmentWorker> | undefined;
  readonly #waiting: { readonly place: number; readonly segment: PlacedSegment }[] = [];
  readonly #inFlight = new Map<number, PlacedSegment>();
  #guestPort: MessagePort | undefined;
  #hasFixed: boolean;
  #recordedAll: { readonly isComplete: boolean } | undefined;
  #isOver = false;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor(options: SegmentPipelineOptions) {
    this.#options = options;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who waits for it comes later.
    this.done.catch(() => undefined);
    this.#hasFixed = options.workers === 0;
    if (options.workers === 0) return;
    this.#crew = new Crew(
      options.script,
      workerData(options),
      options.bell,
      message => {
        if (message.kind === 'ended') this.phases = addPhases(this.phases, message.phases);
        else if (message.kind === 'gpu') void options.gpu!.service.serve(message.request);
        else this.#guarded(() => this.#hear(message));
      },
      error => this.fail(error),
    );
    this.#crew.tell(options.workers - 1, { kind: 'fixed' });
  }

  /** A message of the guest's thread. */
  hearGuest(message: FromSegmentGuest): void {
    this.#guarded(() => {
      if (message.kind === 'planned') this.#begin(message);
      else if (message.kind === 'recordedAll') this.#recordedAll = message;
      else if (message.place === undefined) this.#handOver(message.segment, undefined);
      else this.#waiting.push({ place: message.place, segment: message.segment });
      this.#goOn();
    });
  }

  #guarded(step: () => void): void {
    if (this.#isOver) return;
    try {
      step();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  #begin({ segments, programRows, port }: Extract<FromSegmentGuest, { kind: 'planned' }>): void {
    const { workers, ramBytes: budgetBytes, waveBytes, verifies, onPlanned } = this.#options;
    this.#guestPort = port as MessagePort;
    this.planned = segments;
    if (this.#crew === undefined) {
      onPlanned(segments, undefined);
      return;
    }
    this.ram = segmentRamPlan({ budgetBytes, workers, segments, programRows, waveBytes, verifies });
    onPlanned(segments, this.ram);
    const places = Array.from({ length: this.ram.places }, () => createPlace(workers));
    this.#crew.tellAll({ kind: 'places', places });
    this.#tellGuest({ kind: 'places', places });
  }

  #tellGuest(message: ToSegmentGuest): void {
    this.#guestPort?.postMessage(message);
    this.#options.bell.ring();
  }

  #hear(message: FromSegmentWorker): void {
    if (message.kind === 'fixed') {
      this.#options.onFixed(message.value);
      this.#hasFixed = true;
    } else if (message.kind === 'made') this.#made(message);
    this.#goOn();
  }

  #made({ worker, place, index, value, phases }: Extract<FromSegmentWorker, { kind: 'made' }>): void {
    this.phases = addPhases(this.phases, phases);
    this.#crew!.members[worker]!.shard = undefined;
    const segment = this.#inFlight.get(index)!;
    this.#inFlight.delete(index);
    this.#handOver(segment, value);
    this.#tellGuest({ kind: 'free', place });
  }

  #handOver({ facts }: PlacedSegment, value: unknown): void {
    this.#options.onSegment(facts, value);
    this.segments++;
    this.rows += facts.airs.reduce((sum, { realRows }) => sum + realRows, 0);
  }

  #goOn(): void {
    for (const member of this.#crew?.members ?? []) {
      if (member.shard !== undefined) continue;
      const next = this.#waiting.shift();
      if (next === undefined) break;
      member.shard = next.segment.facts.index;
      this.#inFlight.set(member.shard, next.segment);
      this.#crew!.tell(member.number, { kind: 'make', ...next });
    }
    const isIdle = this.#waiting.length === 0 && this.#inFlight.size === 0 && this.#hasFixed;
    if (this.#recordedAll === undefined || !isIdle) return;
    this.isComplete = this.#recordedAll.isComplete;
    this.#end(undefined, this.#crew?.dismiss());
  }

  #end(error: Error | undefined, crew: Promise<void> | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tellGuest({ kind: 'close' });
    this.#guestPort?.close();
    Promise.resolve(crew).then(() => (error === undefined ? this.#resolve() : this.#reject(error)), this.#reject);
  }

  /** Gives up what is not complete. */
  stop(): void {
    this.#end(undefined, this.#crew?.end());
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#options.onFail();
    this.#end(error, this.#crew?.end());
  }
}

function workerData(options: SegmentPipelineOptions): SegmentWorkerData[] {
  const { workers, bell, program, waveBytes, verifies, sink, gpu } = options;
  const channel = `jit-exec fillers ${crypto.randomUUID()}`;
  return Array.from({ length: workers }, (_, number) => ({
    ...{ number, hasPlace: true, bell: bell.shared, channel, program, waveBytes, verifies, sink, gpu: gpu?.policy },
  }));
}
