// The queue of jobs at a Redis, by BullMQ; both are loaded only here.

import { JitExecError } from '../../../runtime/errors.ts';

/** Of BullMQ 5. */
const LEAST_VERSION = [5, 0];
const CONNECT_MILLISECONDS = 5000;
export const QUEUE_NAME = 'jit-exec';

export type BullMq = typeof import('bullmq');

/** How BullMQ reaches a Redis. */
export interface RedisAddress {
  readonly url: string;
  readonly connectTimeout: number;
}

export const queueUnavailable = (text: string, cause?: unknown): JitExecError =>
  new JitExecError('QUEUE_UNAVAILABLE', `queue: ${text}`, { cause });

/** The package. @throws QUEUE_PACKAGE where it is not installed. */
export async function loadBullMq(): Promise<BullMq> {
  try {
    return await import('bullmq');
  } catch (cause) {
    throw new JitExecError('QUEUE_PACKAGE', 'queue: the package bullmq is not there: npm install bullmq@5.81.5', {
      cause,
    });
  }
}

/** How BullMQ reaches the Redis of an address, once it answered and is recent enough. @throws USAGE, QUEUE_UNAVAILABLE. */
export async function connectionTo(address: string, { RedisConnection }: BullMq): Promise<RedisAddress> {
  const url = addressOf(address);
  const shown = `${url.hostname}:${url.port || 6379}`;
  const connection = { url: address, connectTimeout: CONNECT_MILLISECONDS };
  // One try; whoever works later waits for a Redis that is started again.
  const once = { ...connection, retryStrategy: () => null, maxRetriesPerRequest: 0, skipVersionCheck: true };
  const probe = new RedisConnection(once);
  let failure: Error | undefined;
  probe.on('error', (error: Error) => {
    failure = error;
  });
  try {
    const client = await probe.client;
    checkVersion(await client.info(), shown);
  } catch (error) {
    if (error instanceof JitExecError) throw error;
    throw queueUnavailable(`no Redis answers at ${shown}: ${(failure ?? (error as Error)).message}`, error);
  } finally {
    await probe.close(true).catch(() => undefined);
  }
  return connection;
}

function addressOf(address: string): URL {
  if (URL.canParse(address)) {
    const url = new URL(address);
    if (['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '') return url;
  }
  throw new JitExecError('USAGE', `--queue: expected redis://HOST:PORT, got ${address}`);
}

function checkVersion(info: string, shown: string): void {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1];
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (major > LEAST_VERSION[0]! || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1]!)) return;
  throw queueUnavailable(`expected Redis ${LEAST_VERSION.join('.')} or later at ${shown}, got ${version ?? 'none'}`);
}

/** An error as the text of a job that failed, and back. */
export const failureText = (error: Error): string =>
  `${error instanceof JitExecError ? error.code : ((error as NodeJS.ErrnoException).code ?? 'BUG')}: ${error.message}`;
