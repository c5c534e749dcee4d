// Hand-assembled programs with what OpenVM 1.4.0 (39ee587f0f) made of them: test/vectors/openvm/{errors,tiny-ops,tiny-loop}.json.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { buildElf, words } from '../../codegen/elf/elf-builder.ts';

const file = (name: string): Buffer => readFileSync(new URL(`../../vectors/openvm/${name}`, import.meta.url));

export interface Exe {
  readonly pc_base: number;
  readonly pc_start: number;
  readonly slots: number;
  readonly program_sha256: string;
}

/** How a run ended: an error's debug form, a panic's text, or the state at the end. */
export interface Outcome {
  readonly error?: string;
  readonly panic?: string;
  readonly instret?: number;
  readonly pc?: number;
  readonly hint_left?: number;
}

export interface ErrorProgram {
  readonly words: readonly number[];
  readonly exe?: Exe;
  readonly transpile_error?: string;
  readonly pure?: Outcome;
  readonly pure_limit_1?: Outcome;
  /** Segments: start, instructions, heights by AIR. */
  readonly metered?: Outcome | readonly (readonly [number, number, readonly number[]])[];
  readonly metered_cost?: { readonly cost?: number };
  readonly preflight?: Outcome & { readonly exit_code?: number; readonly timestamp?: number };
}

/** Text at 0x200800, 16 bytes of data at 0x201000 (ff fe fd fc, then zeros); one input vector, 01 02 03. */
export const ERROR_PROGRAMS: Readonly<Record<string, ErrorProgram>> = JSON.parse(
  file('errors.json').toString(),
).programs;

const TEXT = 0x0020_0800;
const DATA = 0x0020_1000;

export const elfOf = (text: readonly number[]): Uint8Array =>
  buildElf({
    xlen: 32,
    entry: TEXT,
    segments: [
      { address: TEXT, bytes: words(...text), flags: 5 },
      { address: DATA, bytes: words(0xfcfd_feff, 0, 0, 0), flags: 6 },
    ],
  });

export interface MeteredSegment {
  readonly instret_start: number;
  readonly num_insns: number;
  /** By AIR. */
  readonly heights: readonly number[];
}

export interface TracedSegment {
  readonly instret_start: number;
  readonly num_insns: number;
  readonly from_pc: number;
  readonly to_pc: number;
  readonly final_timestamp: number;
  readonly exit_code: number | null;
  readonly adapter_record_bytes: number;
  readonly adapter_records_sha256: string;
  readonly touched_count: number;
  readonly touched_sha256: string;
  readonly airs: readonly {
    readonly name: string;
    readonly height: number;
    readonly nonzero_rows: number;
    readonly public_values?: readonly number[];
    /** Row after row, canonical u32, padding included. */
    readonly sha256: string;
    readonly sha256_rows_sorted?: string;
    readonly cached?: readonly { readonly sha256: string }[];
  }[];
}

export interface TinyProgram {
  /** Of tiny-ops. */
  readonly proved?: {
    readonly two_segments: Readonly<Record<string, { readonly segments: readonly TracedSegment[] }>>;
  };
  /** By limits; heights are those of `metered`. */
  readonly traces: Readonly<Record<string, { readonly segments: readonly TracedSegment[] }>>;
  /** By limits: `rows=40,check=7`. */
  readonly metered: Readonly<Record<string, readonly MeteredSegment[]>>;
  readonly metered_cost: { readonly cost: number };
  readonly elf_base64: string;
  readonly words: readonly number[];
  readonly text_base: number;
  readonly exe: Exe;
  readonly input: readonly { readonly hex: string }[];
  readonly commitments: {
    readonly cached_program_trace: { readonly height: number; readonly sha256: string };
    readonly program_commit: readonly number[];
    readonly exe_commit: readonly number[];
  };
  readonly pure: {
    readonly final_memory_root: readonly number[];
    readonly user_public_values_commit: readonly number[];
    readonly user_public_values_proof: readonly (readonly number[])[];
    readonly exit_code: number;
    readonly final_pc: number;
    readonly instret: number;
    readonly registers: readonly number[];
    readonly hint_stream_left: number;
    readonly input_stream_left: number;
    readonly user_public_values: string;
  };
}

export const TINY: Readonly<Record<'tiny-ops' | 'tiny-loop', TinyProgram>> = {
  'tiny-ops': JSON.parse(file('tiny-ops.json').toString()),
  'tiny-loop': JSON.parse(gunzipSync(file('tiny-loop.json.gz')).toString()),
};
