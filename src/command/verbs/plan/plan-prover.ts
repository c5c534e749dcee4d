// `jit-exec plan --prover`: shards that another prover would have of a run of SP1, by its cost table.

import type { ProverName } from '../../../planner/provers/cost-table.ts';
import { type ProverPlan, planForProver } from '../../../planner/provers/plan-prover.ts';
import type { ProfiledRun, RunProfile } from '../../../planner/run/run-profile.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { jsonLine, printable, writeAll } from '../../output.ts';
import { writeResult } from '../write-result.ts';

export function reportProver(args: Arguments, profile: RunProfile, run: ProfiledRun): void {
  const { cap, shards } = args as Readonly<Record<string, number | undefined>>;
  const plan = planForProver(profile, run, args.prover as ProverName, { cap, shards });
  const { table, ...rest } = plan;
  const { opcodes: _figures, ...about } = table;
  const json = jsonLine({
    ...{ schema: 1, version: VERSION, kind: 'prover plan', isValidated: false, table: about },
    instructions: run.instructions,
    ...rest,
  });
  if (args.output !== undefined) writeResult(args.output as string, json);
  writeAll(1, args.json ? json : printable(textOf(plan)));
}

function textOf({ table, cap, cost, missing, shards }: ProverPlan): string {
  const without = Object.entries(missing).map(([mnemonic, count]) => `${mnemonic} ${count}`);
  const lines = [
    `${table.prover}, ${table.unit} of table ${table.version}: ${table.source}`,
    `not checked against ${table.prover}; left out: ${table.without.join(', ')}`,
    ...(without.length === 0 ? [] : [`partial: instructions without a figure: ${without.join(', ')}`]),
    'shard   instructions             cost',
    ...shards.map(({ index, start, end, cost: own }) =>
      [String(index).padStart(5), String(end - start).padStart(15), String(own).padStart(17)].join(''),
    ),
    `${shards.length} shards, ${cost} ${table.unit}${cap === undefined ? '' : `, at most ${cap} each`}`,
  ];
  return lines.map(line => `${line}\n`).join('');
}
