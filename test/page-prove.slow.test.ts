// The example page proves a run of OpenVM and verifies it; what it gives is a proof that anybody accepts. Skipped aloud where there
// is no Chromium.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeProof, readVerifyingKey, verifySegments } from '../src/verify.ts';
import { Browser, bundle, CHROMIUM, PAGE } from './chromium.ts';
import { TINY } from './machine/openvm/programs.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** As many as OpenVM's apps have: with fewer nobody else would accept the proof. */
const QUERIES = 100;

describe.skipIf(CHROMIUM === undefined)('the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-prove-'));
  let browser: Browser;
  const textOf = (id: string): Promise<string> => browser.evaluate(`document.getElementById('${id}').textContent`);
  const click = (id: string): Promise<void> => browser.evaluate(`document.getElementById('${id}').click()`);
  const run = async (inputs: readonly string[]): Promise<void> => {
    await browser.evaluate("document.getElementById('inputs').replaceChildren()");
    for (const [i, digits] of inputs.entries()) {
      await browser.evaluate("document.querySelector('[data-add=hex]').click()");
      await browser.evaluate(`document.querySelectorAll('#inputs input')[${i}].value = '${digits}'`);
    }
    await click('run');
    await browser.until("/^halted|^fault/.test(document.getElementById('status').textContent)");
  };

  beforeAll(async () => {
    bundle();
    browser = new Browser(folder);
    await browser.open(PAGE);
    await browser.choose('#program', join(ROOT, 'examples/guests/bin/tiny-ops.openvm.elf'));
    await browser.until("!document.getElementById('run').disabled");
  }, 120_000);

  afterAll(async () => {
    await browser.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('proves a program in a thread and verifies it, showing sizes and times', async () => {
    await run(['0102030405060708090a0b', 'aabbccdd']);
    expect(await browser.evaluate('typeof jitExecProveModule')).toBe('undefined');
    expect(statSync(join(ROOT, 'dist/browser/jit-exec-prove.js')).size).toBeLessThan(620_000);
    expect(await browser.evaluate('document.getElementById("prove-queries").value')).toBe(String(QUERIES));
    await click('prove');
    await browser.until("/^Proved|^[A-Z_]+:/.test(document.getElementById('prove-status').textContent)", 300);
    expect(await textOf('prove-status')).toMatch(
      /^Proved and verified in [\d.]+ s, with \d+ MiB of memory. Public values: [\da-f]{64}$/,
    );
    expect(await textOf('prove-status')).toContain(TINY['tiny-ops'].pure.user_public_values);
    if (process.env.PAGE_SCREENSHOT !== undefined) await browser.screenshot(process.env.PAGE_SCREENSHOT);
    expect(await textOf('proofs')).toMatch(/[\d.]+ s[\d.]+ s[\d,]+ bytes$/);
    // The file that the link gives, verified here.
    const base64 = await browser.evaluate<string>(
      "btoa(Array.from(proofView.proofs[0], byte => String.fromCharCode(byte)).join(''))",
    );
    const key = readVerifyingKey(readFileSync(join(ROOT, 'src/proof/keys/openvm-1.4.0-rv32im.json'), 'utf8'));
    const proof = decodeProof(new Uint8Array(Buffer.from(base64, 'base64')));
    expect(proof.fri.queries.length).toBe(QUERIES);
    expect(verifySegments(key, [proof]).exeCommit).toHaveLength(8);
  }, 400_000);

  it('says in words what has no proof', async () => {
    await run([]);
    await browser.until("document.getElementById('prove-section').hidden === false");
    await click('prove');
    await browser.until("/^[A-Z_]+:/.test(document.getElementById('prove-status').textContent)");
    expect(await textOf('prove-status')).toMatch(/^ELF_UNSUPPORTED: prove: .*the run has no proof$/);
  }, 60_000);
});
