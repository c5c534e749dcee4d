// Runs recorded with SP1's own crates (test/vectors/sp1-shards.json.gz, whose `source` says which): their splices and shards.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { TraceChunk } from '../../../runtime/trace/chunk.ts';
import { type Guest, loadGuest } from '../../../src/machine/guest.ts';
import { eventCounts } from '../../../src/machine/sp1/records/cut/event-counts.ts';
import type { SplicedChunk } from '../../../src/machine/sp1/records/cut/splice.ts';
import { Splicer } from '../../../src/machine/sp1/records/cut/splicer.ts';
import { imageGranules } from '../../../src/machine/sp1/records/memory/image.ts';
import { publicValuesOf, runValues } from '../../../src/machine/sp1/records/public-values.ts';
import { type MemoryShards, type Shard, shardsOf } from '../../../src/machine/sp1/records/shards.ts';
import type { Engine } from '../../../src/verbs/execute.ts';
import { type TraceResult, trace } from '../../../src/verbs/trace.ts';
import { sha256 } from './guest-runs.ts';

/** name, rows with padding, columns, real rows, SHA-256, and where the order is open an order-free one. */
export type RecordedChip = readonly [string, number, number, number, string, string?];

export interface RecordedShard {
  readonly kind: 'core' | 'precompile' | 'memory';
  readonly codeNumber?: number;
  readonly clk: readonly [number, number];
  readonly pc: readonly [number, number];
  readonly chips?: readonly RecordedChip[];
  readonly events: Readonly<Record<string, number>>;
  readonly publicValues?: readonly number[];
  readonly absent?: readonly string[];
  readonly panic?: string;
}

export interface ShardRun {
  readonly name: string;
  readonly elf: string;
  readonly inputs: readonly string[];
  readonly chunkEntries: number;
  readonly elementThreshold: number;
  readonly heightThreshold: number;
  readonly exitCode: number;
  readonly cycles: number;
  readonly splices: readonly (readonly [number, number, number, number, number, string])[];
  readonly split: { readonly memory: number; readonly syscall: Readonly<Record<string, number>> };
  readonly imageGranules: number;
  readonly initEvents?: number;
  readonly shards: readonly RecordedShard[];
  readonly memoryShards: readonly RecordedShard[];
}

interface RecordedElf {
  readonly elfGzBase64?: string;
  readonly preprocessed: readonly (readonly [string, number, number, string])[];
}

interface Vectors {
  readonly elfs: Readonly<Record<string, RecordedElf>>;
  readonly runs: readonly ShardRun[];
}

const file = new URL('../../vectors/sp1-shards.json.gz', import.meta.url);
const vectors: Vectors = JSON.parse(gunzipSync(readFileSync(file)).toString());

export const SHARD_RUNS: readonly ShardRun[] = vectors.runs;

/** Name, rows, columns and SHA-256 of the preprocessed tables. */
export const PREPROCESSED = ({ elf }: ShardRun): RecordedElf['preprocessed'] => vectors.elfs[elf]!.preprocessed;

/** Whether only some shards of the run were traced. */
export const isPartial = ({ name }: ShardRun): boolean => /-(first|last)$/.test(name);

export function elfOf({ elf }: ShardRun): Uint8Array {
  const inside = vectors.elfs[elf]!.elfGzBase64;
  if (inside !== undefined) return new Uint8Array(gunzipSync(Buffer.from(inside, 'base64')));
  const places = ['examples/guests/bin', 'bench/sp1-guests/bin'].map(folder =>
    fileURLToPath(new URL(`../../../${folder}/${elf}`, import.meta.url)),
  );
  return new Uint8Array(readFileSync(places.find(existsSync)!));
}

export function inputsOf({ inputs }: ShardRun): Uint8Array[] {
  return inputs.map(text => {
    const [kind, value = ''] = text.split(':');
    if (kind === 'u64') return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
    return kind === 'zeros' ? new Uint8Array(Number(value)) : new TextEncoder().encode(value);
  });
}

export interface SplicedRun {
  readonly guest: Guest;
  readonly result: TraceResult;
  readonly chunks: readonly SplicedChunk[];
  /** Of each splice: chunk, clkStart, clkEnd, pcStart, entries up to its end, its serialised form if asked for. */
  readonly splices: readonly (readonly [number, number, number, number, number, Uint8Array | undefined])[];
}

/** Runs and splices; with the splices' serialised forms where `keeps`. */
export function spliceRun(run: ShardRun, engine: Engine, keeps = false): SplicedRun {
  const bytes = elfOf(run);
  const guest = loadGuest(bytes, run.elf, 'sp1');
  const splicer = new Splicer(guest.program, { elements: run.elementThreshold, height: run.heightThreshold });
  const chunks: SplicedChunk[] = [];
  const splices: (readonly [number, number, number, number, number, Uint8Array | undefined])[] = [];
  const result = trace(bytes, {
    inputs: inputsOf(run),
    chunkEntries: run.chunkEntries,
    engine,
    onChunk: ({ raw, index }) => {
      const chunk = TraceChunk.fromRaw(raw);
      const spliced = splicer.splice(chunk);
      chunks.push(spliced);
      for (const s of spliced.splices) {
        const form = keeps ? chunk.slice(s).encode() : undefined;
        splices.push([index, s.clkStart, s.clkEnd, s.pcStart, s.entriesEnd, form]);
      }
    },
  });
  return { guest, result, chunks, splices };
}

/** Rows of a shard in the recorded form; of one that SP1 cannot trace there are none. */
export const rowsOf = ({ kind, code, clkStart, clkEnd, pcStart, pcEnd, chips }: Shard, isTraced: boolean): object => ({
  kind,
  code,
  clk: [clkStart, clkEnd],
  pc: [pcStart, pcEnd],
  chips: isTraced ? chips.map(({ name, rows, realRows }) => [name, rows, realRows]) : [],
});

export const recordedRows = ({ kind, codeNumber, clk, pc, chips = [] }: RecordedShard): object => ({
  kind,
  code: codeNumber,
  clk,
  pc,
  chips: chips.map(([name, rows, , realRows]) => [name, rows, realRows]),
});

/** Compares the splices of a run, with their bytes, and the rows of its shards. */
export function expectShardsOf(run: ShardRun, keeps: boolean): void {
  const { guest, chunks, result, splices } = spliceRun(run, 'wasm', keeps);
  const plain = splices.map(s => s.slice(0, 5));
  expect(plain).toEqual(run.splices.map(s => s.slice(0, 5)));
  if (keeps) expect(splices.map(s => sha256(s[5]!))).toEqual(run.splices.map(s => s[5]));
  if (isPartial(run)) return;
  const { elf, program } = guest;
  const shards = (memoryShards: MemoryShards): readonly Shard[] =>
    shardsOf(
      { elf, program, chunks, clk: result.clk! },
      { elements: run.elementThreshold, height: run.heightThreshold, memoryShards },
    );
  const packed = shards('packed');
  expect(packed.map((shard, i) => rowsOf(shard, run.shards[i]?.panic === undefined))).toEqual(
    run.shards.map(recordedRows),
  );
  const memory = shards('separate').filter(({ kind }) => kind === 'memory');
  expect(memory.map(shard => rowsOf(shard, true))).toEqual(run.memoryShards.map(recordedRows));
  expect(packed.map(({ splice }) => splice?.unprovable !== undefined)).toEqual(
    run.shards.map(({ panic }) => panic !== undefined),
  );
  expect(imageGranules(elf).size).toBe(run.imageGranules);
  expectRecords(packed, chunks, run.shards, false);
  expectRecords(shards('separate'), chunks, run.memoryShards, true);
}

/** Compares numbers of events and public values. The recorded shards may be the last ones only. */
function expectRecords(
  shards: readonly Shard[],
  chunks: readonly SplicedChunk[],
  recorded: readonly RecordedShard[],
  isProduction: boolean,
): void {
  const values = publicValuesOf(shards, runValues(chunks, isProduction));
  const first = shards.length - recorded.length;
  recorded.forEach(({ events, publicValues, panic }, i) => {
    const { byte_lookups: _lookups, global_interaction_events: global, ...others } = events;
    const { global_interaction_events: ours, ...made } = eventCounts(shards[first + i]!);
    expect(made).toEqual(others);
    if (panic !== undefined || publicValues === undefined) return;
    expect(ours).toBe(global);
    const padded = [...publicValues, ...new Array(160 - publicValues.length).fill(0)].fill(0, 130, 144);
    expect(values[first + i]).toEqual(padded);
  });
}
