// `trace --plan FILE`: where a plan of the same run wants shards to begin.

import { profileConfig } from '../../../planner/run/config.ts';
import { checkPlanIsOf, type ReadRunPlan, readRunPlan } from '../../../planner/run/plan-file.ts';
import type { Arguments } from '../../command.ts';
import { readBytes } from '../../input.ts';
import { sha256 } from '../../sha256.ts';
import type { RunRequest } from '../../threads/guest/guest-outcome.ts';

/** The plan in a file, if it is one of this run. @throws PLAN_INVALID. */
export function planOf(
  path: string,
  { bytes, name, options }: Pick<RunRequest, 'bytes' | 'name' | 'options'>,
  args: Arguments,
): ReadRunPlan {
  const plan = readRunPlan(new TextDecoder().decode(readBytes(path)), path);
  checkPlanIsOf(
    plan,
    {
      program: sha256(bytes),
      inputs: (options.inputs ?? []).map(sha256),
      config: profileConfig({ chunkEntries: args['chunk-entries'] as number, sp1Version: options.sp1Version }),
    },
    name,
  );
  return plan;
}

/** Undefined without a plan. @throws PLAN_INVALID. */
export function plannedCuts(
  args: Arguments,
  request: Pick<RunRequest, 'bytes' | 'name' | 'options'>,
): readonly number[] | undefined {
  const path = args.plan as string | undefined;
  if (path === undefined) return undefined;
  return planOf(path, request, args).shards.map(({ clkStart }) => clkStart);
}
