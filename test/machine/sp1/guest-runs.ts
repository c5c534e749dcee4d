// Runs recorded with SP1's executor: what they were given, and the chunks that it made.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TraceChunk } from '../../../runtime/trace/chunk.ts';
import { type TraceOptions, type TraceResult, trace } from '../../../src/verbs/trace.ts';

/** memReads, clkEnd, globalClkEnd, SHA-256 of the raw chunk. */
type RecordedChunk = readonly [number, number, number, string, ...string[]];

export interface RecordedRun {
  readonly guest?: string;
  readonly elf?: string;
  readonly inputs: readonly string[];
  readonly chunkEntries: number;
  readonly exitCode: number;
  readonly cycles: number;
  readonly clk: number;
  readonly publicValuesSha256: string;
  readonly chunks: readonly RecordedChunk[] | null;
  readonly chunkCount: number;
  readonly allChunksSha256: string;
  readonly allSerialisedSha256?: string;
}

export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

export function recordedRuns(vectors: string): readonly RecordedRun[] {
  return JSON.parse(readFileSync(new URL(`../../vectors/${vectors}`, import.meta.url), 'utf8')).runs;
}

export function guestBytes(name: string): Uint8Array {
  return readFileSync(fileURLToPath(new URL(`../../../examples/guests/bin/${name}.sp1.elf`, import.meta.url)));
}

/** `u64:N`, `zeros:N` or, in a folder, `file:NAME`. */
export function inputBytes(text: string, folder = ''): Uint8Array {
  const [kind, value = ''] = text.split(':');
  if (kind === 'u64') return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
  return kind === 'zeros' ? new Uint8Array(Number(value)) : new Uint8Array(readFileSync(join(folder, value)));
}

export interface Traced {
  readonly result: TraceResult;
  readonly raw: readonly Uint8Array[];
}

/** Runs with every chunk kept. */
export function traceAll(bytes: Uint8Array, options: Omit<TraceOptions, 'onChunk'>): Traced {
  const raw: Uint8Array[] = [];
  const result = trace(bytes, { ...options, onChunk: chunk => raw.push(new Uint8Array(chunk.raw)) });
  return { result, raw };
}

/** What of a run of ours can be compared with a recorded one, in its form. */
export function asRecorded(run: RecordedRun, { result, raw }: Traced): Partial<RecordedRun> {
  const chunks = raw.map((bytes): RecordedChunk => {
    const chunk = TraceChunk.fromRaw(bytes);
    return [chunk.numMemReads, chunk.clkEnd, chunk.globalClkEnd!, sha256(bytes), sha256(chunk.encode())];
  });
  const columns = run.chunks?.[0]?.length ?? 0;
  return {
    ...run,
    exitCode: result.exit.kind === 'halted' ? result.exit.code : -1,
    cycles: result.instructions,
    clk: result.clk!,
    publicValuesSha256: sha256(result.publicValues),
    chunks: run.chunks === null ? null : chunks.map(chunk => chunk.slice(0, columns) as unknown as RecordedChunk),
    chunkCount: chunks.length,
    allChunksSha256: sha256(chunks.map(chunk => chunk[3]).join('\n')),
    ...(run.allSerialisedSha256 === undefined
      ? {}
      : { allSerialisedSha256: sha256(chunks.map(c => c[4]!).join('\n')) }),
  };
}
