// Makes a shard in a place: its record, its events, then its columns, in waves of chips which other threads help to fill.

import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { traceLayout } from '../../../../runtime/columns/layout.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import type { BoardChip } from '../../../tracegen/board.ts';
import type { ChipModules } from '../../../tracegen/fill.ts';
import { callEvents, sentCallEvents, type Unprovable } from '../records/call-events.ts';
import { CALL_SHAPES, CHIP_NAMES, type ChipName } from '../records/chips.ts';
import { globalRows } from '../records/global-events.ts';
import { packCalls, type SentCall } from '../records/packed-calls.ts';
import { CUMULATIVE_SUM } from '../records/public-values.ts';
import type { RecordedCall } from '../records/recorded-call.ts';
import type { ShardRecord } from '../records/recorder.ts';
import type { Shard, ShardChip } from '../records/shards.ts';
import type { Splice } from '../records/splice.ts';
import { byteEvents, countPublicValues, ProgramTable, rangeEvents } from '../records/tables.ts';
import type { CallPiece } from './call-store.ts';
import { listEvents } from './list-events.ts';
import type { MemoryStates, Registers } from './memory-lists.ts';
import { Place } from './place.ts';
import { type ShardSink, UNPROVABLE } from './sink.ts';
import { fillOne, UNORDERED } from './tiles.ts';

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
export interface Recorded {
  readonly registers: Registers;
  /** By the code under which they are filed. */
  readonly calls: ReadonlyMap<number, CallPiece<Int32Array>>;
}

type Events = Map<ChipName, Uint8Array>;
const TABLES: readonly ChipName[] = ['Byte', 'Range'];
const ORDER_FREE: ReadonlySet<ChipName> = new Set(['MemoryLocal', 'Global']);
const CARRIES = [0x00010130, 0x00010131];

/** Whether SP1 leaves the order of the chip's rows open. */
function isUnordered(name: ChipName, { splice }: Shard): boolean {
  return ORDER_FREE.has(name) || (name === 'Uint256Ops' && CARRIES.every(code => splice?.retained.has(code) === true));
}

export interface MakerOptions {
  readonly seats: number;
  /** Bytes of columns at a time, where the sink does not take shards whole: chips larger than that come one by one. */
  readonly waveBytes: number;
  /** There is something that others can help with. */
  readonly onOpen?: () => void;
  readonly modules: ChipModules;
  readonly onPhase?: (phase: 'record' | 'events' | 'fill') => void;
}

export class ShardMaker {
  readonly place: Place;
  readonly #program: ProgramTable;
  readonly #sink: ShardSink;
  readonly #options: MakerOptions;

  constructor(program: Program, sink: ShardSink, options: MakerOptions) {
    this.place = Place.create(program, options.seats, options.modules);
    this.#program = new ProgramTable(program);
    this.#sink = sink;
    this.#options = options;
  }

  /** Gives what the sink made of the shard. `onRecorded`: the chunk is not needed any more. */
  make(job: ShardJob, onRecorded: (recorded: Recorded) => void = () => undefined): unknown {
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

  #withoutColumns({ shard, values }: ShardJob, unprovable: Unprovable): unknown {
    return this.#sink.end({ shard, publicValues: values, unprovable, columns: [], events: new Map(), results: [] });
  }

  #fill({ shard, values }: ShardJob, events: Events, executions: Uint32Array | undefined): unknown {
    const { place } = this;
    const before = this.#sink.begin?.(shard) ?? 0;
    const publicValues = [...values];
    const wave = new Waves(place, shard, this.#sink, this.#options, before);
    const others = shard.chips.filter(({ name }) => name !== 'Global' && !TABLES.includes(name));
    this.#program.setExecutions(executions);
    events.set('Program', this.#program.events);
    // While others fill what there is, Global's points are computed.
    wave.fill(others, events, () => {
      const count = shard.chips.find(({ name }) => name === 'Global')!.realRows;
      const global = globalRows(events, count);
      events.set('Global', global.events);
      publicValues.splice(CUMULATIVE_SUM, global.sum.length, ...global.sum);
    });
    wave.fill(
      shard.chips.filter(({ name }) => name === 'Global'),
      events,
    );
    const counts = place.gatherCounts();
    countPublicValues(counts, publicValues);
    events.set('Byte', byteEvents(counts));
    events.set('Range', rangeEvents(counts));
    wave.fill(
      shard.chips.filter(({ name }) => TABLES.includes(name)),
      events,
    );
    return this.#sink.end({ shard, publicValues, unprovable: undefined, ...wave.made, events });
  }
}

function recordedOf({ registers, deferred }: ShardRecord): Recorded {
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

/** The chips of a shard, as many at a time as there is room for. */
class Waves {
  readonly #place: Place;
  readonly #shard: Shard;
  readonly #sink: ShardSink;
  readonly #options: MakerOptions;
  #before: number;
  #chips = 0;
  readonly made: { readonly columns: Columns[]; readonly results: Uint8Array[] } = { columns: [], results: [] };

  constructor(place: Place, shard: Shard, sink: ShardSink, options: MakerOptions, before: number) {
    this.#place = place;
    this.#shard = shard;
    this.#sink = sink;
    this.#options = options;
    this.#before = before;
  }

  /** `meanwhile` is done once, when others have something to fill. */
  fill(chips: readonly ShardChip[], events: Events, meanwhile: () => void = () => undefined): void {
    let first = true;
    for (let from = 0; from < chips.length || first; ) {
      const mark = this.#place.mark;
      const wave: BoardChip[] = [];
      let bytes = 0;
      for (; from < chips.length; from++) {
        const size = 4 * layoutOf(chips[from]!).length;
        if (!this.#sink.isWhole && wave.length > 0 && bytes + size > this.#options.waveBytes) break;
        wave.push(this.#placed(chips[from]!, events));
        bytes += size;
      }
      this.#run(wave, first ? meanwhile : () => undefined);
      first = false;
      if (!this.#sink.isWhole) this.#place.reset(mark);
    }
  }

  #placed({ name, rows, realRows }: ShardChip, events: Events): BoardChip {
    const chip = sp1Chip(name);
    const structs = events.get(name) ?? new Uint8Array(0);
    const { width, length } = layoutOf({ name, rows, realRows });
    const before = this.#before;
    this.#before += 4 * width * rows;
    return {
      chip: CHIP_NAMES.indexOf(name),
      events: this.#place.eventsAt(structs),
      columns: this.#place.take(4 * length),
      // The events of Program have its padding in them.
      realRows: structs.length / chip.event.bytes,
      rows,
      width,
      flags: isUnordered(name, this.#shard) ? UNORDERED : 0,
      before,
    };
  }

  #run(wave: readonly BoardChip[], meanwhile: () => void): void {
    const { board } = this.#place;
    const first = this.#chips;
    this.#chips += wave.length;
    board.open(wave);
    this.#options.onOpen?.();
    this.#options.onPhase?.('events');
    meanwhile();
    this.#options.onPhase?.('fill');
    while (fillOne(this.#place, this.#sink, true));
    board.close();
    for (const [i, one] of wave.entries()) {
      this.made.results.push(board.result(first + i).slice());
      if (this.#sink.isWhole) this.made.columns.push(this.#columns(one));
    }
  }

  #columns({ chip, columns, rows }: BoardChip): Columns {
    const name = CHIP_NAMES[chip]!;
    const { realRows } = this.#shard.chips.find(one => one.name === name)!;
    const { width, stride, length } = layoutOf({ name, rows, realRows });
    return { name, rows, realRows, width, stride, data: this.#place.filler.words(columns, length) };
  }
}

function layoutOf({ name, rows }: ShardChip): ReturnType<typeof traceLayout> {
  const chip = sp1Chip(name);
  return traceLayout(chip.columns.length - chip.fixed, rows);
}
