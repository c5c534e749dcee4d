// Makes a shard in a place: its record, its events, then its columns, in waves of chips which other threads help to fill.

import type { Program } from '../../../../codegen/program/program.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import type { KeptCode } from '../../../engine/code/kept-code.ts';
import type { ChipModules } from '../../../tracegen/fill.ts';
import { callEvents, sentCallEvents, type Unprovable } from '../records/call-events.ts';
import { CALL_SHAPES, type ChipName } from '../records/chips.ts';
import type { Splice } from '../records/cut/splice.ts';
import { packCalls, type SentCall } from '../records/packed-calls.ts';
import { CUMULATIVE_SUM } from '../records/public-values.ts';
import type { RecordedCall } from '../records/recorded-call.ts';
import type { ShardRecord } from '../records/recorder.ts';
import type { Shard } from '../records/shards.ts';
import { byteEvents, countPublicValues, ProgramTable, rangeEvents } from '../records/tables.ts';
import { listEvents } from './list-events.ts';
import type { CallPiece } from './memory/call-store.ts';
import type { MemoryStates, Registers } from './memory/memory-lists.ts';
import { Place } from './memory/place.ts';
import { type ShardSink, UNPROVABLE } from './sink.ts';
import { type Events, type WaveOptions, Waves } from './waves.ts';

/** What of a run a shard is made of. */
export interface ShardJob {
  readonly shard: Shard;
  /** Public values, the global sum left out. */
  readonly values: readonly number[];
  /** Otherwise only what other shards need of it is made. */
  readonly isWanted: boolean;
  /** Of a core shard: the chunk, or the piece of it. */
  readonly chunk?: TraceChunk | undefined;
  /** Where the shard is in it, if not where the shard says. */
  readonly piece?: Pick<Splice, 'entriesBefore' | 'entriesEnd'> | undefined;
  /** Of a precompile shard. */
  readonly calls?: Iterable<SentCall> | undefined;
  /** Of a shard with global memory events; registers those of the last core shard, unless it is that one. */
  readonly memory?: MemoryStates | undefined;
  readonly registers?: Registers | undefined;
}

/** What other shards need of a core shard. */
export interface CoreRecords {
  readonly registers: Registers;
  /** By the code under which they are filed. */
  readonly calls: ReadonlyMap<number, CallPiece<Int32Array>>;
}

const TABLES: readonly ChipName[] = ['Byte', 'Range'];

export interface MakerOptions extends WaveOptions {
  readonly seats: number;
  readonly modules: ChipModules;
  /** Walks of other threads. */
  readonly kept?: KeptCode;
}

export class ShardMaker {
  readonly place: Place;
  readonly #program: ProgramTable;
  readonly #sink: ShardSink;
  readonly #options: MakerOptions;

  constructor(program: Program, sink: ShardSink, options: MakerOptions) {
    this.place = Place.create(program, options);
    this.#program = new ProgramTable(program);
    this.#sink = sink;
    this.#options = options;
  }

  /** Gives what the sink made of the shard. `onRecorded`: the chunk is not needed any more. */
  make(job: ShardJob, onRecorded: (recorded: CoreRecords) => void = () => undefined): unknown {
    const { shard, isWanted } = job;
    const { splice } = shard;
    const { onPhase = () => undefined } = this.#options;
    onPhase('record');
    const record =
      splice === undefined ? undefined : this.place.recorder.record(job.chunk!, { ...splice, ...job.piece });
    if (record !== undefined) onRecorded(recordedOf(record));
    if (!isWanted) return undefined;
    const { recorder } = this.place;
    this.place.begin(shard.index, record === undefined ? recorder.roomEnd : recorder.end);
    onPhase('events');
    const unprovable = splice?.unprovable === undefined ? undefined : { ...splice.unprovable, reason: UNPROVABLE };
    const events = unprovable ?? eventsOf(job, record);
    if (!(events instanceof Map)) return this.#withoutColumns(job, events);
    try {
      return this.#fill(job, events, record?.executions);
    } catch (error) {
      this.#sink.giveUp?.();
      throw error;
    }
  }

  #withoutColumns({ shard, values, memory }: ShardJob, unprovable: Unprovable): unknown {
    return this.#sink.end({
      shard,
      publicValues: values,
      unprovable,
      unknown: unknownOf(memory),
      columns: [],
      events: new Map(),
      results: [],
      devices: [],
    });
  }

  #fill({ shard, values, memory }: ShardJob, events: Events, executions: Uint32Array | undefined): unknown {
    const { place } = this;
    const before = this.#sink.begin?.(shard) ?? 0;
    const publicValues = [...values];
    const wave = new Waves(place, shard, this.#sink, this.#options, before);
    const others = shard.chips.filter(({ name }) => name !== 'Global' && !TABLES.includes(name));
    this.#program.setExecutions(executions);
    events.set('Program', this.#program.events);
    const sum = wave.fillWithGlobal(others, events);
    publicValues.splice(CUMULATIVE_SUM, sum.length, ...sum);
    const counts = place.gatherCounts();
    countPublicValues(counts, publicValues);
    events.set('Byte', byteEvents(counts));
    events.set('Range', rangeEvents(counts));
    wave.fill(
      shard.chips.filter(({ name }) => TABLES.includes(name)),
      events,
    );
    return this.#sink.end({
      ...{ shard, publicValues, unprovable: undefined, unknown: unknownOf(memory) },
      ...wave.made,
      events,
    });
  }
}

const unknownOf = (memory: MemoryStates | undefined): number =>
  (memory?.init.unknown ?? 0) + (memory?.finalize.unknown ?? 0);

function recordedOf({ registers, deferred }: ShardRecord): CoreRecords {
  const filed = new Map<number, RecordedCall[]>();
  for (const call of deferred) {
    const { filedUnder } = CALL_SHAPES.get(call.code)!;
    const listed = filed.get(filedUnder);
    if (listed === undefined) filed.set(filedUnder, [call]);
    else listed.push(call);
  }
  const pieces = [...filed].map(([code, calls]) => [code, { words: packCalls(calls), calls: calls.length }] as const);
  return { registers, calls: new Map(pieces) };
}

/** All events but those of Global and the tables. */
function eventsOf({ shard, calls, memory, registers }: ShardJob, record: ShardRecord | undefined): Events | Unprovable {
  const ofCalls = calls === undefined ? callEvents(record?.retained ?? []) : sentCallEvents([...calls]);
  if (!(ofCalls instanceof Map)) return ofCalls;
  const last = record?.registers ?? registers;
  const ofMemory = memory === undefined ? [] : listEvents(memory, shard, last!);
  return new Map([...(record?.events ?? []), ...ofCalls, ...ofMemory]);
}
