// The example page in headless Chromium, from disk: a program and an input are chosen, the result is read. Skipped aloud where
// there is no Chromium.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  name => spawnSync(name, ['--version']).status === 0,
);
if (CHROMIUM === undefined) console.warn('page.slow.test.ts: skipped, there is no Chromium');

type Answer = { readonly id?: number; readonly result?: unknown; readonly error?: { readonly message: string } };

/** Chromium, spoken to by its DevTools protocol through pipes: messages end with a zero byte. */
class Browser {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;
  #session: string | undefined;

  constructor(folder: string) {
    const flags = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-pipe',
      `--user-data-dir=${folder}`,
    ];
    this.#process = spawn(CHROMIUM!, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    let text = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const messages = text.split('\0');
      text = messages.pop()!;
      for (const message of messages) {
        const answer = JSON.parse(message) as Answer;
        if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
      }
    });
  }

  async ask<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#last;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { result, error } = await new Promise<Answer>(resolve => this.#waiting.set(id, resolve));
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result as T;
  }

  async open(url: string): Promise<void> {
    const { targetId } = await this.ask<{ targetId: string }>('Target.createTarget', { url });
    const { sessionId } = await this.ask<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
    this.#session = sessionId;
    await this.until("document.readyState === 'complete' && typeof drawFlame === 'function'");
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.ask<{ result: { value: T }; exceptionDetails?: { text: string } }>(
      'Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise: true },
    );
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  async until(expression: string): Promise<void> {
    for (let i = 0; i < 300; i++) {
      if (await this.evaluate<boolean>(expression)) return;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    throw new Error(`never: ${expression}`);
  }

  /** Gives a file field a file. */
  async choose(selector: string, path: string): Promise<void> {
    const { root } = await this.ask<{ root: { nodeId: number } }>('DOM.getDocument');
    const { nodeId } = await this.ask<{ nodeId: number }>('DOM.querySelector', { nodeId: root.nodeId, selector });
    await this.ask('DOM.setFileInputFiles', { nodeId, files: [path] });
  }

  async screenshot(path: string): Promise<void> {
    const { data } = await this.ask<{ data: string }>('Page.captureScreenshot', { captureBeyondViewport: true });
    writeFileSync(path, Buffer.from(data, 'base64'));
  }

  async end(): Promise<void> {
    const ended = new Promise(resolve => this.#process.once('exit', resolve));
    this.#process.kill();
    await ended;
  }
}

describe.skipIf(CHROMIUM === undefined)('the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  let browser: Browser;
  const textOf = (id: string): Promise<string> => browser.evaluate(`document.getElementById('${id}').textContent`);
  const run = (): Promise<void> => browser.evaluate("document.getElementById('run').click()");

  beforeAll(async () => {
    execFileSync('npm', ['run', '--silent', 'bundle'], { cwd: ROOT });
    browser = new Browser(folder);
    await browser.open(pathToFileURL(join(ROOT, 'examples/browser/index.html')).href);
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
    if (process.env.PAGE_SCREENSHOT !== undefined) await browser.screenshot(process.env.PAGE_SCREENSHOT);
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
});
