// What goes wrong with a GPU becomes an error with a code that says what to do, and the process stays well.

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { kernel } from '../../../codegen/wgsl/module.ts';
import { whole } from '../../../runtime/gpu/device.ts';
import { openGpu } from '../../../runtime/gpu/thread-device.node.ts';
import { ADAPTER, NO_GPU, openTestGpu, ownerThread } from './gpu.ts';

const nothing = { body: '', host: (): void => {} };
const fill = kernel({ name: 'fill', buffers: { words: 'write' }, ...nothing, body: '  words[thread] = thread;\n' });

const coded = async (promise: Promise<unknown>): Promise<[string, string]> => {
  const error = await promise.then(
    () => ({ code: 'none', message: '' }),
    reason => reason,
  );
  return [error.code, error.message];
};

describe('a GPU', () => {
  if (NO_GPU !== undefined) {
    it.skip(NO_GPU, () => {});
    return;
  }

  it('that is software is taken only by name', async () => {
    const device = await openTestGpu();
    const { software } = device.info;
    await device.close();
    if (!software) return;
    const [code, message] = await coded(openGpu({}, await ownerThread()));
    expect(code).toBe('GPU_DRIVER');
    expect(message).toMatch(/computed by the processor.*--gpu-adapter/);
  });

  it('that is not there is said, with those that are', async () => {
    const [code, message] = await coded(openGpu({ adapter: 'Voodoo' }, await ownerThread()));
    expect(code).toBe('GPU_DRIVER');
    expect(message).toMatch(/no adapter "Voodoo"; there is ./);
  });

  it('with limits that are too small is refused, before and while it works', async () => {
    const needs = { maxStorageBuffersPerShaderStage: 1000 };
    const [code, message] = await coded(openTestGpu({ needs }));
    expect(code).toBe('GPU_LIMITS');
    expect(message).toMatch(/needs maxStorageBuffersPerShaderStage 1000, the adapter offers \d+; .*--gpu off/);
    const device = await openTestGpu({ lower: { maxStorageBufferBindingSize: 2 ** 16, maxBufferSize: 2 ** 20 } });
    expect((await coded(device.allocate(2 ** 21)))[0]).toBe('GPU_LIMITS');
    const buffer = await device.allocate(2 ** 17);
    const step = { kind: 'dispatch', kernel: fill, buffers: [whole(buffer)], threads: 1 } as const;
    expect((await coded(device.run([step])))[0]).toBe('GPU_LIMITS');
    await device.run([{ ...step, buffers: [whole(buffer, 2 ** 16)] }]);
    await device.close();
  });

  it('refuses a text that is wrong, and steps that do not fit together, and goes on', async () => {
    const device = await openTestGpu();
    const wrong = kernel({ name: 'wrong', buffers: { words: 'write' }, ...nothing, body: '  words[thread] = ;\n' });
    const [code, message] = await coded(device.prepare([wrong]));
    expect(code).toBe('GPU_INVALID');
    expect(message).toMatch(/kernel wrong: .*WGSL/);
    const twice = kernel({ name: 'twice', buffers: { a: 'write', b: 'write' }, ...nothing, body: '  a[0] = b[0];\n' });
    const buffer = await device.allocate(1024);
    const aliased = [whole(buffer), whole(buffer)];
    const bad = device.run([{ kind: 'dispatch', kernel: twice, buffers: aliased, threads: 1 }]);
    expect((await coded(bad))[0]).toBe('GPU_INVALID');
    const to = new Uint32Array(256);
    await device.run([
      { kind: 'dispatch', kernel: fill, buffers: [whole(buffer)], threads: 256 },
      { kind: 'download', from: whole(buffer), to },
    ]);
    expect(to[255]).toBe(255);
    await device.close();
  });

  it('that has too little memory says so, and has it again when some is given back', async () => {
    // Software takes the host's memory, of which a test should not take all.
    const device = await openTestGpu({ memoryBytes: 2 ** 20 });
    const release = await device.permit.acquire(2 ** 20);
    const waiting = device.permit.with(2 ** 10, async () => 'done');
    const [code, message] = await coded(device.permit.acquire(2 ** 21));
    expect(code).toBe('GPU_MEMORY');
    expect(message).toMatch(/use smaller shards/);
    release();
    expect(await waiting).toBe('done');
    await device.close();
  });

  it('gives back what a pool holds', async () => {
    const device = await openTestGpu();
    for (let i = 0; i < 30; i++) {
      const buffers = await Promise.all([2 ** 22, 2 ** 22].map(bytes => device.allocate(bytes)));
      for (const buffer of buffers) device.release(buffer);
    }
    await device.trim();
    await device.run([]);
    await device.close();
  });

  it('is opened and closed again and again, with work in flight', async () => {
    for (let i = 0; i < 12; i++) {
      const device = await openTestGpu();
      const buffer = await device.allocate(2 ** 16);
      const to = new Uint32Array(new SharedArrayBuffer(2 ** 16));
      const run = coded(
        device.run([
          { kind: 'dispatch', kernel: fill, buffers: [whole(buffer)], threads: 2 ** 14 },
          { kind: 'download', from: whole(buffer), to },
        ]),
      );
      if (i % 2 === 0) await run;
      await device.close();
      expect(['none', 'GPU_LOST']).toContain((await run)[0]);
      await device.close();
    }
  });
});

describe('a process with a GPU', () => {
  if (NO_GPU !== undefined || ADAPTER !== 'swiftshader') {
    it.skip(NO_GPU ?? 'on SwiftShader only', () => {});
    return;
  }

  const ends: readonly [string, string, number][] = [
    ['by itself', '', 0],
    ['by process.exit', 'process.exit(3)', 3],
    ['by a throw that nobody catches', 'throw new Error("enough")', 1],
  ];
  it.each(ends)('ends %s with work in flight', async (_how, statement, status) => {
    const { buildSync } = await import('esbuild');
    const thread = (await ownerThread()).href;
    const root = new URL('../../../', import.meta.url).pathname;
    const source = `
      import { openGpu } from './runtime/gpu/thread-device.node.ts';
      import { kernel } from './codegen/wgsl/module.ts';
      const device = await openGpu({ adapter: 'swiftshader' }, new URL(${JSON.stringify(thread)}));
      const buffer = await device.allocate(2 ** 20);
      const to = new Uint32Array(new SharedArrayBuffer(2 ** 20));
      const slow = kernel({ name: 'slow', buffers: { words: 'write' }, host() {},
        body: 'var x = thread; for (var i = 0u; i < 2000u; i++) { x = x * 5u + 1u; } words[thread] = x;' });
      const range = { buffer, offset: 0, bytes: 2 ** 20 };
      device.run([{ kind: 'dispatch', kernel: slow, buffers: [range], threads: 2 ** 18 },
        { kind: 'download', from: range, to }]).catch(() => {});
      await new Promise(resolve => setTimeout(resolve, 30));
      ${statement};
    `;
    const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', write: false } as const;
    const { outputFiles } = buildSync({ ...options, stdin: { contents: source, resolveDir: root, loader: 'ts' } });
    const ended = spawnSync(process.execPath, ['--input-type=module'], {
      input: outputFiles[0]!.text,
      cwd: root,
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect([ended.signal, ended.status, status === 1 ? '' : ended.stderr]).toEqual([null, status, '']);
  });
});
