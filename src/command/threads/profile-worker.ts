// The thread of a guest whose run is profiled.

import { parentPort } from 'node:worker_threads';
import { writeRunProfile } from '../../planner/run/run-profile-file.ts';
import type { RunData } from '../../result.ts';
import { type ProfileRunOptions, profileRun } from '../../verbs/profile-run.ts';
import { outcomeOf, type RunRequest } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';

export interface ProfileRequest extends RunRequest {
  readonly slices: Pick<ProfileRunOptions, 'slice' | 'chunkEntries' | 'finer' | 'limits'>;
}

export interface ProfileData extends RunData {
  /** The bytes of its file. */
  readonly runProfile: Uint8Array;
}

parentPort!.once('message', async (request: ProfileRequest) => {
  await registerWrittenInterpreters();
  parentPort!.postMessage(
    outcomeOf(request, (options): ProfileData => {
      const { profile, result } = profileRun(request.bytes, { ...options, ...request.slices });
      return { ...result, runProfile: writeRunProfile(profile) };
    }),
  );
});
