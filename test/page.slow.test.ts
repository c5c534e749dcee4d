// The example page in headless Chromium, from disk: a program and an input are chosen, the result is read. Skipped aloud where
// there is no Chromium.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cost } from '../src/verbs/cost.ts';
import { Browser, bundle, CHROMIUM, PAGE } from './chromium.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

describe.skipIf(CHROMIUM === undefined)('the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  let browser: Browser;
  const textOf = (id: string): Promise<string> => browser.evaluate(`document.getElementById('${id}').textContent`);
  const run = (): Promise<void> => browser.evaluate("document.getElementById('run').click()");

  beforeAll(async () => {
    bundle();
    browser = new Browser(folder);
    await browser.open(PAGE);
  }, 120_000);

  afterAll(async () => {
    await browser.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('runs a guest of SP1 with a number as its input, and shows report, flame graph, functions and code', async () => {
    await browser.choose('#program', join(ROOT, 'examples/guests/bin/fibonacci.sp1.elf'));
    await browser.until("!document.getElementById('run').disabled");
    await browser.evaluate("document.querySelector('[data-add=u64]').click()");
    await browser.evaluate("document.querySelector('#inputs input').value = '20'");
    await run();
    await browser.until("/^halted|Error|^[A-Z_]+:/.test(document.getElementById('status').textContent)");
    expect(await textOf('status')).toMatch(/^halted with 0 after 6849 instructions in .* \(sp1, wasm\)$/);
    expect(await textOf('report')).toContain('public values');
    expect(await textOf('functions')).toMatch(/compress5,5885,588/);
    expect(await browser.evaluate<number>("document.querySelectorAll('#flame rect').length")).toBeGreaterThan(5);
    await browser.evaluate(
      "(f => { f.value = 'compress'; f.dispatchEvent(new Event('change')); })(document.getElementById('function'))",
    );
    await browser.until("document.getElementById('code').textContent !== ''");
    expect(await textOf('code')).toContain('function compress_');
    // As `jit-exec cost` has it; the bundle for it was not loaded before.
    expect(await browser.evaluate<string>('typeof jitExecCostModule')).toBe('undefined');
    await browser.evaluate("document.getElementById('cost').click()");
    await browser.until("document.getElementById('costs').textContent !== 'Counting.'");
    const inputs = [new Uint8Array(BigUint64Array.of(20n).buffer)];
    const { cost: found } = cost(readFileSync(join(ROOT, 'examples/guests/bin/fibonacci.sp1.elf')), { inputs });
    expect(await textOf('costs')).toContain(
      `${found.shards.length} shards, ${found.cells.toLocaleString('en')} cells, gas ${found.gas!.toLocaleString('en')}`,
    );
    const rows = await browser.evaluate<string[]>(
      "[...document.querySelectorAll('#costs table')[1].rows].slice(1).map(row => row.cells[0].textContent)",
    );
    expect(rows).toEqual(found.chips.map(({ name }) => name));
    if (process.env.PAGE_SCREENSHOT !== undefined) await browser.screenshot(process.env.PAGE_SCREENSHOT);
  });

  it('counts rows and segments of a guest of OpenVM', async () => {
    await browser.choose('#program', join(ROOT, 'examples/guests/bin/tiny-ops.openvm.elf'));
    await browser.until("document.getElementById('status').textContent === 'Ready.'");
    await browser.evaluate("document.getElementById('inputs').replaceChildren()");
    for (const [i, digits] of ['0102030405060708090a0b', 'aabbccdd'].entries()) {
      await browser.evaluate("document.querySelector('[data-add=hex]').click()");
      await browser.evaluate(`document.querySelectorAll('#inputs input')[${i}].value = '${digits}'`);
    }
    await run();
    await browser.until("document.getElementById('status').textContent.includes('openvm')");
    await browser.evaluate("document.getElementById('cost').click()");
    await browser.until("document.getElementById('costs').textContent !== 'Counting.'");
    expect(await textOf('costs')).toMatch(/^1 segments, [\d,]+ cells/);
    await browser.evaluate("document.getElementById('inputs').replaceChildren()");
  });

  it('stays responsive while a guest runs, stops it, and says what is wrong with a file', async () => {
    await browser.choose('#program', join(ROOT, 'examples/guests/bin/faults.rv64.elf'));
    await browser.until("document.getElementById('status').textContent === 'Ready.'");
    await browser.evaluate("document.getElementById('inputs').replaceChildren()");
    await browser.evaluate("document.getElementById('arguments').value = 'endless'");
    await browser.evaluate("document.getElementById('limit').value = '1e15'");
    await run();
    await browser.until("!document.getElementById('stop').disabled");
    expect(await textOf('status')).toBe('Running.');
    await browser.until("document.getElementById('output').textContent === 'endless\\n'");
    await browser.evaluate("document.getElementById('stop').click()");
    expect(await textOf('status')).toBe('Stopped.');
    await browser.choose('#program', join(ROOT, 'package.json'));
    await browser.until("document.getElementById('name').textContent === 'package.json'");
    await run();
    await browser.until("document.getElementById('status').textContent.includes('expected magic')");
  });

  it('works served too', async () => {
    const server = createServer(({ url = '' }, response) => {
      const path = join(ROOT, new URL(url, 'http://x').pathname);
      if (!existsSync(path)) return response.writeHead(404).end();
      const type = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }[extname(path)];
      return response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' }).end(readFileSync(path));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const served = new Browser(mkdtempSync(join(tmpdir(), 'served-')));
    try {
      await served.open(`http://127.0.0.1:${port}/examples/browser/index.html`);
      await served.choose('#program', join(ROOT, 'examples/guests/bin/public-values.sp1.elf'));
      await served.until("!document.getElementById('run').disabled");
      await served.evaluate("document.querySelector('[data-add=u64]').click()");
      await served.evaluate("document.querySelector('#inputs input').value = '3'");
      await served.evaluate("document.getElementById('run').click()");
      await served.until("/^halted/.test(document.getElementById('status').textContent)");
      await served.evaluate("document.getElementById('cost').click()");
      await served.until("document.querySelectorAll('#costs table').length === 2");
    } finally {
      await served.end();
      server.close();
    }
  });
});
