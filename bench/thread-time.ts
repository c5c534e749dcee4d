// Processor time, which a busy machine changes less than the time on the clock.

import { existsSync, readFileSync } from 'node:fs';

/** Linux: nanoseconds on a processor, nanoseconds ready and waiting for one, turns. */
const SCHEDSTAT = '/proc/thread-self/schedstat';

/** Seconds of the calling thread; of all threads of the process where the host does not tell them apart. */
export function threadSeconds(): number {
  if (existsSync(SCHEDSTAT)) return Number(readFileSync(SCHEDSTAT, 'utf8').split(' ')[0]) / 1e9;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
