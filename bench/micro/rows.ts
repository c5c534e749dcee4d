// npm run bench:rows [-- chip …]: ns per row of SP1's chips on one core, events of precompiles and of Global included, beside SP1's own trace
// generation per core. Events and calls are those of guests. What is timed is short, and the least of many rounds counts, piece by
// piece, so that others on the machine are left out.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chip } from '../../codegen/chips/chip.ts';
import { SLOTS } from '../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../codegen/chips/sp1/index.ts';
import { traceLayout } from '../../runtime/columns/layout.ts';
import { TraceChunk } from '../../runtime/trace/chunk.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { callEvents } from '../../src/machine/sp1/records/call-events.ts';
import type { ChipName } from '../../src/machine/sp1/records/chips.ts';
import { Splicer } from '../../src/machine/sp1/records/cut/splicer.ts';
import { globalRows } from '../../src/machine/sp1/records/memory/global-events.ts';
import type { RecordedCall } from '../../src/machine/sp1/records/recorded-call.ts';
import { Recorder } from '../../src/machine/sp1/records/recorder.ts';
import { align, ChipFiller, ChipModules, INVERSE_BYTES, shardMemory } from '../../src/tracegen/fill.ts';
import { trace } from '../../src/verbs/trace.ts';
import { ROOT } from '../guests.ts';

const ROUNDS = 60;
/** Of columns: more than caches hold. */
const CELLS = 2 ** 22;
/** Cells that are filled at a time, some 100 µs. */
const PIECE_CELLS = 2 ** 16;
/** Calls of a precompile whose events are made at a time. */
const CALLS = 64;
/** SP1 6.4.0's `generate_trace`, rows per second and core (M); with the ns of a row that were reached before, where there are. */
const CHIPS: readonly (readonly [name: ChipName, upstream: number, reached?: number])[] = [
  ['Add', 8, 15],
  ['LoadDouble', 3, 20.9],
  ['Lt', Number.NaN, 28.3],
  ['Mul', 2.8, 130],
  ['DivRem', 0.47],
  ['Global', 0.08, 2200],
  ['KeccakPermute', 0.055],
  ['Poseidon2', 0.39],
  ['ShaCompress', 1.4],
  ['Secp256k1AddAssign', Number.NaN],
];
/** Those whose geometric mean was asked for. */
const ASKED = ['Add', 'LoadDouble', 'Mul', 'DivRem', 'Global', 'KeccakPermute', 'Poseidon2', 'ShaCompress'];

interface Recorded {
  readonly events: Map<ChipName, Uint8Array>;
  readonly calls: readonly RecordedCall[];
}

/** What all shards of a run have, as if they were one. */
function record(path: string): Recorded {
  const bytes = new Uint8Array(readFileSync(join(ROOT, path)));
  const { program } = loadGuest(bytes, path, 'sp1');
  const [splicer, recorder] = [
    new Splicer(program, { elements: 402_653_184, height: 4_194_304 }),
    new Recorder(program),
  ];
  const events = new Map<ChipName, Uint8Array>();
  const calls: RecordedCall[] = [];
  trace(bytes, {
    inputs: [Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)],
    chunkEntries: 2 ** 18,
    onChunk({ raw }) {
      const chunk = TraceChunk.fromRaw(raw.slice());
      for (const splice of splicer.splice(chunk).splices) {
        const shard = recorder.record(chunk, splice);
        for (const [name, structs] of shard.events) if (!events.has(name)) events.set(name, structs.slice());
        calls.push(...shard.retained, ...shard.deferred);
      }
    },
  });
  return { events, calls };
}

/** ns of a piece of work for each of its rows; the least of all rounds. */
function least(rows: number, rounds: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return (best * 1e6) / rows;
}

/** ns per row of the compiled filler. */
function fillTime(chip: Chip, structs: Uint8Array): number {
  const rows = Math.floor(CELLS / chip.columns.length / 1024 + 1) * 1024;
  const piece = Math.max(64, Math.floor(PIECE_CELLS / chip.columns.length / 64) * 64);
  const filler = new ChipFiller(shardMemory(), new ChipModules());
  const layout = traceLayout(chip.columns.length - chip.fixed, rows);
  const counts = INVERSE_BYTES;
  const events = align(counts + 4 * SLOTS);
  const columns = align(events + rows * chip.event.bytes + 64);
  filler.reserve(columns + 4 * layout.length);
  filler.writeInverses(chip.field, 0);
  const all = filler.bytes(events, rows * chip.event.bytes);
  for (let at = 0; at < all.length; at += structs.length) all.set(structs.subarray(0, all.length - at), at);
  const best = new Array<number>(Math.ceil(rows / piece)).fill(Number.POSITIVE_INFINITY);
  const place = { events, columns, realRows: rows, rows, counts, inverses: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < best.length; i++) {
      const start = performance.now();
      filler.fill(chip, place, i * piece, Math.min(rows, (i + 1) * piece));
      best[i] = Math.min(best[i]!, performance.now() - start);
    }
  }
  return (best.reduce((sum, ms) => sum + ms) * 1e6) / rows;
}

/** ns per row of making its event, where that is more than recording it. */
function eventTime(name: ChipName, { events, calls }: Recorded): number {
  if (name === 'Global') {
    const { bytes } = sp1Chip('MemoryLocal').event;
    const some = new Map([['MemoryLocal', events.get('MemoryLocal')!.subarray(0, 50 * bytes)]]) as Recorded['events'];
    return least(100, 50 * ROUNDS, () => globalRows(some, 100));
  }
  const own = calls.filter(call => callsOf([call]).has(name));
  if (own.length === 0) return 0;
  const many = Array.from({ length: CALLS }, (_, i) => own[i % own.length]!);
  const rows = callsOf(many).get(name)!.length / sp1Chip(name).event.bytes;
  return least(rows, 50 * ROUNDS, () => void callsOf(many));
}

function callsOf(calls: readonly RecordedCall[]): Map<ChipName, Uint8Array> {
  const made = callEvents(calls);
  return made instanceof Map ? made : new Map();
}

/** Two rows for each doubleword. */
function globalStructs(events: Recorded['events']): Uint8Array {
  const locals = events.get('MemoryLocal')!;
  return globalRows(new Map([['MemoryLocal', locals]]), (2 * locals.length) / sp1Chip('MemoryLocal').event.bytes)
    .events;
}

const guests = ['bench/sp1-guests/bin/regex.sp1.elf', 'examples/guests/bin/precompiles.sp1.elf'].map(record);
const ofCalls = guests.map(({ calls }) => callsOf(calls.filter(call => callsOf([call]).size > 0)));

console.log('chip                 ns/row  events  filler   Mrows/s  / SP1 per core  / reached before');
const ratios: number[] = [];
const wanted = process.argv.slice(2);
for (const [name, upstream, before] of CHIPS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const chip = sp1Chip(name);
  const at = guests.findIndex(({ events }, i) => events.has(name) || ofCalls[i]!.has(name));
  const guest = guests[Math.max(at, 0)]!;
  const structs = name === 'Global' ? globalStructs(guest.events) : (guest.events.get(name) ?? ofCalls[at]!.get(name)!);
  const filler = fillTime(chip, structs);
  const events = eventTime(name, guest);
  const ns = events + filler;
  const ratio = 1000 / ns / upstream;
  if (ASKED.includes(name)) ratios.push(ratio);
  const shown = [ns, events, filler].map(x => x.toFixed(1).padStart(8)).join('');
  const beside = `${(1000 / ns).toFixed(3).padStart(9)}${ratio.toFixed(2).padStart(12)}`;
  console.log(
    `${name.padEnd(19)}${shown}${beside}${before === undefined ? '' : (ns / before).toFixed(2).padStart(16)}`,
  );
}
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(
  `geometric mean of the ${ratios.length} that were asked for: ${mean.toFixed(2)}, least ${Math.min(...ratios).toFixed(2)}`,
);
