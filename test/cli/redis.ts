// A Redis of the tests' own.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether there is one to start. */
export const HAS_REDIS: boolean = spawnSync('redis-server', ['--version']).status === 0;

export const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

export class TestRedis {
  readonly url: string;
  readonly #port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'jit-exec-redis-'));
  #process: ChildProcess | undefined;

  constructor(port: number) {
    this.#port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** Answers when this resolves. Nothing of an earlier one is kept. */
  async start(): Promise<void> {
    const args = ['--port', String(this.#port), '--save', '', '--appendonly', 'no', '--dir', this.#folder];
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#process = server;
    await new Promise<void>((resolve, reject) => {
      server.stdout!.on('data', data => String(data).includes('Ready to accept') && resolve());
      server.once('exit', () => reject(new Error('redis-server ended')));
    });
  }

  /** At once, as when its machine is lost. */
  kill(): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (server === undefined) return Promise.resolve();
    return new Promise(resolve => {
      server.once('exit', () => resolve());
      server.kill('SIGKILL');
    });
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
