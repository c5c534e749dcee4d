// The verb: runs a guest and gives its profile, slice by slice.

import { JitExecError } from '../runtime/errors.ts';
import { TraceChunk } from '../runtime/trace/chunk.ts';
import type { TracingOptions } from './engine/observation.ts';
import type { ExecuteOptions } from './execute.ts';
import { guestOf } from './execute.ts';
import { shardChips } from './machine/sp1/profile/shard-chips.ts';
import { type Fineness, Slicer } from './machine/sp1/profile/slicer.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from './machine/sp1/records/shape.ts';
import { checkShardGuest } from './machine/sp1/records/support.ts';
import { HASHES } from './planner/fold/hash.ts';
import { profileConfig } from './planner/run/config.ts';
import type { ProfiledRun, RunProfile } from './planner/run/run-profile.ts';
import { DEFAULT_CHUNK_ENTRIES, type TraceData, traceGuest } from './trace.ts';

/** Instructions of a slice unless given. */
export const DEFAULT_SLICE: number = 2 ** 18;

export interface ProfileRunOptions extends ExecuteOptions {
  readonly chunkEntries?: number;
  /** Instructions of a slice; 2^18 unless given. */
  readonly slice?: number;
  /** Other sizes from a clk on, ascending. */
  readonly finer?: readonly Fineness[];
}

export interface ProfiledGuest {
  readonly profile: RunProfile;
  readonly result: TraceData;
}

/** @throws JitExecError for a guest without shards. What the guest did is in `result`. */
export function profileRun(bytes: Uint8Array, options: ProfileRunOptions): ProfiledGuest {
  const { chunkEntries = DEFAULT_CHUNK_ENTRIES, slice = DEFAULT_SLICE, finer = [], ...rest } = options;
  const guest = guestOf(bytes, rest);
  checkShardGuest(guest, { elements: DEFAULT_ELEMENT_THRESHOLD, height: DEFAULT_HEIGHT_THRESHOLD });
  const slicer = new Slicer(guest.program, [{ clk: 0, instructions: slice }, ...finer]);
  let broken: JitExecError | undefined;
  const sink: TracingOptions['sink'] = ({ buffer, offset, bytes: size }) => ({
    acquire: () => offset,
    publish(at) {
      try {
        slicer.add(TraceChunk.fromRaw(new Uint8Array(buffer, at, size), '6.4', 'chunk'));
      } catch (error) {
        // The last chunk of a run that stopped may end in the middle of what no entries tell.
        if (!(error instanceof JitExecError) || error.code !== 'TRACE_INVALID') throw error;
        broken = error;
      }
    },
  });
  const result = traceGuest(guest, { ...rest, chunkEntries }, sink, 1);
  if (result.exit.kind === 'halted' && broken !== undefined) throw broken;
  const profile = {
    machine: guest.machine,
    program: HASHES.sha256(bytes),
    config: profileConfig({ chunkEntries, sp1Version: options.sp1Version }),
    sliceInstructions: slice,
    chips: shardChips(guest.program),
    runs: [runOf(slicer, result, options.inputs ?? [])],
  };
  return { profile, result };
}

function runOf({ slices, hintsRead }: Slicer, { exit }: TraceData, inputs: readonly Uint8Array[]): ProfiledRun {
  const digests = tapeDigests(inputs);
  return {
    inputs: inputs.map(input => ({ bytes: input.length, sha256: HASHES.sha256(input) })),
    exit: { kind: exit.kind, code: 'code' in exit ? exit.code >>> 0 : 0 },
    instructions: slices.reduce((all, slice) => all + slice.instructions, 0),
    clk: slices.at(-1)?.clkEnd ?? 1,
    // Buffers of hooks are read as inputs are: more may count as read than were, never fewer.
    slices: slices.map((slice, i) => ({ ...slice, tape: digests[Math.min(hintsRead[i]!, inputs.length)]! })),
  };
}

/** After each number of inputs that were read: of these, and of the length of the next, which a guest may ask for. */
function tapeDigests(inputs: readonly Uint8Array[]): readonly Uint8Array[] {
  const digests: Uint8Array[] = [];
  let before = new Uint8Array(32);
  for (let read = 0; read <= inputs.length; read++) {
    const next = new Uint8Array(8);
    new DataView(next.buffer).setBigInt64(0, BigInt(inputs[read]?.length ?? -1), true);
    const data = inputs[read - 1] ?? new Uint8Array(0);
    const all = new Uint8Array(before.length + data.length + next.length);
    all.set(before);
    all.set(data, before.length);
    all.set(next, before.length + data.length);
    before = HASHES.sha256(all) as Uint8Array<ArrayBuffer>;
    digests.push(before);
  }
  return digests;
}
