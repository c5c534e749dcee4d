// How much memory the host, or the process's control group, has left.

import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** Text of a file; throws where there is none. */
type Read = (path: string) => string;

const readText: Read = path => readFileSync(path, 'utf8');

/** Node 20.13 and later know of the group. */
const { availableMemory, constrainedMemory } = process as {
  availableMemory?: () => number;
  constrainedMemory?: () => number;
};

/** Bytes. What a control group keeps of files counts as left: the kernel gives it up before it refuses anything. */
export function availableBytes(): number {
  const free = freemem();
  const limit = constrainedMemory?.call(process) ?? 0;
  if (availableMemory === undefined || limit === 0 || limit >= totalmem()) return free;
  return Math.min(free, availableMemory.call(process) + fileBytesOfGroup(readText));
}

/** Part of what is free that a run on threads may take. */
const RAM_SHARE = 0.75;

/** Bytes that such a run may take: what was given, or most of what is free. */
export const ramBudget = (given: number | undefined): number => given ?? Math.floor(RAM_SHARE * availableBytes());

/**
 * Bytes of files that the group has in memory and has not used lately. /proc/self/cgroup has a line `0::path` for version 2,
 * `n:memory:path` for version 1; in a container the path may be one of the host's, and the group lies at the root.
 */
export function fileBytesOfGroup(read: Read): number {
  const lines = tried(read, '/proc/self/cgroup')?.split('\n') ?? [];
  for (const line of lines) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const isFirst = controllers.split(',').includes('memory');
    if (!isFirst && controllers !== '') continue;
    const root = isFirst ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
    const stat = tried(read, `${root}${path}/memory.stat`) ?? tried(read, `${root}/memory.stat`);
    const bytes = new RegExp(`^${isFirst ? 'total_' : ''}inactive_file (\\d+)$`, 'm').exec(stat ?? '')?.[1];
    if (bytes !== undefined) return Number(bytes);
  }
  return 0;
}

function tried(read: Read, path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}
