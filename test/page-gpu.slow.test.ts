// The example page on a browser's WebGPU, which SwiftShader computes here: columns of a shard. Skipped aloud where there is no
// Chromium, or one that offers no adapter.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CpuDevice } from '../runtime/gpu/cpu-device.ts';
import { columnsOnDevice } from '../src/verbs/columns-on-device.ts';
import { Browser, bundle, CHROMIUM, PAGE } from './chromium.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
const DONE = "/^Shard|^[A-Z_]+:/.test(document.getElementById('gpu-status').textContent)";
const PROGRAM = join(ROOT, 'examples/guests/bin/fibonacci.sp1.elf');

describe.skipIf(CHROMIUM === undefined)('the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-gpu-'));
  let browser: Browser;
  let hasAdapter: boolean;
  const click = (id: string): Promise<void> => browser.evaluate(`document.getElementById('${id}').click()`);
  const textOf = (id: string): Promise<string> => browser.evaluate(`document.getElementById('${id}').textContent`);
  const fill = async (adapter: string): Promise<string> => {
    await browser.evaluate(`document.getElementById('gpu-adapter').value = '${adapter}'`);
    await click('gpu');
    await browser.until(DONE, 300);
    return textOf('gpu-status');
  };

  beforeAll(async () => {
    bundle();
    browser = new Browser(folder, FLAGS);
    await browser.open(PAGE);
    hasAdapter = await browser.evaluate('navigator.gpu?.requestAdapter().then(found => found !== null) ?? false');
    if (!hasAdapter) console.warn('page-gpu.slow.test.ts: skipped, Chromium offers no adapter');
    await browser.choose('#program', PROGRAM);
    await browser.until("!document.getElementById('run').disabled");
    await browser.evaluate("document.querySelector('[data-add=u64]').click()");
    await browser.evaluate("document.querySelector('#inputs input').value = '20'");
    await click('run');
    await browser.until("/^halted/.test(document.getElementById('status').textContent)");
  }, 120_000);

  afterAll(async () => {
    await browser.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('has a bundle of its own for it', () => {
    expect(statSync(join(ROOT, 'dist/browser/jit-exec-gpu.js')).size).toBeLessThan(660_000);
  });

  it('fills the columns of a shard on the GPU, shown with adapter and times, as the processor does', async context => {
    if (!hasAdapter) context.skip();
    expect(await browser.evaluate<string>('typeof jitExecGpuModule')).toBe('undefined');
    expect(await fill('swiftshader')).toMatch(
      /^Shard 0 \(core\), [\d,]+ cells: 25 of 25 chips filled, all as on the processor; [\d.]+ ms on swiftshader.*, computed by the processor, [\d.]+ ms on the processor$/,
    );
    const rows = await browser.evaluate<string[][]>(
      "[...document.querySelectorAll('#gpu-chips tr')].slice(1).map(row => [...row.cells].map(cell => cell.textContent))",
    );
    // What a device of another kind, in Node, has as digests.
    const inputs = [new Uint8Array(BigUint64Array.of(20n).buffer)];
    const { chips } = await columnsOnDevice(readFileSync(PROGRAM), new CpuDevice(2 ** 20), {
      ...{ inputs, elementThreshold: 2 ** 24 },
    });
    expect(rows.map(row => [row[0], row.at(-1)])).toEqual(chips.map(one => [one.name, one.sha256.slice(0, 16)]));
    if (process.env.PAGE_SCREENSHOT !== undefined) await browser.screenshot(process.env.PAGE_SCREENSHOT);
  }, 400_000);

  it('says in words what it does not take', async context => {
    if (!hasAdapter) context.skip();
    expect(await fill('')).toMatch(/^GPU_DRIVER: gpu: .*swiftshader.* is computed by the processor/);
    expect(await fill('radeon')).toMatch(/^GPU_DRIVER: gpu: no adapter "radeon"; the browser offers swiftshader/);
    await browser.evaluate("document.getElementById('gpu-shard').value = '99'");
    expect(await fill('swiftshader')).toMatch(/^USAGE: columnsOnDevice: there is no shard 99: the run has \d+/);
  }, 60_000);
});
