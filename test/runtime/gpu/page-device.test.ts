// What a page is told that has no WebGPU, or another one than it asked for.

import { expect, test } from 'vitest';
import { openPageGpu } from '../../../runtime/gpu/page-device.ts';

const SOFTWARE = {
  info: { vendor: 'google', architecture: 'swiftshader', device: '', description: '', isFallbackAdapter: true },
  limits: {},
  features: new Set(),
} as unknown as GPUAdapter;
const offering = (adapter: GPUAdapter | null): object => ({
  navigator: { gpu: { requestAdapter: async () => adapter } },
});

test.each([
  ['an insecure page', { isSecureContext: false }, undefined, /only over https/],
  ['a browser without it', { navigator: {} }, undefined, /no WebGPU/],
  ['no adapter', offering(null), undefined, /offers no adapter/],
  ['a software adapter that nobody named', offering(SOFTWARE), undefined, /swiftshader is computed by the processor/],
  ['another adapter', offering(SOFTWARE), 'radeon', /no adapter "radeon"; the browser offers swiftshader/],
])('%s', async (_, scope, adapter, message) => {
  const opened = openPageGpu(adapter === undefined ? {} : { adapter }, scope);
  await expect(opened).rejects.toMatchObject({ code: 'GPU_DRIVER', message: expect.stringMatching(message) });
});
