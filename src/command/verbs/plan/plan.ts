// `jit-exec plan`: finds out what it was given, and plans that.

import { JitExecError } from '../../../../runtime/errors.ts';
import { chooseMachine } from '../../../machine/choose.ts';
import { elfOf } from '../../../machine/elf-of.ts';
import { isManifest } from '../../../planner/batch/manifest.ts';
import { isBatchProfile } from '../../../planner/batch/profile-file.ts';
import { isRunProfile } from '../../../planner/run/run-profile-file.ts';
import type { Arguments } from '../../command.ts';
import { readBytes } from '../../input.ts';

/** Whether the bytes are those of an executable. */
const isElf = (bytes: Uint8Array): boolean => bytes[0] === 0x7f && bytes[1] === 0x45;

/** Whether the machine that was asked for, or that the file is for, is SP1's. */
const isSp1 = ({ machine, program }: Arguments, bytes: Uint8Array): boolean =>
  machine === 'sp1' || (machine === 'auto' && chooseMachine(elfOf(bytes, program)) === 'sp1');

/** A picture is of shards over a run. */
function checkPicture(args: Arguments, bytes: Uint8Array): void {
  const isOfRun = args.prover === undefined && (isRunProfile(bytes) || (isElf(bytes) && isSp1(args, bytes)));
  if (args.picture === undefined || isOfRun) return;
  throw new JitExecError('USAGE', '--picture: only the shards of a run of SP1 are drawn');
}

export async function plan(args: Arguments): Promise<number> {
  const bytes = readBytes(args.program);
  checkPicture(args, bytes);
  if (isBatchProfile(bytes)) return (await import('./plan-batch.ts')).planBatchFile(args, bytes);
  if (isManifest(bytes)) return (await import('./plan-batch.ts')).showManifest(args, bytes);
  if (isRunProfile(bytes)) return (await import('./plan-run.ts')).planProfile(args, bytes);
  if (isElf(bytes) && isSp1(args, bytes) && args.calibrate === true)
    return (await import('./calibrate.ts')).calibrate(args, bytes);
  if (args.calibrate === true) throw new JitExecError('USAGE', 'plan --calibrate: expected a program of SP1');
  if (isElf(bytes) && isSp1(args, bytes)) return (await import('./plan-run.ts')).planProgram(args, bytes);
  if (isElf(bytes)) return (await import('./plan-segments.ts')).planSegments(args, bytes);
  throw new JitExecError(
    'INPUT_INVALID',
    `plan: expected a profile (JXPROF; of a batch IXESP, IXPROF), a manifest (.ixes) or a program, got none of them in ${args.program}`,
  );
}
