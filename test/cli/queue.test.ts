// What is said of a Redis that is not there, too old, or no Redis.

import { createServer, type Server } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { JitExecError } from '../../runtime/errors.ts';
import { connectionTo, failureText, loadBullMq } from '../../src/command/work/redis-queue.ts';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** A server that answers every command with a text. */
function answering(text: string): Promise<string> {
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', data => {
      const commands = String(data).match(/^\*/gm)?.length ?? 0;
      for (let i = 0; i < commands; i++) socket.write(`$${text.length}\r\n${text}\r\n`);
    });
  });
  servers.push(server);
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`redis://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`);
    });
  });
}

describe('a queue', () => {
  it.each<[string, () => string | Promise<string>, string, string]>([
    ['that nobody serves', () => 'redis://127.0.0.1:1', 'QUEUE_UNAVAILABLE', 'no Redis answers at 127.0.0.1:1'],
    [
      'of Redis 4',
      () => answering('redis_version:4.0.9\r\nloading:0'),
      'QUEUE_UNAVAILABLE',
      'expected Redis 5.0 or later',
    ],
    ['of something else', () => answering('loading:0'), 'QUEUE_UNAVAILABLE', 'got none'],
    ['at no address', () => '127.0.0.1:6379', 'USAGE', '--queue: expected redis://HOST:PORT'],
    ['of another protocol', () => 'http://127.0.0.1', 'USAGE', '--queue: expected redis://HOST:PORT'],
  ])('%s is refused by name', async (_, address, code, text) => {
    const refused = connectionTo(await address(), await loadBullMq());
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('tells errors by their codes', () => {
    expect(failureText(new JitExecError('FILE_UNWRITABLE', 'cannot write x'))).toBe('FILE_UNWRITABLE: cannot write x');
    expect(failureText(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toBe('ENOSPC: x');
    expect(failureText(new Error('x'))).toBe('BUG: x');
  });
});
