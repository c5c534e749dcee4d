// `jit-exec plan` of a batch: its profile cut into shards, or what a manifest holds.

import { totalmem } from 'node:os';
import { manifestOf, readManifest, writeManifest } from '../../../planner/batch/manifest.ts';
import { type BatchOptions, type BatchPlan, DEFAULT_ARITY, planBatch } from '../../../planner/batch/plan-batch.ts';
import type { BatchProfile } from '../../../planner/batch/profile.ts';
import { readBatchProfile } from '../../../planner/batch/profile-file.ts';
import { aggPlan, foldsOf } from '../../../planner/fold/fold-plan.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { complain, jsonLine, printable, writeAll } from '../../output.ts';
import { sha256 } from '../../sha256.ts';
import { STATUS } from '../../status.ts';
import { writeResult } from '../write-result.ts';

const GIB = 2 ** 30;

/** Budgets as given; with none of them, this machine's memory. */
function optionsOf(args: Arguments): BatchOptions {
  const { shards, cap, epsilon, model, fold, workers } = args as Partial<Record<string, never>>;
  const given = args.ram as number | undefined;
  const ram = shards === undefined && cap === undefined ? (given ?? totalmem()) : given;
  return {
    shards,
    cap,
    ram: ram === undefined ? undefined : ram / GIB,
    partition: args.partition as BatchOptions['partition'],
    epsilon,
    model,
    arity: args['agg-arity'] as number | undefined,
    fold,
    workers,
  };
}

export function planBatchFile(args: Arguments, bytes: Uint8Array): number {
  const profile = readBatchProfile(bytes, args.program);
  const options = optionsOf(args);
  const plan = planBatch(profile, options);
  const report = reportOf(profile, plan, bytes, options);
  const output = args.output as string | undefined;
  if (output?.endsWith('.ixes'))
    writeResult(output, writeManifest(manifestOf(profile, { ...plan, shards: plan.shards.length })));
  else if (output !== undefined) writeResult(output, jsonLine(report));
  writeAll(1, args.json ? jsonLine(report) : printable(table(plan, options)));
  if (!plan.isInfeasible) return 0;
  complain(
    `plan: a single block is over the cap of ${plan.cap} ${plan.unit}, so that no number of shards is within it`,
  );
  return STATUS.infeasible;
}

function reportOf(
  profile: BatchProfile,
  plan: BatchPlan,
  bytes: Uint8Array,
  { ram, shards, cap }: BatchOptions,
): object {
  return {
    schema: 1,
    version: VERSION,
    kind: 'batch plan',
    profile: { sha256: sha256(bytes), version: profile.version, blocks: profile.blocks.length },
    budget: { shards, cap, ramGib: ram },
    ...plan,
    assignment: [...plan.assignment],
  };
}

function table(plan: BatchPlan, { ram }: BatchOptions): string {
  const lines = [
    `model ${plan.model}, ${plan.partition}${plan.cap === undefined ? '' : `, cap ${plan.cap} ${plan.unit}`}${ram === undefined ? '' : ` of ${ram.toFixed(2)} GiB`}`,
    'shard   blocks        predicted    bytes loaded      GiB  seconds',
    ...plan.shards.map(
      shard =>
        `${String(shard.index).padStart(5)} ${String(shard.blocks).padStart(8)} ${String(shard.predicted).padStart(16)} ${String(shard.crossIngress).padStart(15)} ${shard.ram.toFixed(2).padStart(8)} ${(shard.seconds?.toFixed(0) ?? '-').padStart(8)}`,
    ),
    `${plan.shards.length} shards load ${plan.crossIngress} bytes of others; ${plan.folds} folds, at most ${plan.foldDepth} one behind the other`,
    ...(plan.estimate === undefined
      ? []
      : [
          `${plan.estimate.total.toFixed(0)} s together, at least ${plan.estimate.wall.toFixed(0)} s on ${plan.estimate.workers}`,
        ]),
  ];
  return lines.map(line => `${line}\n`).join('');
}

/** What a manifest holds, and how it is folded. */
export function showManifest(args: Arguments, bytes: Uint8Array): number {
  const { crossIngress, shards, tree } = readManifest(bytes, args.program);
  const arity = (args['agg-arity'] as number | undefined) ?? DEFAULT_ARITY;
  const fold = tree === undefined ? undefined : aggPlan(tree, arity, args.fold as BatchOptions['fold']);
  const rows = shards.map(shard => ({
    index: shard.id,
    blocks: shard.members.length,
    heartbeats: Number(shard.heartbeats),
    ownBytes: Number(shard.ownSize),
    crossIngress: Number(shard.crossIngress),
    foreign: shard.foreign.length,
  }));
  const report = {
    schema: 1,
    version: VERSION,
    kind: 'manifest',
    crossIngress: Number(crossIngress),
    shards: rows,
    tree,
    fold,
  };
  const folds = fold === undefined ? 'no tree of folds' : `${foldsOf(fold)} folds`;
  const text = [
    'shard   blocks  heartbeats    bytes loaded',
    ...rows.map(
      row =>
        `${String(row.index).padStart(5)} ${String(row.blocks).padStart(8)} ${String(row.heartbeats).padStart(11)} ${String(row.crossIngress).padStart(15)}`,
    ),
    `${rows.length} shards load ${crossIngress} bytes of others; ${folds}`,
  ];
  writeAll(1, args.json ? jsonLine(report) : printable(text.map(line => `${line}\n`).join('')));
  return 0;
}
