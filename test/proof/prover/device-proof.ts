// The proof of the small AIRs with a device: the thread that proves sleeps while this one serves it.

import { mkdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Device } from '../../../runtime/gpu/device.ts';
import type { ProverRequest } from '../../../src/proof/prover/device/requests.ts';
import { ProverService } from '../../../src/proof/prover/device/service.ts';

export interface DeviceProof {
  readonly proof: Uint8Array;
  /** Lists that the device computed, by what they were. */
  readonly onDevice: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

let script: Promise<URL> | undefined;

function threadScript(): Promise<URL> {
  script ??= (async () => {
    const { build } = await import('esbuild');
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const folder = `${root}node_modules/.cache/jit-exec`;
    mkdirSync(folder, { recursive: true });
    const outfile = `${folder}/device-thread-${process.pid}.mjs`;
    // The vectors are found from where they are read.
    const define = { 'import.meta.url': JSON.stringify(pathToFileURL(`${root}test/proof/openvm-vectors.ts`).href) };
    const entryPoints = [`${root}test/proof/prover/device-thread.ts`];
    await build({ entryPoints, outfile, define, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
    return pathToFileURL(outfile);
  })();
  return script;
}

export async function proveSmallSet(device: Device, policy: 'all' | 'paying' = 'all'): Promise<DeviceProof> {
  const failures: string[] = [];
  const service = new ProverService(device, { onFailure: error => failures.push(error.message) });
  const thread = new Worker(await threadScript(), { workerData: { policy } });
  try {
    return await new Promise((resolve, reject) => {
      thread.on('error', reject);
      thread.on('message', (message: { readonly request: ProverRequest } | Omit<DeviceProof, 'failures'>) => {
        if ('request' in message) void service.serve(message.request);
        else resolve({ ...message, failures });
      });
    });
  } finally {
    await thread.terminate();
  }
}
