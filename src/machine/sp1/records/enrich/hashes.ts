// Events of the hash chips: a row for each word, round or permutation.

import { keccakPermuteChip, keccakPermuteControlChip } from '../../../../../codegen/chips/sp1/precompiles/keccak.ts';
import { poseidon2Chip } from '../../../../../codegen/chips/sp1/precompiles/poseidon2.ts';
import {
  roundConstant,
  shaCompressChip,
  shaCompressControlChip,
} from '../../../../../codegen/chips/sp1/precompiles/sha-compress.ts';
import { shaExtendChip, shaExtendControlChip } from '../../../../../codegen/chips/sp1/precompiles/sha-extend.ts';
import type { Struct } from '../../../../../runtime/curves/field-program.ts';
import { KECCAK_ROUNDS, keccakRound } from '../../../../../runtime/hashes/keccak-rounds.ts';
import { sha256Round } from '../../../../../runtime/hashes/sha256.ts';
import { ENTRY_WORDS } from '../../../../../runtime/layout.ts';
import { offsetOf, type PrecompileCall, putU64 } from './call.ts';
import { callCopier, type Enricher, precompileNamed } from './enricher.ts';

const SCHEDULED = 48;
/** Of one word: four that are read, one that is written, before and after. */
const EXTEND_ENTRIES = 6;
const READS = ['w_15', 'w_2', 'w_16', 'w_7', 'w_i'] as const;

export function shaExtendEnricher(): Enricher {
  const { event } = shaExtendChip;
  const [clk, w, j] = ['clk', 'w', 'j'].map(name => offsetOf(event, name)) as [number, number, number];
  const places = READS.map(name => [offsetOf(event, name), offsetOf(event, `${name}_stamp`)] as const);
  return {
    chip: shaExtendChip,
    rows: SCHEDULED,
    enrich({ clk: now, args, entries, first }, struct, at) {
      const { i32, u8 } = struct;
      for (let row = 0; row < SCHEDULED; row++) {
        const base = at + row * event.bytes;
        putU64(struct, base + clk, now);
        putU64(struct, base + w, args[0]!);
        u8[base + j] = row;
        let source = first + ENTRY_WORDS * EXTEND_ENTRIES * row;
        for (const [value, stamp] of places) {
          i32[(base + stamp) >> 2] = entries[source]!;
          i32[((base + stamp) >> 2) + 1] = entries[source + 1]!;
          i32[(base + value) >> 2] = entries[source + 2]!;
          i32[((base + value) >> 2) + 1] = entries[source + 3]!;
          source += ENTRY_WORDS;
        }
      }
      return undefined;
    },
  };
}

export function shaExtendControlEnricher(): Enricher {
  const [clk, w] = [offsetOf(shaExtendControlChip.event, 'clk'), offsetOf(shaExtendControlChip.event, 'w')];
  return {
    chip: shaExtendControlChip,
    rows: 1,
    enrich(call, struct, at) {
      putU64(struct, at + clk, call.clk);
      putU64(struct, at + w, call.args[0]!);
      return undefined;
    },
  };
}

const HASH_WORDS = 8;
const ROUNDS = 64;
const COMPRESS_ROWS = HASH_WORDS + ROUNDS + HASH_WORDS;
const state = new Int32Array(HASH_WORDS);

/** Word of the entry of a row: the hash, the schedule, the hash with what it becomes after each. */
function compressEntry(row: number): number {
  if (row < HASH_WORDS + ROUNDS) return ENTRY_WORDS * row;
  return ENTRY_WORDS * (2 * row - HASH_WORDS - ROUNDS);
}

function loadHash({ entries, first }: PrecompileCall): void {
  for (let i = 0; i < HASH_WORDS; i++) state[i] = entries[first + ENTRY_WORDS * i + 2]!;
}

export function shaCompressEnricher(): Enricher {
  const { event } = shaCompressChip;
  const at = (name: string): number => offsetOf(event, name);
  const [clk, w, h, index, isReal, k] = [at('clk'), at('w'), at('h'), at('index'), at('is_real'), at('k')];
  const [prev, stamp, value, words] = [at('mem_prev'), at('mem_stamp'), at('mem_value'), at('state')];
  return {
    chip: shaCompressChip,
    rows: COMPRESS_ROWS,
    enrich(call, struct, start) {
      const { i32, u8 } = struct;
      const { entries, first, args } = call;
      loadHash(call);
      for (let row = 0; row < COMPRESS_ROWS; row++) {
        const base = start + row * event.bytes;
        const source = first + compressEntry(row);
        const constant = roundConstant(row);
        const isWrite = row >= HASH_WORDS + ROUNDS;
        putU64(struct, base + clk, call.clk);
        putU64(struct, base + w, args[0]!);
        putU64(struct, base + h, args[1]!);
        u8[base + index] = row;
        u8[base + isReal] = 1;
        i32[(base + k) >> 2] = constant;
        i32[(base + stamp) >> 2] = entries[source]!;
        i32[((base + stamp) >> 2) + 1] = entries[source + 1]!;
        i32[(base + prev) >> 2] = entries[source + 2]!;
        i32[((base + prev) >> 2) + 1] = entries[source + 3]!;
        i32[(base + value) >> 2] = entries[source + 2 + (isWrite ? ENTRY_WORDS : 0)]!;
        for (let i = 0; i < HASH_WORDS; i++) i32[((base + words) >> 2) + i] = state[i]!;
        if (row >= HASH_WORDS && !isWrite) sha256Round(state, constant, entries[source + 2]!);
      }
      return undefined;
    },
  };
}

export function shaCompressControlEnricher(): Enricher {
  const { event } = shaCompressControlChip;
  const at = (name: string): number => offsetOf(event, name);
  const [clk, w, h, initial, final] = [at('clk'), at('w'), at('h'), at('initial_state'), at('final_state')];
  return {
    chip: shaCompressControlChip,
    rows: 1,
    enrich(call, struct, start) {
      const { i32 } = struct;
      const { entries, first } = call;
      putU64(struct, start + clk, call.clk);
      putU64(struct, start + w, call.args[0]!);
      putU64(struct, start + h, call.args[1]!);
      for (let i = 0; i < HASH_WORDS; i++) {
        const before = entries[first + ENTRY_WORDS * i + 2]!;
        const written = entries[first + compressEntry(HASH_WORDS + ROUNDS + i) + ENTRY_WORDS + 2]!;
        i32[((start + initial) >> 2) + i] = before;
        i32[((start + final) >> 2) + i] = (written - before) | 0;
      }
      return undefined;
    },
  };
}

const LANE_WORDS = 50;
const before = new Int32Array(LANE_WORDS);

export function keccakEnricher(): Enricher {
  const { event } = keccakPermuteChip;
  const at = (name: string): number => offsetOf(event, name);
  const [clk, address, round, isReal] = [at('clk'), at('address'), at('round'), at('is_real')];
  const [preimage, a] = [at('preimage') >> 2, at('a') >> 2];
  const words = event.bytes >> 2;
  return {
    chip: keccakPermuteChip,
    rows: KECCAK_ROUNDS,
    enrich({ clk: now, args, entries, first }, struct, start) {
      const { i32, u8 } = struct;
      const base = start >> 2;
      for (let i = 0; i < LANE_WORDS; i++) {
        const word = entries[first + ENTRY_WORDS * (i >> 1) + 2 + (i & 1)]!;
        before[i] = word;
        i32[base + a + i] = word;
      }
      for (let row = 0; row < KECCAK_ROUNDS; row++) {
        const bytes = start + row * event.bytes;
        const own = base + row * words;
        putU64(struct, bytes + clk, now);
        putU64(struct, bytes + address, args[0]!);
        u8[bytes + round] = row;
        u8[bytes + isReal] = 1;
        for (let i = 0; i < LANE_WORDS; i++) i32[own + preimage + i] = before[i]!;
        if (row < KECCAK_ROUNDS - 1) keccakRound(row, i32, own + a, own + words + a);
      }
      return undefined;
    },
  };
}

/** What a chip of one row is told by the call alone. */
function copied(chip: Enricher['chip'], copy: (call: PrecompileCall, struct: Struct, at: number) => void): Enricher {
  return {
    chip,
    rows: 1,
    enrich(call, struct, at) {
      copy(call, struct, at);
      return undefined;
    },
  };
}

export function keccakControlEnricher(): Enricher {
  const fields = [[{ prev: 'prev', stamp: 'stamp' }], [{ next: 'final' }]];
  const call = precompileNamed('KECCAK_PERMUTE');
  return copied(keccakPermuteControlChip, callCopier(keccakPermuteControlChip, call, ['address'], fields));
}

export function poseidon2Enricher(): Enricher {
  const fields = [[{ prev: 'prev', stamp: 'stamp', next: 'next' }]];
  return copied(poseidon2Chip, callCopier(poseidon2Chip, precompileNamed('POSEIDON2'), ['ptr'], fields));
}
