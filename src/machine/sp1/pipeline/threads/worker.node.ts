// A thread of the pipeline: cuts chunks, makes shards in its place, helps to fill those of others.

import type { MessagePort } from 'node:worker_threads';
import { JitExecError } from '../../../../../runtime/errors.ts';
import { Bell } from '../../../../../runtime/trace/bell.ts';
import { TraceChunk } from '../../../../../runtime/trace/chunk.ts';
import { ChunkRing, type ClaimedChunk, type RingHandle } from '../../../../../runtime/trace/ring.ts';
import { KeptCode } from '../../../../engine/code/kept-code.ts';
import { ChipModules } from '../../../../tracegen/fill.ts';
import { PhaseClock } from '../../../../tracegen/threads/phase-clock.ts';
import { PlaceView } from '../../../../tracegen/threads/place.ts';
import { type SentError, sentError } from '../../../../tracegen/threads/sent-error.ts';
import { fillOne } from '../../../../tracegen/threads/tiles.ts';
import { type Exchanges, type Labour, workOn } from '../../../../tracegen/threads/work.node.ts';
import { loadGuest } from '../../../guest.ts';
import { shardClient } from '../../gpu/chips.ts';
import { GranuleSet } from '../../records/cut/granules.ts';
import type { SplicedChunk } from '../../records/cut/splice.ts';
import { Splicer } from '../../records/cut/splicer.ts';
import { type SentCall, unpackCalls } from '../../records/packed-calls.ts';
import { type CoreRecords, ShardMaker } from '../maker.ts';
import type { CallPiece, TakenCalls } from '../memory/call-store.ts';
import { Spill, type Stored } from '../memory/spill.node.ts';
import { preprocessedColumns } from '../preprocessed.ts';
import type { ShardSink } from '../sink.ts';
import { chipNumbered } from '../waves.ts';
import { type FromWorker, NO_TIME, type Phases, type ShardSource, type ToWorker, type WorkerData } from './protocol.ts';

/** A sink in a thread: of chunks too. */
export interface WorkerSink extends ShardSink {
  /** A chunk as it lies in the ring; what it gives goes to who asked for the run. */
  chunk?(claimed: ClaimedChunk): unknown;
  preprocessed?(columns: ReturnType<typeof preprocessedColumns>): unknown;
}

type Body<M = FromWorker> = M extends FromWorker ? Omit<M, 'worker'> : never;
type Make = Extract<ToWorker, { kind: 'make' }>;

/** Works until the bell says that it is over. */
export function serve(data: WorkerData, port: MessagePort, sink: WorkerSink): void {
  const post = (body: Body): void => port.postMessage({ worker: data.number, ...body });
  workOn(data.channel, port, data.number, exchanges => new PipelineWorker(data, post, sink, exchanges));
}

class PipelineWorker implements Labour<ToWorker> {
  readonly bell: Bell;
  readonly #post: (body: Body) => void;
  readonly #sink: WorkerSink;
  readonly #clock = new PhaseClock<keyof Phases>(NO_TIME, 'idle');
  readonly #spill: Spill;
  readonly #splicer: Splicer;
  readonly #touched = new GranuleSet();
  readonly #program: ReturnType<typeof loadGuest>['program'];
  readonly #maker: ShardMaker | undefined;
  readonly #others: PlaceView[] = [];
  readonly #modules: ChipModules;
  #ring: ChunkRing | undefined;

  constructor(data: WorkerData, post: (body: Body) => void, sink: WorkerSink, { fillers, code }: Exchanges) {
    this.#post = post;
    this.#sink = this.#timed(sink);
    this.bell = new Bell(data.bell);
    this.#spill = new Spill(data.spill);
    this.#program = loadGuest(data.program.bytes, data.program.name, 'sp1').program;
    this.#modules = new ChipModules(fillers);
    const kept = new KeptCode(undefined, { exchange: code });
    this.#splicer = new Splicer(this.#program, data.thresholds, { kept });
    if (!data.hasPlace) return;
    const { workers: seats, waveBytes, gpu } = data;
    this.#maker = new ShardMaker(this.#program, this.#sink, {
      ...{ seats, waveBytes, modules: this.#modules, kept },
      gpu: gpu && shardClient(gpu, request => post({ kind: 'gpu', request })),
      onOpen: () => this.bell.ring(),
      onPhase: phase => this.#clock.enter(phase),
    });
    post({ kind: 'place', place: this.#maker.place.shared });
  }

  /** The sink, its time counted apart. */
  #timed(sink: WorkerSink): WorkerSink {
    const clock = this.#clock;
    return {
      isWhole: sink.isWhole,
      begin: clock.timed('sink', sink.begin?.bind(sink)),
      chip: clock.timed('sink', sink.chip?.bind(sink)),
      end: clock.timed('sink', sink.end.bind(sink)),
      chunk: clock.timed('sink', sink.chunk?.bind(sink)),
      giveUp: () => sink.giveUp?.(),
      preprocessed: clock.timed('sink', sink.preprocessed?.bind(sink)),
    };
  }

  work(): boolean {
    return this.#cut() || this.#help();
  }

  rest(): void {
    this.#clock.enter('idle');
  }

  end(): void {
    this.#post({ kind: 'ended', phases: this.#clock.take() });
  }

  hear(message: ToWorker): void {
    if (message.kind === 'ring') this.#ring = new ChunkRing(message.handle);
    else if (message.kind === 'place') this.#others.push(new PlaceView(message.place, this.#modules));
    else if (message.kind === 'make') this.#make(message);
    else if (message.kind === 'touched') this.#post({ kind: 'touched', touched: this.#touched.pack() });
    else if (message.kind === 'keep') this.#keep(message);
    else this.#post({ kind: 'preprocessed', value: this.#sink.preprocessed?.(preprocessedColumns(this.#program)) });
  }

  /** Cuts a chunk, if there is one. */
  #cut(): boolean {
    const claimed = this.#ring?.tryClaim();
    if (claimed === undefined || claimed === 'none') return false;
    const { sequence, ringSlot } = claimed;
    this.#post({ kind: 'claimed', chunk: { sequence, ringSlot } });
    this.#clock.enter('splice');
    // Its shards can be made while it is written.
    this.#post({ kind: 'chunk', sequence, spliced: this.#splice(claimed) });
    this.#post({ kind: 'saved', sequence, value: this.#sink.chunk?.(claimed) });
    return true;
  }

  #splice({ bytes, sequence }: ClaimedChunk): SplicedChunk | SentError {
    try {
      const spliced = this.#splicer.splice(TraceChunk.fromRaw(bytes, '6.4', `chunk ${sequence}`));
      this.#touched.addAll(spliced.touched);
      return { ...spliced, touched: new Float64Array(0) };
    } catch (error) {
      // The last chunk of a run that stopped may end in the middle of what no entries tell.
      if (error instanceof JitExecError && error.code === 'TRACE_INVALID') return sentError(error);
      throw error;
    }
  }

  #help(): boolean {
    this.#clock.enter('fill');
    return this.#others.some(place => fillOne(place, chipNumbered, this.#sink, false));
  }

  #chunkOf({ claimed, kept }: ShardSource): TraceChunk | undefined {
    if (kept !== undefined) return TraceChunk.decode(Spill.read(kept));
    return claimed && chunkAt(this.#ring!.handle, claimed);
  }

  #make({ shard, values, isWanted, source, calls, memory, registers }: Make): void {
    this.#clock.enter('record');
    const chunk = this.#chunkOf(source);
    const piece = source.kept && { entriesBefore: 0, entriesEnd: chunk!.numMemReads };
    const job = { shard, values, isWanted, chunk, piece, memory, registers, calls: calls && callsIn(calls) };
    const value = this.#maker!.make(job, recorded => {
      this.#post({
        kind: 'recorded',
        index: shard.index,
        registers: recorded.registers,
        calls: this.#stored(recorded),
      });
    });
    this.#post({ kind: 'shard', index: shard.index, value, phases: this.#clock.take() });
  }

  #stored({ calls }: CoreRecords): Map<number, CallPiece<Stored>> {
    return new Map(
      [...calls].map(([code, { words, calls: count }]) => {
        const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
        return [code, { words: this.#spill.keep(bytes), calls: count }];
      }),
    );
  }

  #keep({ splice, claimed }: Extract<ToWorker, { kind: 'keep' }>): void {
    const encoded = chunkAt(this.#ring!.handle, claimed).slice(splice).encode();
    const shared = new Uint8Array(new SharedArrayBuffer(encoded.length));
    shared.set(encoded);
    const { clkStart } = splice;
    this.#post({ kind: 'kept', clkStart, sequence: claimed.sequence, kept: this.#spill.keep(shared) });
  }
}

function* callsIn(pieces: readonly TakenCalls<Stored>[]): Generator<SentCall> {
  for (const { words, skip, count } of pieces) {
    const { buffer, byteOffset, byteLength } = Spill.read(words);
    yield* unpackCalls(new Int32Array(buffer, byteOffset, byteLength / 4), skip, count);
  }
}

/** The chunk in a slot of the ring. */
export function chunkAt(
  { buffer, offset, bytes }: RingHandle,
  { ringSlot, sequence }: Pick<ClaimedChunk, 'ringSlot' | 'sequence'>,
): TraceChunk {
  const slot = new Uint8Array(buffer, offset + ringSlot * bytes, bytes);
  return TraceChunk.fromRaw(slot, '6.4', `chunk ${sequence}`);
}
