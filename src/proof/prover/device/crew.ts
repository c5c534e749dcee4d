// A crew that leaves to a device what it can compute: the same calls on the same memory. What the device leaves the others do.

import type { GpuPolicy } from '../../../tracegen/device/requests.ts';
import type { LaneCall } from '../lanes/calls.ts';
import type { ProverCrew } from '../lanes/crew.ts';
import { jobsOf, jobWords } from './jobs.ts';
import { LIST, type ProverRequest } from './requests.ts';

/** Below, the way to the device and back costs more. */
const PAYING_WORDS = 2 ** 20;

export interface DeviceCrew extends ProverCrew {
  /** Lists that the device computed, by what they were. */
  readonly onDevice: ReadonlyMap<string, number>;
}

/** `ask` brings a request to the service, in another thread. */
export function deviceCrew(crew: ProverCrew, policy: GpuPolicy, ask: (request: ProverRequest) => void): DeviceCrew {
  const onDevice = new Map<string, number>();
  const least = policy === 'all' ? 0 : PAYING_WORDS;
  const known = new Set<number>();
  const isDone = (calls: readonly LaneCall[]): boolean => {
    const jobs = jobsOf(calls);
    if (jobs === undefined || jobs.reduce((sum, job) => sum + jobWords(job), 0) < least) return false;
    const reply = new Int32Array(new SharedArrayBuffer(4));
    ask({ kind: 'run', memory: crew.memory.buffer as SharedArrayBuffer, jobs, reply });
    Atomics.wait(reply, 0, LIST.asked);
    if (Atomics.load(reply, 0) !== LIST.done) return false;
    const { kind } = jobs[0]!;
    onDevice.set(kind, (onDevice.get(kind) ?? 0) + 1);
    return true;
  };
  return {
    memory: crew.memory,
    threads: crew.threads,
    onDevice,
    run: calls => {
      if (!isDone(calls)) crew.run(calls);
    },
    know: (airId, key) => {
      crew.know(airId, key);
      if (known.has(airId)) return;
      known.add(airId);
      ask({ kind: 'know', airId, key });
    },
    ask: call => crew.ask(call),
    end: () => crew.end(),
  };
}
