// `jit-exec info --gpu` on machines that have what is needed, and on those that lack one thing.

import { describe, expect, it } from 'vitest';
import { canHaveSwiftShader } from '../../runtime/gpu/swiftshader.node.ts';
import { jitExec } from './command.ts';

describe('info --gpu', () => {
  it('takes no program, and the other way round', () => {
    const neither = jitExec(['info']);
    expect([neither.status, neither.stderr]).toEqual([
      64,
      'jit-exec: info: which program? (--gpu describes the GPU instead, --chips the tables of SP1)\n',
    ]);
    const both = jitExec(['info', '--gpu', 'a.elf']);
    expect([both.status, both.stderr]).toEqual([64, 'jit-exec: info: give a program, --gpu or --chips, not both\n']);
  });

  it.skipIf(process.platform !== 'linux')('says where no driver can be used, and what to do', () => {
    const { status, stdout, stderr } = jitExec(['info', '--gpu', '--json'], {
      env: { VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json' },
    });
    expect(status).toBe(76);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, gpu: null, code: 'GPU_DRIVER' });
    expect(stderr).toMatch(
      /jit-exec: gpu: (libvulkan\.so\.1 is missing; install|no adapter of the drivers in VK_DRIVER)/,
    );
  });

  it.skipIf(!canHaveSwiftShader())('describes SwiftShader, which is software, where it is named', () => {
    const { status, stdout } = jitExec(['info', '--gpu', '--gpu-adapter', 'swiftshader', '--json']);
    expect(status).toBe(0);
    const { gpu, adapters } = JSON.parse(stdout);
    expect(gpu).toMatchObject({ kind: 'webgpu', software: true });
    expect(gpu.driver).toMatch(/SwiftShader/);
    expect(gpu.limits.maxStorageBuffersPerShaderStage).toBeGreaterThan(7);
    expect(adapters.join()).toMatch(/SwiftShader/);
    const text = jitExec(['info', '--gpu', '--gpu-adapter', 'SwiftShader']);
    expect(text.stdout).toMatch(/^kind {5}software/m);
  });
});
