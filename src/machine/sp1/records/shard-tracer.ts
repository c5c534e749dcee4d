// Makes shards while chunks arrive: cut, replayed into records, filled into columns, one shard at a time.

import { SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { Filler } from '../../../tracegen/fill.ts';
import type { Guest } from '../../guest.ts';
import { callEvents } from './call-events.ts';
import { CALL_SHAPES, type ChipName } from './chips.ts';
import type { FinalMemory } from './final-memory.ts';
import { globalRows } from './global-events.ts';
import { type MemoryState, memoryEvents } from './memory-events.ts';
import { CUMULATIVE_SUM, publicValuesOf, runValues } from './public-values.ts';
import type { RecordedCall } from './recorded-call.ts';
import { Recorder } from './recorder.ts';
import { coreShard, memoryAddresses, type Shard, type ShardOptions, shardsOf } from './shards.ts';
import { type Splice, type SplicedChunk, Splicer } from './splicer.ts';
import { StructList } from './struct-list.ts';
import { byteEvents, countPublicValues, ProgramTable, rangeEvents } from './tables.ts';

/** A shard with all that SP1 makes of it. Columns are made as they are asked for, and valid until the next ones are. */
export interface TracedShard extends Shard {
  readonly publicValues: readonly number[];
  /** In the machine's order; empty of a shard that is unprovable. They are made each time that one goes through them. */
  readonly columns: Iterable<Columns>;
}

interface Held {
  readonly chunk: TraceChunk;
  readonly splice: Splice;
  readonly sequence: number;
}

export interface ShardTracerOptions extends ShardOptions {
  /** Only the shard with this index is handed out. */
  readonly onlyShard?: number | undefined;
}

export class ShardTracer {
  readonly #guest: Guest;
  readonly #options: ShardTracerOptions;
  readonly #onShard: (shard: TracedShard) => void;
  readonly #splicer: Splicer;
  readonly #recorder: Recorder;
  readonly #filler: Filler = new Filler(koalaBear, SLOTS);
  readonly #program: ProgramTable;
  readonly #chunks: SplicedChunk[] = [];
  readonly #deferred: RecordedCall[] = [];
  /** Shards whose public values or memory events the run's end decides, and the last one, which may not be whole. */
  #held: Held[] = [];
  #registers: readonly { readonly clk: number; readonly value: bigint }[] = [];
  #made = 0;

  constructor(guest: Guest, options: ShardTracerOptions, onShard: (shard: TracedShard) => void) {
    this.#guest = guest;
    this.#options = options;
    this.#onShard = onShard;
    this.#splicer = new Splicer(guest.program, options);
    this.#recorder = new Recorder(guest.program);
    this.#program = new ProgramTable(guest.program);
  }

  /** The preprocessed columns, the same in all shards. */
  *preprocessed(): Generator<Columns> {
    const none = new Uint32Array(SLOTS);
    this.#program.setExecutions(undefined);
    const { realRows } = programRows(this.#guest);
    for (const [name, events] of [
      ['Program', this.#program.events],
      ['Byte', byteEvents(none)],
      ['Range', rangeEvents(none)],
    ] as const) {
      const chip = sp1Chip(name);
      const columns = this.#filler.fillFixed(chip, events, events.length / chip.event.bytes);
      yield name === 'Program' ? { ...columns, realRows } : columns;
    }
  }

  /** The next chunk; nothing of it is kept. @throws TRACE_INVALID where it is not of this program. */
  add(chunk: TraceChunk): void {
    const spliced = this.#splicer.splice(chunk);
    const sequence = this.#chunks.push(spliced) - 1;
    this.#release();
    for (const [i, splice] of spliced.splices.entries()) {
      const isLast = i === spliced.splices.length - 1;
      if (this.#held.length === 0 && !isLast && !commits(splice)) this.#core(chunk, splice, sequence);
      else this.#hold(chunk, splice, sequence);
    }
  }

  #hold(chunk: TraceChunk, splice: Splice, sequence: number): void {
    const copy = TraceChunk.decode(chunk.slice(splice).encode(), chunk.name);
    const entriesEnd = splice.entriesEnd - splice.entriesBefore;
    this.#held.push({ chunk: copy, splice: { ...splice, entriesBefore: 0, entriesEnd }, sequence });
  }

  /** More came: what was held only because it was the last is whole. */
  #release(): void {
    while (this.#held.length > 0 && !commits(this.#held[0]!.splice)) {
      const { chunk, splice, sequence } = this.#held.shift()!;
      this.#core(chunk, splice, sequence);
    }
  }

  #core(chunk: TraceChunk, splice: Splice, sequence: number): void {
    const shard = coreShard(splice, sequence, this.#made, this.#guest.program);
    const [values] = publicValuesOf([shard], runValues([], true));
    this.#traceCore(chunk, splice, shard, values!, new Map());
  }

  #traceCore(
    chunk: TraceChunk,
    splice: Splice,
    shard: Shard,
    values: number[],
    memory: ReadonlyMap<ChipName, Uint8Array>,
  ): void {
    const record = this.#recorder.record(chunk, splice);
    this.#deferred.push(...record.deferred);
    this.#registers = record.registers;
    this.#emit(
      shard,
      values,
      new Map([...record.events, ...callEvents(record.retained), ...memory]),
      record.executions,
    );
  }

  /** The run halted: the shards that waited, then those of calls and of memory. Gives all. */
  finish(memory: FinalMemory, clk: number): readonly Shard[] {
    const { elf, program } = this.#guest;
    const pieces = { elf, program, chunks: this.#chunks, clk };
    const shards = shardsOf(pieces, this.#options);
    const isProduction = this.#options.memoryShards === 'separate';
    const values = publicValuesOf(shards, runValues(this.#chunks, isProduction));
    const takeMemory = this.#memory(memory);
    const takeCalls = this.#callsByCode();
    for (const shard of shards.slice(this.#made)) {
      const own = values[shard.index]!;
      if (shard.kind === 'core') {
        const { chunk, splice } = this.#held.shift()!;
        // Its registers are final before its memory events are made.
        if (shard.finalize.count > 0) this.#registers = this.#recorder.record(chunk, splice).registers;
        this.#traceCore(chunk, splice, shard, own, takeMemory(shard));
      } else if (shard.kind === 'precompile') this.#emit(shard, own, this.#callEvents(takeCalls(shard)), undefined);
      else this.#emit(shard, own, takeMemory(shard), undefined);
    }
    return shards;
  }

  #callsByCode(): (shard: Shard) => RecordedCall[] {
    const byCode = new Map<number, RecordedCall[]>();
    return ({ code, calls }) => {
      let listed = byCode.get(code!);
      if (listed === undefined) {
        listed = this.#deferred.filter(call => CALL_SHAPES.get(call.code)!.filedUnder === code);
        byCode.set(code!, listed);
      }
      return listed.splice(0, calls!.length);
    };
  }

  #callEvents(calls: readonly RecordedCall[]): Map<ChipName, Uint8Array> {
    const events = callEvents(calls);
    const sent = new StructList(sp1Chip('SyscallPrecompile'));
    const locals = new StructList(sp1Chip('MemoryLocal'));
    for (const { clk, code, a0, a1, locals: states } of calls) {
      sent.push({ clk: BigInt(clk), id: BigInt(code & 255), arg1: a0 & U48, arg2: a1 & U48 });
      for (const local of [...states.values()].sort((a, b) => a.address - b.address)) {
        locals.push({
          addr: BigInt(local.address),
          initial_ts: BigInt(local.initialClk),
          initial_value: local.initialValue,
          final_ts: BigInt(local.finalClk),
          final_value: local.finalValue,
        });
      }
    }
    return events.set('SyscallPrecompile', sent.bytes).set('MemoryLocal', locals.bytes);
  }

  /** Gives shard by shard the events of its addresses. */
  #memory(memory: FinalMemory): (shard: Shard) => Map<ChipName, Uint8Array> {
    const { addresses, registers, isImage } = memoryAddresses({ elf: this.#guest.elf, chunks: this.#chunks });
    const left = new Set(registers);
    const finals = [...addresses].map(address => ({ address, isRegister: left.delete(address) }));
    const inits = finals.filter(({ address, isRegister }) => isRegister || !isImage(address));
    const final = ({ address, isRegister }: (typeof finals)[number]): MemoryState =>
      isRegister ? { address, ...this.#registers[address]! } : memory.stateAt(address);
    const initial = ({ address, isRegister }: (typeof finals)[number]): MemoryState => ({
      address,
      clk: 0,
      value: isRegister ? 0n : memory.initialValueAt(address),
    });
    return ({ init, finalize }) =>
      memoryEvents(
        { states: inits.splice(0, init.count).map(initial), range: init },
        { states: finals.splice(0, finalize.count).map(final), range: finalize },
      );
  }

  #emit(
    shard: Shard,
    values: number[],
    events: ReadonlyMap<ChipName, Uint8Array>,
    executions: Uint32Array | undefined,
  ): void {
    this.#made++;
    const { onlyShard } = this.#options;
    if (onlyShard !== undefined && onlyShard !== shard.index) return;
    if (shard.splice?.unprovable !== undefined) {
      this.#onShard({ ...shard, publicValues: values, chips: [], columns: [] });
      return;
    }
    const global = globalRows(events, shard.chips.find(({ name }) => name === 'Global')!.realRows);
    values.splice(CUMULATIVE_SUM, global.sum.length, ...global.sum);
    const all = new Map([...events, ['Global', global.events] as const]);
    const columns = { [Symbol.iterator]: () => this.#columns(shard, values, all, executions) };
    this.#onShard({ ...shard, publicValues: values, columns });
  }

  *#columns(
    { chips }: Shard,
    values: readonly number[],
    events: ReadonlyMap<ChipName, Uint8Array>,
    executions: Uint32Array | undefined,
  ): Generator<Columns> {
    const filler = this.#filler;
    filler.clearCounts();
    countPublicValues(filler.counts, values);
    this.#program.setExecutions(executions);
    for (const { name, rows, realRows } of chips) {
      const structs = this.#eventsOf(name, events);
      yield { ...filler.fill(sp1Chip(name), structs, rows), realRows };
    }
  }

  #eventsOf(name: ChipName, events: ReadonlyMap<ChipName, Uint8Array>): Uint8Array {
    if (name === 'Program') return this.#program.events;
    if (name === 'Byte') return byteEvents(this.#filler.counts);
    if (name === 'Range') return rangeEvents(this.#filler.counts);
    return events.get(name) ?? new Uint8Array(0);
  }
}

const U48 = 2n ** 48n - 1n;
const commits = (splice: Splice): boolean => splice.commits || splice.commitsDeferred;
const programRows = ({ program }: Guest): { readonly realRows: number } => ({ realRows: program.text.length >>> 2 });
