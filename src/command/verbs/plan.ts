// `jit-exec plan`: finds out what it was given, and plans that.

import { JitExecError } from '../../../runtime/errors.ts';
import { isManifest } from '../../planner/batch/manifest.ts';
import { isBatchProfile } from '../../planner/batch/profile-file.ts';
import type { Arguments } from '../command.ts';
import { readBytes } from '../input.ts';

/** Whether the bytes are those of an executable. */
const isElf = (bytes: Uint8Array): boolean => bytes[0] === 0x7f && bytes[1] === 0x45;

export async function plan(args: Arguments): Promise<number> {
  const bytes = readBytes(args.program);
  if (isBatchProfile(bytes)) return (await import('./plan-batch.ts')).planBatchFile(args, bytes);
  if (isManifest(bytes)) return (await import('./plan-batch.ts')).showManifest(args, bytes);
  if (isElf(bytes)) return (await import('./plan-segments.ts')).planSegments(args, bytes);
  throw new JitExecError(
    'INPUT_INVALID',
    `plan: expected a batch profile (IXESP, IXPROF), a manifest (.ixes) or a program, got none of them in ${args.program}`,
  );
}
