// What a shard is made of, as bytes: for another thread, process or machine, which knows the program and nothing of the run.

import { JitExecError } from '../../../../runtime/errors.ts';
import { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { ByteReader, ByteWriter } from '../../../planner/bytes.ts';
import type { AddressList, ListStates, MemoryStates, Registers } from '../pipeline/memory/memory-lists.ts';
import type { Shard } from '../records/shards.ts';

const MAGIC = 'JXSHJOB\0';
const VERSION = 1;
const BIGINT = 'n';

/** A shard without what only its making needs to be told in order. */
export interface PortableJob {
  /** Its calls are left out: they are in `calls`. */
  readonly shard: Shard;
  /** Public values, the global sum left out. */
  readonly values: readonly number[];
  /** Of a core shard: its entries, as a chunk of its own. */
  readonly chunk: TraceChunk | undefined;
  /** Of a precompile shard: its calls, packed. */
  readonly calls: { readonly words: Int32Array; readonly count: number } | undefined;
  readonly memory: MemoryStates | undefined;
  readonly registers: Registers;
}

/** Maps and BigInts in a form that JSON has. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof BigUint64Array) return { u64: [...value].map(String) };
  return typeof value === 'bigint' ? `${value}${BIGINT}` : value;
}

/** `nonce`: of the run, whose job goes when that is done. */
export function writeJob(job: PortableJob, nonce: string): Uint8Array<ArrayBuffer> {
  const { shard, values, chunk, calls, memory, registers } = job;
  const write = new ByteWriter();
  write.latin1(MAGIC);
  write.u32(VERSION);
  const clks = registers.map(({ clk, value }) => [clk, String(value)]);
  const head = { nonce, shard: { ...shard, calls: undefined }, values, count: calls?.count, registers: clks };
  write.text(JSON.stringify(head, plain));
  const blob = (bytes: Uint8Array | undefined): void => {
    write.u8(bytes === undefined ? 0 : 1);
    write.u32(bytes?.length ?? 0);
    write.bytes(bytes ?? new Uint8Array(0));
  };
  blob(chunk?.encode());
  blob(calls && bytesOf(calls.words));
  write.u8(memory === undefined ? 0 : 1);
  if (memory !== undefined) {
    for (const [list, states] of [
      [memory.list.init, memory.init],
      [memory.list.finalize, memory.finalize],
    ] as const) {
      for (const array of [list.addresses, list.isRegister, states.values, states.clks]) blob(bytesOf(array));
    }
  }
  return write.all;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** @throws STORE_INVALID. */
export function readJob(bytes: Uint8Array, name: string): PortableJob {
  const read = new ByteReader(bytes, 'STORE_INVALID', 'job', name);
  read.magic(MAGIC);
  const version = read.u32('version');
  if (version !== VERSION) throw read.invalid(`version ${VERSION}`, version);
  const head = headOf(read);
  const blob = (what: string): Uint8Array<ArrayBuffer> | undefined => {
    const isThere = read.flag(`flag of ${what}`);
    const own = read.bytes(read.length(what, 1), what);
    return isThere ? own : undefined;
  };
  const chunk = blob('entries');
  const calls = blob('calls');
  const memory = read.flag('flag of memory') ? readMemory(blob) : undefined;
  read.end();
  return {
    shard: head.shard,
    values: head.values,
    chunk: chunk && TraceChunk.decode(chunk, name),
    calls: calls && { words: wordsOf(Int32Array, calls, read), count: head.count ?? 0 },
    memory,
    registers: head.registers.map(([clk, value]) => ({ clk, value: BigInt(value) })),
  };
}

interface Head {
  readonly shard: Shard;
  readonly values: readonly number[];
  readonly count: number | undefined;
  readonly registers: readonly (readonly [number, string])[];
}

function headOf(read: ByteReader): Head {
  try {
    const head = JSON.parse(read.text('head'), revived) as Head;
    const { chips } = head.shard;
    if (!Array.isArray(chips) || !Array.isArray(head.values)) throw new TypeError('it has no chips or values');
    return head;
  } catch (error) {
    if (error instanceof JitExecError) throw error;
    throw read.invalid('what a shard is made of', (error as Error).message);
  }
}

function revived(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { map, u64 } = value as { map?: unknown; u64?: unknown };
  if (Array.isArray(map)) return new Map(map as [unknown, unknown][]);
  return Array.isArray(u64) ? BigUint64Array.from(u64, text => BigInt(text as string)) : value;
}

type Words = Float64Array | BigUint64Array | Int32Array;

function wordsOf<T extends Words>(
  type: { new (buffer: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number },
  bytes: Uint8Array<ArrayBuffer>,
  read: ByteReader,
): T {
  if (bytes.length % type.BYTES_PER_ELEMENT !== 0) throw read.invalid('whole words', `${bytes.length} bytes`);
  return new type(bytes.buffer);
}

function readMemory(blob: (what: string) => Uint8Array<ArrayBuffer> | undefined): MemoryStates {
  const part = (what: string): readonly [AddressList, ListStates] => {
    const [addresses, isRegister, values, clks] = ['addresses', 'registers', 'values', 'clks'].map(
      one => blob(`${one} of ${what}`) ?? new Uint8Array(0),
    ) as [Uint8Array<ArrayBuffer>, Uint8Array, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
    const count = isRegister.length;
    if ([addresses, values, clks].some(({ length }) => length !== 8 * count))
      throw new JitExecError('STORE_INVALID', `job: expected ${count} states of ${what}`);
    const list = { addresses: new Float64Array(addresses.buffer), isRegister };
    return [list, { values: new BigUint64Array(values.buffer), clks: new Float64Array(clks.buffer) }];
  };
  const [init, initStates] = part('initial memory');
  const [finalize, finalStates] = part('final memory');
  return { list: { init, finalize }, init: initStates, finalize: finalStates };
}
