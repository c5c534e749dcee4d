// A GPU for tests: SwiftShader, or the adapter that TEST_GPU_ADAPTER names; its thread is bundled from the sources.

import { mkdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Device } from '../../../runtime/gpu/device.ts';
import type { OpenOptions } from '../../../runtime/gpu/open-options.ts';
import { canHaveSwiftShader } from '../../../runtime/gpu/swiftshader.node.ts';
import { openGpu } from '../../../runtime/gpu/thread-device.node.ts';

export const ADAPTER: string = process.env.TEST_GPU_ADAPTER ?? 'swiftshader';

/** Why there is none, for the title of what is skipped. */
export const NO_GPU: string | undefined =
  ADAPTER !== 'swiftshader' || canHaveSwiftShader()
    ? undefined
    : 'no GPU: install @sparticuz/chromium on x64 Linux, or set TEST_GPU_ADAPTER';

let script: Promise<URL> | undefined;

/** Beside node_modules, so that the thread finds the package webgpu. */
export function ownerThread(): Promise<URL> {
  const built = process.env.TEST_GPU_THREAD;
  if (built !== undefined) return Promise.resolve(pathToFileURL(built));
  script ??= (async () => {
    const { build } = await import('esbuild');
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const folder = `${root}node_modules/.cache/jit-exec`;
    mkdirSync(folder, { recursive: true });
    const outfile = `${folder}/webgpu-thread-${process.pid}.mjs`;
    const entry = `${root}runtime/gpu/webgpu-thread.node.ts`;
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
    return pathToFileURL(outfile);
  })();
  return script;
}

export async function openTestGpu(options: OpenOptions = {}): Promise<Device> {
  return openGpu({ adapter: ADAPTER, ring: { slots: 3, slotBytes: 2 ** 16 }, ...options }, await ownerThread());
}
