// The profile of a run: what each slice of it costs, so that the cost of every interval is known without running again.

import type { Touched } from './touches.ts';

/** A table of a shard, by rules that its rows follow. */
export interface ProfileChip {
  readonly name: string;
  readonly columns: number;
  /** Rows that every shard has, besides those of its slices. */
  readonly perShard: number;
  /** Rows of each word that a shard touches. */
  readonly perWord: number;
  /** A shard has it, with the fewest rows that a table may have, also where there is nothing to fill it with. */
  readonly always: boolean;
}

/** Calls whose rows are in shards of their own. */
export interface DeferredCalls {
  readonly code: number;
  readonly calls: number;
  /** Distinct words of each call, added up. */
  readonly words: number;
}

/** A place in the program where straight runs of instructions begin, and how often they were done. */
export interface HotPc {
  readonly pc: number;
  readonly samples: number;
}

export interface Slice {
  readonly instructions: number;
  readonly pcStart: number;
  readonly clkStart: number;
  /** clk of the next instruction. */
  readonly clkEnd: number;
  /** Memory entries of the minimal trace. */
  readonly entries: number;
  /** A chunk of the minimal trace ends with it, and every shard does. */
  readonly endsChunk: boolean;
  /** Rows by chip, those of touched words left out. */
  readonly rows: readonly (readonly [chip: number, rows: number])[];
  readonly touched: readonly Touched[];
  /** Instructions by mnemonic, an index of the profile's. */
  readonly opcodes: readonly (readonly [opcode: number, count: number])[];
  readonly deferred: readonly DeferredCalls[];
  /** Words that deferred calls accessed: what SP1's checker counts besides. */
  readonly deferredWords: number;
  /** Of all that the guest was given up to its end. */
  readonly tape: Uint8Array;
  /** Most often first. */
  readonly hot: readonly HotPc[];
  /** The system call that it is, where it is nothing else. */
  readonly call: number | undefined;
}

/** A shard that is no core shard, as the profile's limits cut them. */
export interface OtherShard {
  readonly kind: 'precompile' | 'memory';
  /** Of a precompile shard: under which system call its calls are filed. */
  readonly code: number;
  /** Real rows by chip, all of them. */
  readonly rows: readonly (readonly [chip: number, rows: number])[];
}

export interface ProfiledInput {
  readonly bytes: number;
  readonly sha256: Uint8Array;
}

export interface ProfiledRun {
  readonly inputs: readonly ProfiledInput[];
  /** How it ended: `halted`, `fault`, …, and the code of a halt. */
  readonly exit: { readonly kind: string; readonly code: number };
  readonly instructions: number;
  readonly clk: number;
  readonly slices: readonly Slice[];
  /** None of a run that did not halt. */
  readonly others: readonly OtherShard[];
}

export interface RunProfile {
  readonly machine: string;
  /** SHA-256 of the executable. */
  readonly program: Uint8Array;
  /** What decides the counts besides program and inputs, such as the chunk size. */
  readonly config: string;
  /** Instructions of a slice. */
  readonly sliceInstructions: number;
  /** By which shards of calls and of memory were cut: most cells of one, and most rows of a chip. */
  readonly limits: { readonly elements: number; readonly height: number };
  readonly chips: readonly ProfileChip[];
  /** Mnemonics that slices count. */
  readonly opcodes: readonly string[];
  readonly runs: readonly ProfiledRun[];
}
