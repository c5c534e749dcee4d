// What the command's options say of cutting segments, for each verb that cuts them and for an index that keeps it.

import { JitExecError } from '../../../../runtime/errors.ts';
import type { OpenVmVersion, PlanOptions, SegmentLimits } from '../../../verbs/plan.ts';
import type { Arguments } from '../../command.ts';

const LIMITS = { rows: 'max-rows', cells: 'max-cells', interactions: 'max-interactions' } as const;

function positive(args: Arguments, option: string): number | undefined {
  const value = args[option] as number | undefined;
  if (value === 0) throw new JitExecError('USAGE', `--${option}: expected a number above 0`);
  return value;
}

function limitsOf(args: Arguments): Partial<SegmentLimits> {
  const given = Object.entries(LIMITS).map(([name, option]) => [name, positive(args, option)]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

export type SegmentCuts = Pick<PlanOptions, 'openvmVersion' | 'limits' | 'checkEvery'>;

export function segmentCutsOf(args: Arguments): SegmentCuts {
  const checkEvery = positive(args, 'check-every');
  return {
    openvmVersion: args['openvm-version'] as OpenVmVersion,
    limits: limitsOf(args),
    ...(checkEvery !== undefined && { checkEvery }),
  };
}
