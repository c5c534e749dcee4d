// Headless Chromium for tests of the example page; where there is none, CHROMIUM is undefined and tests are skipped aloud.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const CHROMIUM: string | undefined = ['chromium', 'chromium-browser', 'google-chrome'].find(
  name => spawnSync(name, ['--version']).status === 0,
);
if (CHROMIUM === undefined) console.warn('tests of the page are skipped: there is no Chromium');

export const PAGE: string = pathToFileURL(join(ROOT, 'examples/browser/index.html')).href;

/** The scripts that the page loads. */
export function bundle(): void {
  execFileSync('npm', ['run', '--silent', 'bundle'], { cwd: ROOT, stdio: 'ignore' });
}

type Answer = { readonly id?: number; readonly result?: unknown; readonly error?: { readonly message: string } };

/** Chromium, spoken to by its DevTools protocol through pipes: messages end with a zero byte. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;
  #session: string | undefined;

  constructor(folder: string, more: readonly string[] = ['--disable-gpu']) {
    const flags = ['--headless=new', '--no-sandbox', '--remote-debugging-pipe', `--user-data-dir=${folder}`, ...more];
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

  async until(expression: string, seconds = 30): Promise<void> {
    for (let i = 0; i < 10 * seconds; i++) {
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
