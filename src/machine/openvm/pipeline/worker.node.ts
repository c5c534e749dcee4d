// A thread of the pipeline of segments: makes a segment in a place, and helps to fill those of others.

import type { MessagePort } from 'node:worker_threads';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { Bell } from '../../../../runtime/trace/bell.ts';
import { ChipModules, type ModuleExchange } from '../../../tracegen/fill.ts';
import { PhaseClock } from '../../../tracegen/threads/phase-clock.ts';
import { OwnPlace } from '../../../tracegen/threads/place.ts';
import { fillOne } from '../../../tracegen/threads/tiles.ts';
import { type Labour, workOn } from '../../../tracegen/threads/work.node.ts';
import { loadGuest } from '../../guest.ts';
import { SegmentChecker } from '../check/segment-checker.ts';
import { programTrace } from '../commitments.ts';
import { segmentClient } from '../gpu/airs.ts';
import { fixedColumns, openVmFiller } from '../traces/segment-traces.ts';
import { airNumbered, SegmentMaker } from './maker.ts';
import {
  type FromSegmentWorker,
  NO_SEGMENT_TIME,
  type SegmentPhases,
  type SegmentWorkerData,
  type ToSegmentWorker,
} from './protocol.ts';
import type { FixedColumns, SegmentSink } from './sink.ts';

/** A sink in a thread. */
export interface SegmentWorkerSink extends SegmentSink {
  /** What all segments share, once in a run. */
  fixed?(columns: FixedColumns): unknown;
}

type Body<M = FromSegmentWorker> = M extends FromSegmentWorker ? Omit<M, 'worker'> : never;

/** Works until the bell says that it is over. */
export function serveSegments(data: SegmentWorkerData, port: MessagePort, sink: SegmentWorkerSink): void {
  const post = (body: Body): void => port.postMessage({ worker: data.number, ...body });
  workOn(data.channel, port, data.number, ({ fillers }) => new SegmentWorker(data, post, sink, fillers));
}

class SegmentWorker implements Labour<ToSegmentWorker> {
  readonly bell: Bell;
  readonly #data: SegmentWorkerData;
  readonly #post: (body: Body) => void;
  readonly #sink: SegmentWorkerSink;
  readonly #clock = new PhaseClock<keyof SegmentPhases>(NO_SEGMENT_TIME, 'idle');
  readonly #modules: ChipModules;
  #places: readonly OwnPlace[] = [];
  #fixed: ReadonlyMap<string, Columns> | undefined;
  #maker: SegmentMaker | undefined;

  constructor(data: SegmentWorkerData, post: (body: Body) => void, sink: SegmentWorkerSink, modules: ModuleExchange) {
    this.bell = new Bell(data.bell);
    this.#data = data;
    this.#post = post;
    this.#modules = new ChipModules(modules);
    const clock = this.#clock;
    this.#sink = {
      begin: clock.timed('sink', sink.begin?.bind(sink)),
      chip: clock.timed('sink', sink.chip?.bind(sink)),
      end: clock.timed('sink', sink.end.bind(sink)),
      giveUp: () => sink.giveUp?.(),
      fixed: clock.timed('sink', sink.fixed?.bind(sink)),
    };
  }

  hear(message: ToSegmentWorker): void {
    if (message.kind === 'places') this.#places = message.places.map(place => new OwnPlace(place, this.#modules));
    else if (message.kind === 'make') this.#make(message);
    else this.#post({ kind: 'fixed', value: this.#sink.fixed?.(this.#fixedColumns()) });
  }

  work(): boolean {
    this.#clock.enter('fill');
    return this.#places.some(place => fillOne(place, airNumbered, this.#sink, false));
  }

  rest(): void {
    this.#clock.enter('idle');
  }

  end(): void {
    this.#post({ kind: 'ended', phases: this.#clock.take() });
  }

  #fixedColumns(): ReadonlyMap<string, Columns> {
    const { bytes, name } = this.#data.program;
    this.#fixed ??= fixedColumns(openVmFiller(), programTrace(loadGuest(bytes, name, 'openvm').program));
    return this.#fixed;
  }

  #make({ place, segment }: Extract<ToSegmentWorker, { kind: 'make' }>): void {
    this.#clock.enter('fill');
    this.#maker ??= new SegmentMaker({
      waveBytes: this.#data.waveBytes,
      sink: this.#sink,
      checker: this.#data.verifies ? new SegmentChecker(this.#fixedColumns()) : undefined,
      gpu: this.#data.gpu && segmentClient(this.#data.gpu, request => this.#post({ kind: 'gpu', request })),
      onOpen: () => this.bell.ring(),
      onPhase: phase => this.#clock.enter(phase),
    });
    const value = this.#maker.make(this.#places[place]!, segment);
    this.#post({ kind: 'made', place, index: segment.facts.index, value, phases: this.#clock.take() });
  }
}
