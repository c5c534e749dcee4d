// A shard as the command reports it.

import { hex } from '../../../../runtime/hex.ts';
import { UNPROVABLE } from '../../../machine/sp1/pipeline/sink.ts';
import { type Shard, syscallOf } from '../../../machine/sp1/records/shards.ts';

/** A shard in index.json and in the object of `--json`. Addresses and pcs are hexadecimal. */
export interface ReportedShard {
  readonly index: number;
  readonly kind: Shard['kind'];
  /** Of a precompile shard, its name. */
  readonly syscall?: string;
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly pcStart: string;
  readonly pcEnd: string;
  /** Of a core shard: its chunk, and the entries of it before the shard's end. */
  readonly chunk?: number;
  readonly memReads?: number;
  readonly chips: readonly { readonly name: string; readonly rows: number; readonly realRows: number }[];
  /** Of `--until records`: how many events its lists have; elements 130 to 143, the global sum, are 0. */
  readonly events?: Readonly<Record<string, number>>;
  readonly publicValues?: readonly number[];
  /** SP1 can make no trace of the shard; it has no chips then. */
  readonly unprovable?: { readonly pc: string; readonly address: string; readonly reason: string };
}

export function reportShard(shard: Shard): ReportedShard {
  const { index, kind, clkStart, clkEnd, pcStart, pcEnd, chips, splice } = shard;
  const syscall = syscallOf(shard);
  const unprovable = splice?.unprovable;
  return {
    index,
    kind,
    ...(syscall === undefined ? {} : { syscall }),
    clkStart,
    clkEnd,
    pcStart: hex(pcStart),
    pcEnd: hex(pcEnd),
    ...(splice === undefined ? {} : { chunk: splice.chunk, memReads: splice.entriesEnd }),
    chips: unprovable === undefined ? chips : [],
    ...(unprovable === undefined
      ? {}
      : { unprovable: { pc: hex(unprovable.pc), address: hex(unprovable.address), reason: UNPROVABLE } }),
  };
}
