// Runs a guest to its end for its profile, in a thread that signals and time limits reach.

import type { RunProfile } from '../../../planner/run/run-profile.ts';
import { readRunProfile } from '../../../planner/run/run-profile-file.ts';
import type { Arguments } from '../../command.ts';
import { readInputs } from '../../input.ts';
import { runningLine } from '../../progress.ts';
import { makeStdinBuffer } from '../../threads/guest/guest-stdin.ts';
import { runGuest } from '../../threads/guest/guest-thread.ts';
import { instructionsSoFar, makeStopWords } from '../../threads/guest/stop-words.ts';
import type { ProfileData, ProfileRequest } from '../../threads/profile-worker.ts';
import { checkMachine, explain, runOptions } from '../run/run.ts';

export interface GuestProfile {
  readonly profile: RunProfile;
  readonly bytes: Uint8Array;
  readonly result: ProfileData;
  /** Says on standard error how the run ended. */
  readonly tell: (summary: string) => void;
}

/** `program`: its bytes, `finer`: other sizes of slices from a clk on. */
export async function profileGuest(
  args: Arguments,
  program: Uint8Array,
  finer: ProfileRequest['slices']['finer'] = [],
): Promise<GuestProfile> {
  const request: ProfileRequest = {
    bytes: program,
    name: args.program,
    options: { ...runOptions(args), inputs: readInputs(args.argv, args) },
    interrupt: makeStopWords(),
    stdin: makeStdinBuffer(),
    // Standard output is the command's.
    stdout: 2,
    slices: {
      slice: args.slice as number,
      chunkEntries: args['chunk-entries'] as number,
      limits: { elements: args['element-threshold'] as number, height: args['height-threshold'] as number },
      finer,
    },
  };
  await checkMachine(request, args);
  const count = (): number => instructionsSoFar(request.interrupt);
  const { result } = await runGuest<ProfileData>(new URL('./profile-worker.js', import.meta.url), request, {
    quiet: args.quiet === true,
    timeout: args.timeout as number | undefined,
    progress: runningLine(`profiling ${args.program}`, count, request.options.maxCycles),
  });
  return {
    profile: readRunProfile(result.runProfile, args.program),
    bytes: result.runProfile,
    result,
    tell: summary => explain(result, request, args, summary),
  };
}
