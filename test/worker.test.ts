// Guests in threads of their own, as the package starts them.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepare as prepareHere } from '../src/prepare.ts';
import { execute } from '../src/verbs/execute.ts';
import { trace } from '../src/verbs/trace.ts';
import type { ChunkRunOptions, WorkerRunOptions } from '../src/worker.ts';
import build from './build.ts';

const read = (name: string): Uint8Array => readFileSync(new URL(`../examples/guests/bin/${name}.elf`, import.meta.url));
const inputs = [new Uint8Array(BigUint64Array.of(200n).buffer)];
const fibonacci = read('fibonacci.sp1');

let built: typeof import('../src/worker.ts');
beforeAll(async () => {
  await build();
  built = await import(new URL('../dist/src/worker.js', import.meta.url).href);
}, 300_000);

const chunksOf = async (options: ChunkRunOptions): Promise<{ raws: string[]; instructions: number }> => {
  const raws: string[] = [];
  const chunks = built.chunksInWorker(fibonacci, { inputs, chunkEntries: 100, ...options });
  for (;;) {
    const { value, done } = await chunks.next();
    if (done) return { raws, instructions: value.instructions };
    raws.push(Buffer.from(value.raw).toString('base64'));
  }
};

describe('a guest in a worker', () => {
  test('does what it does here, from its bytes or prepared', async () => {
    const expected = execute(fibonacci, { inputs });
    for (const guest of [fibonacci, built.prepare(fibonacci)]) {
      const result = await built.runInWorker(guest, { inputs });
      expect({ ...result.toJSON(), seconds: 0, mips: 0 }).toEqual({ ...expected.toJSON(), seconds: 0, mips: 0 });
    }
    expect(prepareHere(fibonacci).machine).toBe('sp1');
  });

  test('tells what it writes, and of a fault as a result', async () => {
    let text = '';
    const stdout: WorkerRunOptions['stdout'] = bytes => {
      text += new TextDecoder().decode(bytes);
    };
    const { exit } = await built.runInWorker(read('faults.rv64'), { args: ['wild-store'], stdout });
    expect([text, exit.kind]).toEqual(['wild-store\n', 'fault']);
  });

  test('is stopped by a signal, before and while it runs', async () => {
    const reason = new Error('enough');
    const endless = { args: ['endless'] };
    await expect(
      built.runInWorker(read('faults.rv64'), { ...endless, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    const controller = new AbortController();
    const run = built.runInWorker(read('faults.rv64'), { ...endless, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 100);
    await expect(run).rejects.toBe(reason);
  });

  test('hands out the chunks of its trace to a loop, which may leave', async () => {
    const expected: string[] = [];
    trace(fibonacci, {
      inputs,
      chunkEntries: 100,
      onChunk: ({ raw }) => expected.push(Buffer.from(raw).toString('base64')),
    });
    expect(expected.length).toBeGreaterThan(5);
    expect(await chunksOf({})).toEqual({ raws: expected, instructions: execute(fibonacci, { inputs }).instructions });
    for await (const { index } of built.chunksInWorker(fibonacci, { inputs, chunkEntries: 100 })) {
      expect(index).toBe(0);
      break;
    }
  });

  test('rejects with the code of what the caller did wrong', async () => {
    await expect(built.runInWorker(fibonacci, { hot: 0 })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(built.runInWorker(read('sort.rv32'), { onChunk: () => undefined })).rejects.toMatchObject({
      code: 'ELF_UNSUPPORTED',
    });
  });
});
