// Lists of a prover's calls as work for a device: those that it computes as a whole, and how large they are.

import { KERNELS, type LaneCall } from '../lanes/calls.ts';

/** Addresses are bytes of the prover's memory. */
export type DeviceJob = ExtendJob | HashJob | CompressJob | QuotientJob;

export interface ExtendJob {
  readonly kind: 'extend';
  readonly columns: readonly { readonly from: number; readonly to: number }[];
  /** Words of each before. */
  readonly size: number;
  readonly scales: number;
}

export interface HashJob {
  readonly kind: 'hashRows';
  /** Of a list of columns' addresses. */
  readonly list: number;
  readonly columns: number;
  readonly height: number;
  readonly digests: number;
}

export interface CompressJob {
  readonly kind: 'compress';
  readonly left: number;
  readonly right: number;
  /** Bytes from one to the next. */
  readonly stride: number;
  readonly out: number;
  readonly count: number;
}

export interface QuotientJob {
  readonly kind: 'quotient';
  readonly airId: number;
  readonly frame: number;
  readonly rows: number;
}

/** Kernels of the processor take four rows, and write behind fewer. */
const LEAST = 4;

const nameOf = ([index]: LaneCall): string => {
  if (index < KERNELS.length) return KERNELS[index]!;
  return (index - KERNELS.length) % 2 === 0 ? 'quotient' : 'permutation';
};

/** Undefined where a device does not compute such calls. */
export function jobsOf(calls: readonly LaneCall[]): readonly DeviceJob[] | undefined {
  const [first] = calls;
  if (first === undefined || calls.some(call => call[0] !== first[0])) return undefined;
  switch (nameOf(first)) {
    case 'extend':
      return extendJobs(calls);
    case 'hashRows':
      return hashJob(calls);
    case 'compress':
      return compressJob(calls);
    case 'quotient':
      return quotientJob(calls);
  }
  return undefined;
}

/** Columns of one height and shift together. */
function extendJobs(calls: readonly LaneCall[]): ExtendJob[] {
  const byKind = new Map<string, { size: number; scales: number; columns: { from: number; to: number }[] }>();
  for (const [, from, to, bytes, , , scales] of calls) {
    const name = `${bytes} ${scales}`;
    const group = byKind.get(name) ?? { size: bytes! / 4, scales: scales!, columns: [] };
    group.columns.push({ from: from!, to: to! });
    byKind.set(name, group);
  }
  return [...byKind.values()].map(group => ({ kind: 'extend', ...group }));
}

/** Rows of all calls must be those of the whole matrix. */
function hashJob(calls: readonly LaneCall[]): HashJob[] | undefined {
  const [, list, columns, , , digests, , height] = calls[0]!;
  const isOne = calls.every(call => call[1] === list && call[5] === digests);
  const rows = calls.reduce((sum, call) => sum + call[4]!, 0);
  if (!isOne || rows !== height || height < LEAST) return undefined;
  return [{ kind: 'hashRows', list: list!, columns: columns!, height, digests: digests! }];
}

function compressJob(calls: readonly LaneCall[]): CompressJob[] | undefined {
  const [, left, right, stride, out] = calls[0]!;
  let count = 0;
  for (const [, l, r, s, o, pairs] of calls) {
    const follows = l === left! + count * stride! && r === right! + count * stride! && o === out! + 32 * count;
    if (!follows || s !== stride) return undefined;
    count += pairs!;
  }
  if (count < LEAST) return undefined;
  return [{ kind: 'compress', left: left!, right: right!, stride: stride!, out: out!, count }];
}

function quotientJob(calls: readonly LaneCall[]): QuotientJob[] | undefined {
  const [index, frame] = calls[0]!;
  const rows = calls.reduce((sum, call) => sum + call[3]!, 0);
  if (rows < LEAST || calls.some(call => call[1] !== frame)) return undefined;
  return [{ kind: 'quotient', airId: (index - KERNELS.length) / 2, frame: frame!, rows }];
}

/** Words that a job reads or writes, about. */
export function jobWords(job: DeviceJob): number {
  switch (job.kind) {
    case 'extend':
      return 3 * job.size * job.columns.length;
    case 'hashRows':
      return job.columns * job.height;
    case 'compress':
      return 24 * job.count;
    case 'quotient':
      // Of some hundred columns.
      return 200 * job.rows;
  }
}
