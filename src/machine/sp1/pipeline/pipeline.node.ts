// The pipeline on threads, seen from the thread that wants the shards:
//
//   guest ──ring──▶ workers: cut ──▶ here: order, index ──▶ workers with places: record, events, columns ──▶ sink
//     ▲                                                        ▲ the others fill tiles
//     └── waits when all slots of the ring are taken ◀── slots are given back when their shards are recorded
//
// Here nothing is computed: it is an event loop that stays free for signals.

import type { MessagePort } from 'node:worker_threads';
import { assert } from '../../../../runtime/errors.ts';
import { ChunkRing } from '../../../../runtime/trace/ring.ts';
import type { Member } from '../../../tracegen/threads/crew.node.ts';
import { HandOut } from '../../../tracegen/threads/hand-out.ts';
import { addPhases } from '../../../tracegen/threads/phase-clock.ts';
import { receivedError, type SentError } from '../../../tracegen/threads/sent-error.ts';
import { GranuleSet } from '../records/cut/granules.ts';
import type { SplicedChunk } from '../records/cut/splice.ts';
import type { Shard } from '../records/shards.ts';
import { CallStore } from './memory/call-store.ts';
import type { MemoryStates, Registers } from './memory/memory-lists.ts';
import { type RingPlace, RingUses } from './memory/ring-uses.ts';
import type { Stored } from './memory/spill.node.ts';
import { crewOf, type PipelineOptions } from './pipeline-options.ts';
import { ShardPlanner, type ShardWithValues } from './planner.ts';
import { type FromGuest, type FromWorker, NO_TIME, type Phases, type ToGuest } from './threads/protocol.ts';

export class ShardPipeline {
  /** When all is made and no thread is left; rejects with the first error. */
  readonly done: Promise<void>;
  /** Seconds of all workers. */
  phases: Phases = NO_TIME;
  /** Shards handed out, and their real rows. */
  shards = 0;
  rows = 0;
  /** All shards of a run that halted; what was completed of another. */
  all: readonly Shard[] = [];
  isComplete = false;
  readonly #options: PipelineOptions;
  readonly #crew: ReturnType<typeof crewOf>;
  readonly #planner: ShardPlanner;
  readonly #uses = new RingUses();
  readonly #calls = new CallStore<Stored>();
  readonly #touched = new GranuleSet();
  readonly #placed = new Set<number>();
  /** Chunks that were cut, until those before them were. */
  readonly #cut = new Map<number, SplicedChunk | SentError>();
  #cutInOrder = 0;
  #saved = 0;
  #broken: SentError | undefined;
  readonly #kept = new Map<number, Stored>();
  readonly #keeping = new Set<number>();
  #queue: ShardWithValues[] = [];
  readonly #inFlight = new Map<number, ShardWithValues>();
  readonly #handOut: HandOut<{ readonly value: unknown }>;
  #toRecord = 0;
  #registers: Registers = [];
  #lastClk = 0;
  #states: MemoryStates | 'asked' | undefined;
  #guestPort: MessagePort | undefined;
  #ended: Extract<FromGuest, { kind: 'ended' }> | undefined;
  /** Workers that have not told yet what the run touched, once they were asked. */
  #toTell: number | undefined;
  #isPlanned = false;
  #isPreprocessed: boolean;
  #isOver = false;
  #isStopped = false;
  #isDrained = false;
  #error: Error | undefined;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#planner = new ShardPlanner(options.guest, options);
    this.#handOut = new HandOut(options.hands, (index, { value }) => this.#handOver(index, value));
    this.#isPreprocessed = options.onPreprocessed === undefined;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who waits for it comes later.
    this.done.catch(() => undefined);
    this.#crew = crewOf(
      options,
      message => {
        if (message.kind === 'ended') this.phases = addPhases(this.phases, message.phases);
        else if (message.kind === 'gpu') void options.gpu!.service.serve(message.request);
        else this.#guarded(() => this.#hear(message));
      },
      error => this.fail(error),
    );
    if (options.onPreprocessed !== undefined) this.#crew.tell(options.workers - 1, { kind: 'preprocess' });
  }

  /** A message of the guest's thread. */
  hearGuest(message: FromGuest): void {
    this.#guarded(() => {
      if (message.kind === 'ring') {
        this.#uses.ring = new ChunkRing(message.handle);
        this.#guestPort = message.port as MessagePort;
        this.#crew.tellAll({ kind: 'ring', handle: message.handle });
      } else if (message.kind === 'begun') this.#begun(message.chunks);
      else if (message.kind === 'ended') this.#guestEnded(message);
      else this.#states = { list: this.#queue[0]!.memory!, init: message.init, finalize: message.finalize };
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

  #hear(message: FromWorker): void {
    if (this.#isStopped) return;
    const member = this.#crew.members[message.worker]!;
    if (message.kind === 'place') {
      this.#placed.add(message.worker);
      this.#crew.tellAll(message, message.worker);
    } else if (message.kind === 'claimed') this.#uses.claimed(message.chunk);
    else if (message.kind === 'chunk') this.#addCut(message.sequence, message.spliced);
    else if (message.kind === 'saved') this.#save(message.sequence, message.value);
    else if (message.kind === 'recorded') this.#record(message);
    else if (message.kind === 'kept') this.#keep(message);
    else if (message.kind === 'shard') this.#shardMade(member, message);
    else if (message.kind === 'touched') {
      this.#touched.merge(message.touched);
      this.#toTell!--;
    } else if (message.kind === 'preprocessed') {
      this.#options.onPreprocessed!(message.value);
      this.#isPreprocessed = true;
    }
    this.#goOn();
  }

  #save(sequence: number, value: unknown): void {
    this.#options.onChunk(sequence, value, this.#uses.placeOf(sequence)!, this.#uses.ring!);
    this.#saved++;
    this.#uses.saved(sequence);
  }

  #addCut(sequence: number, cut: SplicedChunk | SentError): void {
    this.#cut.set(sequence, cut);
    if (this.#options.makes && 'splices' in cut) this.#uses.use(sequence, cut.splices.length);
    for (let next = this.#cut.get(this.#cutInOrder); next !== undefined; next = this.#cut.get(this.#cutInOrder)) {
      this.#cut.delete(this.#cutInOrder++);
      if ('splices' in next) this.#planner.add(next);
      else this.#broken ??= next;
    }
    this.#plan();
  }

  #begun(chunks: number): void {
    this.#planner.begun(chunks);
    if (this.#isStopped) this.#drain();
    else this.#plan();
  }

  /** Takes up what can be made now, and lets nothing that must wait hold up the guest. */
  #plan(): void {
    if (!this.#options.makes) return;
    for (const planned of this.#planner.take()) this.#enqueue(planned);
    for (const { splice, sequence } of this.#planner.waiting) {
      const claimed = this.#uses.placeOf(sequence);
      if (this.#keeping.has(splice.clkStart) || claimed === undefined) continue;
      this.#keeping.add(splice.clkStart);
      this.#crew.tell(sequence % this.#options.workers, { kind: 'keep', splice, claimed });
    }
  }

  #enqueue(planned: ShardWithValues): void {
    if (planned.shard.kind === 'core') this.#toRecord++;
    this.#queue.push(planned);
  }

  #record({ index, registers, calls }: Extract<FromWorker, { kind: 'recorded' }>): void {
    const { shard } = this.#inFlight.get(index)!;
    this.#toRecord--;
    for (const [code, piece] of calls) this.#calls.add(code, index, piece);
    if (shard.clkEnd >= this.#lastClk) {
      this.#lastClk = shard.clkEnd;
      this.#registers = registers;
    }
    this.#giveBack(shard);
  }

  #keep({ clkStart, sequence, kept }: Extract<FromWorker, { kind: 'kept' }>): void {
    // Or its shard is made already, from where it was.
    if (!this.#keeping.has(clkStart)) return;
    this.#kept.set(clkStart, kept);
    this.#uses.done(sequence);
  }

  /** The shard's entries are not needed any more. */
  #giveBack({ splice }: Shard): void {
    if (splice !== undefined && !this.#kept.delete(splice.clkStart)) this.#uses.done(splice.chunk);
  }

  #guestEnded(message: Extract<FromGuest, { kind: 'ended' }>): void {
    this.#ended = message;
    if (this.#isStopped) this.#drain();
  }

  #goOn(): void {
    if (this.#isStopped || this.#isOver) return;
    this.#planRest();
    while (this.#dispatch());
    const isIdle = this.#queue.length === 0 && this.#inFlight.size === 0 && this.#handOut.isIdle;
    if (!this.#isPlanned || !isIdle || !this.#isPreprocessed || this.#saved < this.#ended!.chunks) return;
    this.isComplete = this.#ended!.isHalted;
    this.#isOver = true;
    this.#closeGuest();
    this.#crew.dismiss().then(this.#resolve, this.#reject);
  }

  /** When the run has ended and all its chunks were cut. */
  #planRest(): void {
    const ended = this.#ended;
    if (this.#isPlanned || ended === undefined || this.#cutInOrder < ended.chunks) return;
    if (!ended.isHalted) {
      this.#isPlanned = true;
      this.all = this.#planner.unfinished(this.#broken !== undefined);
      return;
    }
    if (this.#broken !== undefined) throw receivedError(this.#broken);
    if (this.#toTell === undefined) {
      this.#toTell = this.#options.workers;
      this.#crew.tellAll({ kind: 'touched' });
    }
    if (this.#toTell > 0) return;
    this.#isPlanned = true;
    const rest = this.#planner.finish(ended.clk, this.#touched);
    this.all = this.#planner.all;
    if (this.#options.makes) for (const planned of rest) this.#enqueue(planned);
  }

  /** Begins the next shard, if it can be. */
  #dispatch(): boolean {
    const head = this.#queue[0];
    if (head === undefined) return false;
    if (this.#isDropped(head.shard)) {
      this.#queue.shift();
      if (head.shard.kind === 'core') {
        this.#toRecord--;
        this.#giveBack(head.shard);
      }
      return true;
    }
    const member = this.#crew.members.find(({ number, shard }) => shard === undefined && this.#placed.has(number));
    if (member === undefined || !this.#isReady(head)) return false;
    this.#queue.shift();
    this.#send(member, head);
    return true;
  }

  get #only(): number | undefined {
    return this.#options.onlyShard;
  }

  /** Neither wanted, nor needed for what is. */
  #isDropped({ index, kind }: Shard): boolean {
    if (this.#only === undefined || index === this.#only) return false;
    return kind !== 'core' || index > this.#only;
  }

  #isReady({ shard, memory }: ShardWithValues): boolean {
    if (shard.kind !== 'core' && this.#toRecord > 0) return false;
    if (memory === undefined || (this.#states !== undefined && this.#states !== 'asked')) return true;
    if (this.#states === undefined) {
      this.#states = 'asked';
      this.#askGuest({ kind: 'states', init: memory.init, finalize: memory.finalize });
    }
    return false;
  }

  #askGuest(message: ToGuest): void {
    this.#guestPort?.postMessage(message);
    this.#options.bell.ring();
  }

  #closeGuest(): void {
    this.#askGuest({ kind: 'close' });
    this.#guestPort?.close();
  }

  #send(member: Member, planned: ShardWithValues): void {
    const { shard, values, callsBefore } = planned;
    const { index, splice, code, calls } = shard;
    const kept = splice && this.#kept.get(splice.clkStart);
    const claimed = splice && this.#uses.placeOf(splice.chunk);
    assert(
      splice === undefined || kept !== undefined || claimed !== undefined,
      'shards: a chunk went before its shard',
    );
    const memory = planned.memory === undefined ? undefined : (this.#states as MemoryStates);
    if (memory !== undefined) this.#states = undefined;
    if (splice !== undefined && kept === undefined) this.#keeping.delete(splice.clkStart);
    member.shard = index;
    this.#inFlight.set(index, planned);
    const isWanted = this.#only === undefined || this.#only === index;
    if (isWanted) this.#handOut.begun(index);
    // What a shard does not need for its columns stays here: of a precompile shard the calls are many.
    this.#crew.tell(member.number, {
      ...{ kind: 'make', shard: code === undefined ? shard : { ...shard, calls: [] }, values, isWanted, memory },
      source: kept !== undefined ? { kept } : claimed !== undefined ? { claimed } : {},
      calls: code === undefined ? undefined : this.#calls.take(code, callsBefore, calls!.length),
      registers: memory === undefined ? undefined : this.#registers,
    });
  }

  #shardMade(member: Member, { index, value, phases }: Extract<FromWorker, { kind: 'shard' }>): void {
    this.phases = addPhases(this.phases, phases);
    if (!this.#handOut.expects(index)) {
      this.#inFlight.delete(index);
      member.shard = undefined;
      return;
    }
    if (!this.#options.hands) member.shard = undefined;
    this.#handOut.add(index, { value }).then(
      () => this.#guarded(() => this.#goOn()),
      error => this.fail(error),
    );
  }

  async #handOver(index: number, value: unknown): Promise<void> {
    const { shard } = this.#inFlight.get(index)!;
    await this.#options.onShard(shard, value);
    this.#inFlight.delete(index);
    this.shards++;
    this.rows += shard.chips.reduce((sum, { realRows }) => sum + realRows, 0);
    const member = this.#crew.members.find(one => one.shard === index);
    if (member !== undefined) member.shard = undefined;
    this.#guarded(() => this.#goOn());
  }

  /** Gives up what is not complete; chunks are rescued until the guest has ended. */
  stop(): void {
    if (this.#isOver || this.#isStopped) return;
    this.#isStopped = true;
    this.#askGuest({ kind: 'close' });
    void this.#crew.end().then(() => {
      const { ring } = this.#uses;
      if (ring !== undefined) this.#uses.dropAll(place => this.#rescue(place, ring));
      this.#isDrained = true;
      this.#drain();
    });
  }

  #rescue(place: RingPlace, ring: ChunkRing): void {
    try {
      this.#options.onChunk(place.sequence, this.#options.rescue?.(place, ring), place, ring);
    } catch (error) {
      this.#error ??= error as Error;
    }
  }

  /** After a stop: takes what the guest still publishes, so that it comes to its end. */
  #drain(): void {
    if (!this.#isDrained || this.#isOver) return;
    this.#guarded(() => {
      const { ring } = this.#uses;
      this.#uses.takeRest(place => this.#rescue(place, ring!));
      if (this.#ended === undefined && ring !== undefined) return;
      this.#isOver = true;
      this.#guestPort?.close();
      if (this.#error === undefined) this.#resolve();
      else this.#reject(this.#error);
    });
  }

  /** Nobody can go on; a second time, the guest neither. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#error ??= error;
    if (this.#options.rescue !== undefined && !this.#isStopped) {
      this.#options.onFail?.();
      this.stop();
      return;
    }
    this.#isOver = true;
    this.#uses.ring?.fail('the run was given up');
    this.#closeGuest();
    this.#crew.end().then(() => this.#reject(this.#error!), this.#reject);
  }

  /** Shards found so far. */
  get found(): number {
    return this.#isPlanned ? this.all.length : this.#planner.found;
  }

  get chunks(): readonly SplicedChunk[] {
    return this.#planner.chunks;
  }
}
