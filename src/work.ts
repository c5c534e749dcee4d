// The verb: runs a guest as a plan says and makes an artefact of each shard that a store has not.

import type { Columns } from '../runtime/columns/columns.ts';
import { JitExecError } from '../runtime/errors.ts';
import { TraceChunk } from '../runtime/trace/chunk.ts';
import { type ExecuteOptions, guestOf } from './execute.ts';
import { ShardsInPlace } from './machine/sp1/pipeline/in-place.ts';
import type { FilledShard } from './machine/sp1/pipeline/sink.ts';
import { memoryClaim } from './machine/sp1/profile/memory-claims.ts';
import { finalMemory } from './machine/sp1/records/final-memory.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from './machine/sp1/records/shape.ts';
import { cellsOf, type Shard } from './machine/sp1/records/shards.ts';
import { checkShardGuest } from './machine/sp1/records/support.ts';
import type { HashName } from './planner/fold/hash.ts';
import type { ReadRunPlan } from './planner/run/plan-file.ts';
import type { Artefact, ShardFacts } from './planner/store/artefact.ts';
import type { RunArtefacts, RunRecord } from './planner/store/run-artefacts.ts';
import { type TraceData, traceInto } from './trace.ts';

export interface WorkOptions extends ExecuteOptions {
  readonly chunkEntries: number;
  readonly plan: ReadRunPlan;
  readonly artefacts: RunArtefacts;
  readonly hash: HashName;
  /** Only the shard with this index is made. */
  readonly onlyShard?: number | undefined;
  /** SHA-256 over canonical u32, row by row. */
  readonly digestOf: (columns: Columns) => string;
  readonly onArtefact: (facts: ShardFacts, isReused: boolean) => void;
}

/** The run itself, all of whose shards are in the store when this returns. */
export function work(bytes: Uint8Array, options: WorkOptions): TraceData {
  const { plan, artefacts, hash, onlyShard, digestOf, onArtefact, chunkEntries, ...rest } = options;
  const guest = guestOf(bytes, rest);
  const cuts = {
    elements: DEFAULT_ELEMENT_THRESHOLD,
    height: DEFAULT_HEIGHT_THRESHOLD,
    memoryShards: 'separate',
    cuts: plan.shards.map(({ clkStart }) => clkStart),
  } as const;
  checkShardGuest(guest, cuts);
  const shards: RunRecord['shards'][number][] = [];
  const wants = (shard: Shard): boolean => {
    const key = artefacts.keyOfShard(shard);
    shards.push({ index: shard.index, kind: shard.kind, key });
    if (onlyShard !== undefined && onlyShard !== shard.index) return false;
    const there = artefacts.artefact(key);
    if (there !== undefined) onArtefact(there.facts, true);
    return there === undefined;
  };
  const end = (filled: FilledShard): void => {
    const artefact = artefactOf(filled, hash, digestOf);
    artefacts.put(artefact);
    onArtefact(artefact.facts, false);
  };
  const pipeline = new ShardsInPlace(guest, { ...cuts, wants }, { isWhole: true, end });
  const result = traceInto(
    bytes,
    { ...rest, chunkEntries },
    ({ buffer, offset, bytes: size }) => ({
      acquire() {
        pipeline.begun();
        return offset;
      },
      publish: at => pipeline.add(TraceChunk.fromRaw(new Uint8Array(buffer, at, size), '6.4', 'chunk')),
    }),
    1,
    (executor, clk) => pipeline.finish(finalMemory(executor), clk),
  );
  if (result.exit.kind === 'halted') artefacts.putRecord({ shards });
  return result;
}

/** @throws ELF_UNSUPPORTED for a shard that SP1 can make no trace of. */
function artefactOf(filled: FilledShard, hash: HashName, digestOf: WorkOptions['digestOf']): Artefact {
  const { shard, unprovable, columns, events } = filled;
  const { index, kind, clkStart, clkEnd, pcStart, pcEnd } = shard;
  if (unprovable !== undefined)
    throw new JitExecError('ELF_UNSUPPORTED', `work: shard ${index} cannot be proved: ${unprovable.reason}`);
  const chips = columns.map(one => ({
    name: one.name,
    rows: one.rows,
    realRows: one.realRows,
    sha256: digestOf(one),
  }));
  const facts = { index, kind, clkStart, clkEnd, pcStart, pcEnd, cells: cellsOf(shard), chips };
  return { facts, claim: memoryClaim(events, hash) };
}
