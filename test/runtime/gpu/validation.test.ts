// Every kernel of a prover and of OpenVM's AIRs is valid WGSL with the layout it is bound by: Dawn's backend `null`, which computes
// nothing, says so on a machine without a driver.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OPENVM_CHIPS } from '../../../codegen/chips/openvm/index.ts';
import { absorbKernel, compressKernel, digestsOfStates } from '../../../codegen/wgsl/stark-hashes.ts';
import { layerToCoefficients, layerToValues, spreadCoefficients } from '../../../codegen/wgsl/stark-transforms.ts';
import type { DeviceLimits, Kernel } from '../../../runtime/gpu/device.ts';
import { Pipelines } from '../../../runtime/gpu/webgpu/pipelines.ts';
import { deviceAir } from '../../../src/proof/prover/device/quotients.ts';
import { readVerifyingKey } from '../../../src/proof/stark/key-json.ts';
import { kernelGroups } from '../../../src/tracegen/device/chip-kernels.ts';

type Binding = { readonly create: (flags: readonly string[]) => GPU; readonly globals: object };
const binding = (await import('webgpu').catch(() => undefined)) as Binding | undefined;
if (binding === undefined) console.warn('validation.test.ts: skipped, the package webgpu does not load here');

/** Kept while the process lives: Dawn dies when it is collected. */
const kept: unknown[] = [];

async function pipelines(): Promise<Pipelines> {
  Object.assign(globalThis, binding!.globals);
  const gpu = binding!.create(['backend=null']);
  kept.push(gpu);
  const adapter = (await gpu.requestAdapter())!;
  const { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize } = adapter.limits as unknown as DeviceLimits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize },
  });
  kept.push(device);
  return new Pipelines(device);
}

test.skipIf(binding === undefined)('kernels are valid, and a broken one is refused by its name', async () => {
  const key = readVerifyingKey(
    readFileSync(new URL('../../../src/proof/keys/openvm-1.4.0-rv32im.json', import.meta.url), 'utf8'),
  );
  const kernels: Kernel[] = [
    ...[layerToCoefficients, layerToValues, spreadCoefficients, digestsOfStates],
    ...[absorbKernel('loop'), compressKernel('loop')],
    ...key.airs.flatMap(air => [deviceAir(air, 'written').kernel, deviceAir(air, 'loop').kernel]),
    ...OPENVM_CHIPS.flatMap(chip => kernelGroups(chip, 256).map(({ kernel }) => kernel)),
  ];
  const made = await pipelines();
  for (const kernel of kernels) {
    expect(kernel.buffers.length, kernel.name).toBeLessThanOrEqual(8);
    await made.get(kernel);
  }
  expect(kernels.length).toBeGreaterThan(60);
  const broken = { ...kernels[0]!, wgsl: kernels[0]!.wgsl.replace('fadd(a, b)', 'fadd(a, lowp)') };
  await expect(made.get(broken)).rejects.toMatchObject({ code: 'GPU_INVALID' });
});
