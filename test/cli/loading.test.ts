// What the command says of files and memory: refusals by name, warnings, limits with their values.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildElf, exitCode, words } from '../codegen/elf/elf-builder.ts';
import { guest, jitExec, jitExecHere } from './command.ts';

const root = mkdtempSync(join(tmpdir(), 'jit-exec-loading-'));
afterAll(() => rmSync(root, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, bytes);
  return path;
}

describe('memory', () => {
  const fibonacci = guest('fibonacci.sp1');

  test('a limit that the image exceeds ends with 124 and says its value', () => {
    const { status, stderr } = jitExec(['--max-memory', '1k', fibonacci, '--input-u64', '20']);
    expect([status, stderr]).toEqual([
      124,
      expect.stringMatching(
        /^jit-exec: limit reached: --max-memory \(1024 bytes as given\) at .*after 0 instructions\njit-exec: most memory: 0 bytes, heap 0, stack 0\n$/,
      ),
    ]);
  });

  test('peaks and the version of the loading rules are in the JSON object', () => {
    const { stdout } = jitExec(['--json', '-q', fibonacci, '--input-u64', '20']);
    const { peaks, sp1Version } = JSON.parse(stdout);
    expect(sp1Version).toBe('6.10');
    expect(peaks.stackBytes).toBe(65536);
    expect(peaks.guestBytes).toBeGreaterThanOrEqual(2 * 65536);
  });

  test('the index of a trace says by whose rules its program was loaded', async () => {
    const directory = join(root, 'trace');
    const args = ['trace', fibonacci, '-o', directory, '-q', '--sp1-version', '6.4', '--input-u64', '20'];
    expect((await jitExecHere([...args, '--chunk-entries', '1000'])).status).toBe(0);
    expect(JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')).sp1Version).toBe('6.4');
    expect((await jitExecHere(['trace', '--check', directory, '-q'])).status).toBe(0);
  });
});

describe('files', () => {
  const sp1 = file(
    'atomic.elf',
    buildElf({
      xlen: 64,
      entry: 0x7800_0000,
      segments: [{ address: 0x7800_0000, bytes: words(0x293, 0x0070_0513, 0x73, 0x1005_252f), flags: 5 }],
    }),
  );

  test('what SP1 does not decode is refused, runs with --lenient, and can be looked at', async () => {
    const { status, stderr } = jitExec([sp1]);
    expect([status, stderr]).toEqual([76, expect.stringContaining('lr.w (A), at 0x7800000c')]);
    expect(jitExec([sp1, '--lenient']).status).toBe(7);
    expect((await jitExecHere(['info', sp1])).status).toBe(0);
  });

  test('a float ABI is a warning, which --quiet leaves out', () => {
    const segments = [{ address: 0x1_0000, bytes: exitCode(7), flags: 5 }];
    const path = file('float.elf', buildElf({ xlen: 64, entry: 0x1_0000, flags: 4, segments }));
    const { status, stderr } = jitExec([path]);
    expect([status, stderr]).toEqual([7, expect.stringContaining('jit-exec: warning: the double float ABI')]);
    expect(jitExec([path, '--quiet'])).toMatchObject({ status: 7, stderr: '' });
  });

  test('a guest of another system is refused by its name', () => {
    const segments = [{ address: 0x20_0800, bytes: words(0x293, 0x513, 0x73), flags: 5 }];
    const path = file('old.elf', buildElf({ xlen: 32, entry: 0x20_0800, segments }));
    const { status, stderr } = jitExec([path]);
    expect([status, stderr]).toEqual([76, expect.stringContaining('is a guest of SP1 1 to 5 (')]);
  });
});
