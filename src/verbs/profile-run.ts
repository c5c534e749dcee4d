// The verb: runs a guest and gives its profile, slice by slice.

import { type MeteredRun, metering } from '../engine/metering.ts';
import type { Sp1Guest } from '../machine/sp1/machine.ts';
import { type Fineness, LiveSlicer } from '../machine/sp1/profile/live-slicer.ts';
import { otherShards } from '../machine/sp1/profile/other-shards.ts';
import { shardChips } from '../machine/sp1/profile/shard-chips.ts';
import { type SlotTallies, slotTallies } from '../machine/sp1/profile/slice-counts.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../machine/sp1/records/cut/shape.ts';
import { checkShardGuest } from '../machine/sp1/records/support.ts';
import { HASHES } from '../planner/fold/hash.ts';
import { profileConfig } from '../planner/run/config.ts';
import type { ProfiledRun, RunProfile } from '../planner/run/run-profile.ts';
import type { RunData } from '../result.ts';
import { type ExecuteOptions, executionOf, guestOf, resultOf, withTail } from './execute.ts';
import { DEFAULT_CHUNK_ENTRIES } from './trace.ts';

/** Instructions of a slice unless given. */
export const DEFAULT_SLICE: number = 2 ** 18;

export interface ProfileRunOptions extends ExecuteOptions {
  readonly chunkEntries?: number;
  /** Instructions of a slice; 2^18 unless given. */
  readonly slice?: number;
  /** By which shards of calls and of memory are cut; SP1's own unless given. */
  readonly limits?: RunProfile['limits'];
  /** Other sizes from a clk on, ascending. */
  readonly finer?: readonly Fineness[];
}

const UPSTREAM = { elements: DEFAULT_ELEMENT_THRESHOLD, height: DEFAULT_HEIGHT_THRESHOLD };

export interface ProfiledGuest {
  readonly profile: RunProfile;
  readonly result: RunData;
}

/** @throws JitExecError for a guest without shards. What the guest did is in `result`. */
export function profileRun(bytes: Uint8Array, given: ProfileRunOptions): ProfiledGuest {
  const { chunkEntries = DEFAULT_CHUNK_ENTRIES, slice = DEFAULT_SLICE, finer = [], limits = UPSTREAM, ...rest } = given;
  const { tail, options } = withTail(rest);
  const guest = guestOf(bytes, options);
  const cut = { ...limits, memoryShards: 'separate' } as const;
  checkShardGuest(guest, cut);
  const fineness = [{ clk: 0, instructions: slice }, ...finer];
  let slicer!: LiveSlicer;
  let tallies!: SlotTallies;
  const observe = metering({
    touches: true,
    watch(run: MeteredRun) {
      tallies = slotTallies(run.text);
      slicer = new LiveSlicer(run, tallies, guest.program.entry, fineness, chunkEntries);
      return slicer;
    },
  });
  const executor = executionOf(guest, options, observe);
  const start = performance.now();
  const exit = executor.run();
  const result = resultOf(executor, exit, (performance.now() - start) / 1000, tail);
  slicer.finish(result.clk!);
  const isHalted = exit.kind === 'halted';
  const others = isHalted ? otherShards(guest as Sp1Guest, slicer, result.clk!, cut) : [];
  const profile = {
    machine: guest.machine,
    program: HASHES.sha256(bytes),
    config: profileConfig({ chunkEntries, sp1Version: options.sp1Version }),
    sliceInstructions: slice,
    limits,
    chips: shardChips(guest.program),
    opcodes: tallies.names,
    runs: [{ ...runOf(slicer, result, options.inputs ?? []), others }],
  };
  return { profile, result };
}

function runOf(
  { slices, hintsRead }: LiveSlicer,
  { exit }: RunData,
  inputs: readonly Uint8Array[],
): Omit<ProfiledRun, 'others'> {
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
