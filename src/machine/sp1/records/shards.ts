// The shards of a run, made of what its chunks were cut into: core shards, precompile shards, memory shards.
// Reference: sp1:crates/core/executor/src/record.rs (split), sp1:crates/prover (global memory), SP1 6.4.0.

import { AREA } from '../../../../codegen/chips/sp1/area.ts';
import type { Elf } from '../../../../codegen/elf/elf.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { CLK_START } from '../abi.ts';
import { SYSCALL_NAMES } from '../syscalls/syscalls.ts';
import { BYTE_ROWS, CALL_SHAPES, CHIP_NAMES, type ChipName, ceil32, paddedRows, RANGE_ROWS } from './chips.ts';
import { GranuleSet } from './cut/granules.ts';
import { callsPerShard, memoryEventsPerShard, packedEvents, type ShardThresholds } from './cut/shape.ts';
import type { DeferredCall, Hint, Splice, SplicedChunk } from './cut/splice.ts';
import { imageGranules } from './memory/image.ts';

/** Global memory events in shards of their own as SP1's production path has them, or as its sequential path packs them. */
export type MemoryShards = 'separate' | 'packed';

export interface ShardOptions extends ShardThresholds {
  readonly memoryShards: MemoryShards;
}

export interface ShardChip {
  readonly name: ChipName;
  /** With padding. */
  readonly rows: number;
  readonly realRows: number;
}

/** Addresses from and to (both kept from the shard before where there is none) and how many. */
export interface MemoryRange {
  readonly previous: number;
  readonly last: number;
  readonly count: number;
}

export interface Shard {
  readonly index: number;
  readonly kind: 'core' | 'precompile' | 'memory';
  readonly pcStart: number;
  readonly pcEnd: number;
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly chips: readonly ShardChip[];
  /** Of a core shard. */
  readonly splice?: Splice & { readonly chunk: number };
  /** Of a precompile shard: the code under which its calls are filed, and they. */
  readonly code?: number;
  readonly calls?: readonly DeferredCall[];
  readonly init: MemoryRange;
  readonly finalize: MemoryRange;
}

/** What of a run decides its shards. */
export interface RunPieces {
  readonly elf: Elf;
  readonly program: Program;
  readonly chunks: readonly SplicedChunk[];
  /** clk at the end. */
  readonly clk: number;
  /** Doublewords that loads and stores accessed, besides those that the chunks list. */
  readonly touched?: GranuleSet;
}

const REGISTERS = 32;
const FINAL_PC = 1;

/** All shards of a run that halted. */
export function shardsOf(pieces: RunPieces, options: ShardOptions): readonly Shard[] {
  const { program, chunks } = pieces;
  const instructions = program.text.length >>> 2;
  const cores = coreShards(chunks, instructions);
  const calls = precompileShards(chunks, program, options);
  const memory = memoryRanges(memoryAddresses(pieces), options, instructions, calls.length === 0);
  const previous: MemoryRange = { previous: 0, last: 0, count: 0 };
  const packed = memory.isPacked ? memory.ranges[0] : undefined;
  const shards = [
    ...cores.map((shard, i) =>
      packed !== undefined && i === cores.length - 1
        ? { ...shard, ...packed, chips: chipsOf(shard.splice!.rows, 'core', instructions, packed) }
        : shard,
    ),
    ...calls,
    ...(memory.isPacked ? [] : memory.ranges.map(range => memoryShard(range, pieces, instructions))),
  ];
  return shards.map((shard, index) => ({ init: previous, finalize: previous, ...shard, index }));
}

type Unplaced = Omit<Shard, 'index' | 'init' | 'finalize'> & Partial<Pick<Shard, 'init' | 'finalize'>>;

/**
 * The shards that a run completed before it stopped without a halt: core shards up to the one it was in. `isCut`: a last
 * chunk was no whole one and is left out.
 */
export function unfinishedShards({ program, chunks }: RunPieces, isCut: boolean): readonly Shard[] {
  const all = coreShards(chunks, program.text.length >>> 2);
  const none: MemoryRange = { previous: 0, last: 0, count: 0 };
  return (isCut ? all : all.slice(0, -1)).map((shard, index) => ({ ...shard, init: none, finalize: none, index }));
}

function coreShards(chunks: readonly SplicedChunk[], instructions: number): readonly Unplaced[] {
  return chunks.flatMap(({ splices }, chunk) => splices.map(splice => unplacedCore(splice, chunk, instructions)));
}

function unplacedCore(splice: Splice, chunk: number, instructions: number): Unplaced {
  return {
    kind: 'core',
    pcStart: splice.pcStart,
    pcEnd: splice.pcEnd,
    clkStart: splice.clkStart,
    clkEnd: splice.clkEnd,
    chips: chipsOf(splice.rows, 'core', instructions),
    splice: { ...splice, chunk },
  };
}

/** A core shard without memory events. */
export function coreShard(splice: Splice, chunk: number, index: number, program: Program): Shard {
  const none: MemoryRange = { previous: 0, last: 0, count: 0 };
  return { ...unplacedCore(splice, chunk, program.text.length >>> 2), init: none, finalize: none, index };
}

function precompileShards(chunks: readonly SplicedChunk[], program: Program, options: ShardOptions): Unplaced[] {
  const instructions = program.text.length >>> 2;
  const byCode = new Map<number, DeferredCall[]>();
  for (const call of chunks.flatMap(({ deferred }) => deferred)) {
    const { filedUnder } = CALL_SHAPES.get(call.code)!;
    const filed = byCode.get(filedUnder);
    if (filed === undefined) byCode.set(filedUnder, [call]);
    else filed.push(call);
  }
  const codes = [...byCode].sort(([a], [b]) => a - b);
  return codes.flatMap(([code, calls]) => {
    const most = callsPerShard(CALL_SHAPES.get(code)!, options, instructions);
    const shards: Unplaced[] = [];
    for (let at = 0; at < calls.length; at += most)
      shards.push(precompileShard(code, calls.slice(at, at + most), program));
    return shards;
  });
}

function precompileShard(code: number, calls: readonly DeferredCall[], program: Program): Unplaced {
  const { chip, rows, control } = CALL_SHAPES.get(code)!;
  const locals = calls.reduce((sum, { touched }) => sum + touched, 0);
  const real = new Map<ChipName, number>([
    [chip, rows * calls.length],
    ['SyscallPrecompile', calls.length],
    ['MemoryLocal', locals],
    ['Global', 2 * locals + calls.length],
  ]);
  if (control !== undefined) real.set(control, calls.length);
  return {
    kind: 'precompile',
    pcStart: program.entry,
    pcEnd: program.entry,
    clkStart: CLK_START,
    clkEnd: CLK_START,
    chips: chipsOf(real, 'precompile', program.text.length >>> 2),
    code,
    calls,
  };
}

interface MemoryPiece {
  readonly init: MemoryRange;
  readonly finalize: MemoryRange;
}

function memoryShard(piece: MemoryPiece, { clk }: RunPieces, instructions: number): Unplaced {
  return {
    kind: 'memory',
    pcStart: FINAL_PC,
    pcEnd: FINAL_PC,
    clkStart: clk,
    clkEnd: clk,
    chips: chipsOf(new Map(), 'memory', instructions, piece),
    ...piece,
  };
}

/** Addresses with global memory events, ascending; those at `image` have no initial one. */
export interface MemoryAddresses {
  readonly addresses: Float64Array;
  /** Registers among them; a doubleword of the same number comes behind. */
  readonly registers: ReadonlySet<number>;
  readonly isImage: (address: number) => boolean;
}

/** Registers that were ever accessed or carried over a shard's end, then doublewords of image, hints, loads and stores. */
export function memoryAddresses({
  elf,
  chunks,
  touched: before = new GranuleSet(),
}: Pick<RunPieces, 'elf' | 'chunks' | 'touched'>): MemoryAddresses {
  const image = imageGranules(elf);
  const all = new GranuleSet();
  all.addAll(image);
  all.merge(before.pack());
  for (const { hints, touched } of chunks) {
    all.addAll(touched);
    for (const hint of hints) all.addAll(hintGranules(hint));
  }
  const { accessed } = chunks.at(-1)!;
  const isSingle = chunks.reduce((sum, { splices }) => sum + splices.length, 0) === 1;
  const registers = Array.from({ length: REGISTERS }, (_, r) => r).filter(
    r => !isSingle || ((accessed >>> r) & 1) === 1,
  );
  // A doubleword below 32 has an event besides the register of that number.
  return {
    addresses: sorted(registers, all),
    registers: new Set(registers),
    isImage: address => image.has(address),
  };
}

/** Registers are below the doublewords but for some few. */
function sorted(registers: readonly number[], granules: GranuleSet): Float64Array {
  const all = new Float64Array(registers.length + granules.size);
  all.set(registers);
  granules.copyTo(all, registers.length);
  return granules.size > 0 && all[registers.length]! < REGISTERS ? all.sort() : all;
}

/** Doublewords that a hint gives an initial value; the one of zeros behind a whole number of them has none. */
export function* hintGranules({ address, bytes }: Hint): Generator<number> {
  for (let at = 0; at < bytes; at += 8) yield address + at;
}

function memoryRanges(
  { addresses, isImage }: MemoryAddresses,
  options: ShardOptions,
  instructions: number,
  mayPack: boolean,
): { readonly ranges: readonly MemoryPiece[]; readonly isPacked: boolean } {
  const most = memoryEventsPerShard(options, instructions);
  if (options.memoryShards === 'separate') return { ranges: separateRanges(addresses, isImage, most), isPacked: false };
  const init = addresses.filter(address => !isImage(address));
  const room = packedEvents(options);
  const ranges = sequentialRanges(init, addresses, 2 * most);
  if (!mayPack || init.length > room || addresses.length > room) return { ranges, isPacked: false };
  // All pieces are in the one shard, which names the addresses of the last.
  const last = ranges.at(-1)!;
  const packed = {
    init: { ...last.init, count: init.length },
    finalize: { ...last.finalize, count: addresses.length },
  };
  return { ranges: [packed], isPacked: true };
}

const rangeOf = (addresses: Float64Array, previous: number): MemoryRange => ({
  previous,
  last: addresses.at(-1) ?? previous,
  count: addresses.length,
});

/** One walk over all addresses; a shard ends where either list is full. */
function separateRanges(addresses: Float64Array, isImage: (address: number) => boolean, most: number): MemoryPiece[] {
  const pieces: MemoryPiece[] = [];
  const last = { init: 0, finalize: 0 };
  let before = { ...last };
  let counts = { init: 0, finalize: 0 };
  const flush = (): void => {
    pieces.push({
      init: { previous: before.init, last: last.init, count: counts.init },
      finalize: { previous: before.finalize, last: last.finalize, count: counts.finalize },
    });
    before = { ...last };
    counts = { init: 0, finalize: 0 };
  };
  for (const address of addresses) {
    counts.finalize++;
    last.finalize = address;
    if (!isImage(address)) {
      counts.init++;
      last.init = address;
    }
    if (counts.init === most || counts.finalize === most) flush();
  }
  if (counts.finalize > 0) flush();
  return pieces;
}

/** `most` events a shard, all initial ones first. */
function sequentialRanges(init: Float64Array, finalize: Float64Array, most: number): MemoryPiece[] {
  const pieces: MemoryPiece[] = [];
  const last = { init: 0, finalize: 0 };
  for (let [i, f] = [0, 0]; i < init.length || f < finalize.length; ) {
    const inits = init.subarray(i, i + most);
    const finals = finalize.subarray(f, f + most - inits.length);
    const piece = { init: rangeOf(inits, last.init), finalize: rangeOf(finals, last.finalize) };
    pieces.push(piece);
    last.init = piece.init.last;
    last.finalize = piece.finalize.last;
    i += inits.length;
    f += finals.length;
  }
  return pieces;
}

/** The chips of a shard in machine order, with those that every shard of its kind has. */
function chipsOf(
  rows: ReadonlyMap<ChipName, number>,
  kind: Shard['kind'],
  instructions: number,
  memory?: MemoryPiece,
): readonly ShardChip[] {
  const real = new Map(rows);
  real.set(
    'Global',
    (real.get('Global') ?? 0) + (memory === undefined ? 0 : memory.init.count + memory.finalize.count),
  );
  if (memory !== undefined && memory.init.count > 0) real.set('MemoryGlobalInit', memory.init.count);
  if (memory !== undefined && memory.finalize.count > 0) real.set('MemoryGlobalFinalize', memory.finalize.count);
  const tables: Partial<Record<ChipName, number>> = { Byte: BYTE_ROWS, Range: RANGE_ROWS };
  const always = new Set<ChipName>(['Program', 'Global', 'Byte', 'Range']);
  if (kind === 'core') for (const name of ['MemoryBump', 'StateBump'] as const) always.add(name);
  return CHIP_NAMES.filter(name => always.has(name) || real.has(name)).map(name => {
    if (name === 'Program') return { name, rows: Math.max(16, ceil32(instructions)), realRows: instructions };
    const realRows = tables[name] ?? real.get(name) ?? 0;
    return { name, rows: paddedRows(realRows), realRows };
  });
}

/** Cells of a shard. */
export const cellsOfShard = ({ chips }: Pick<Shard, 'chips'>): number =>
  chips.reduce((sum, { name, rows }) => sum + rows * AREA[name], 0);

/** The system call of a precompile shard. */
export const syscallOf = ({ code }: Shard): string | undefined =>
  code === undefined ? undefined : SYSCALL_NAMES.get(code);
