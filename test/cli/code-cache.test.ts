// `--code-cache DIR`: what a run compiled is there for the next, and whatever is wrong with it changes no result.

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { codeDirectory, codeFolder } from '../../src/command/code-folder.ts';
import { guest, jitExec } from './command.ts';

const root = mkdtempSync(join(tmpdir(), 'jit-exec-code-'));
afterAll(() => rmSync(root, { recursive: true }));

const program = guest('fibonacci.sp1');
const args = [program, '--input-u64', '20000', '--json', '-q'];
const facts = (directory: string): object => {
  const { status, stdout } = jitExec([...args, '--code-cache', directory]);
  const { seconds: _seconds, mips: _mips, ...rest } = JSON.parse(stdout);
  return { status, ...rest };
};
const plain = (() => {
  const { status, stdout } = jitExec(args);
  const { seconds: _seconds, mips: _mips, ...rest } = JSON.parse(stdout);
  return { status, ...rest };
})();
const filesOf = (directory: string): string[] => readdirSync(directory).map(name => join(directory, name));

describe('--code-cache', () => {
  const directory = join(root, 'new', 'folder');

  test('makes a folder for oneself, whose files the next run takes', () => {
    expect(facts(directory)).toEqual(plain);
    const files = filesOf(directory);
    // An interpreter, what calls of cold code go through, and regions.
    expect(files.length).toBe(3);
    if (process.platform !== 'win32') expect(statSync(directory).mode & 0o077).toBe(0);
    const before = files.map(path => readFileSync(path));
    expect(facts(directory)).toEqual(plain);
    expect(filesOf(directory).map(path => readFileSync(path))).toEqual(before);
  });

  test('takes nothing that is damaged, cut off or empty, and puts it right', () => {
    const files = filesOf(directory);
    const before = files.map(path => readFileSync(path));
    const damages: readonly ((bytes: Buffer) => Uint8Array)[] = [
      bytes => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte)),
      bytes => bytes.subarray(0, -9),
      () => new Uint8Array(0),
    ];
    for (const damage of damages) {
      for (const [i, path] of files.entries()) writeFileSync(path, damage(before[i]!));
      expect(facts(directory)).toEqual(plain);
      expect(files.map(path => readFileSync(path))).toEqual(before);
    }
  });

  test.skipIf(process.platform === 'win32')('is refused where others may write, and where there is a file', () => {
    const open = join(root, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const refused = jitExec([...args, '--code-cache', open]);
    expect(refused).toMatchObject({ status: 64, stderr: expect.stringContaining(`others may write to ${open}`) });
    const file = join(root, 'file');
    writeFileSync(file, '');
    const { status, stderr } = jitExec([...args, '--code-cache', file]);
    expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringContaining('expected a folder') });
  });

  test('does without where nothing can be written', () => {
    expect(facts('/dev/null/code')).toEqual(plain);
  });
});

test('a folder keeps to its bound: what was not used for longest goes', () => {
  const directory = join(root, 'bounded');
  const store = codeFolder(directory, new Uint8Array(1), 1000);
  for (let i = 0; i < 5; i++) store.save(`name ${i}`, new Uint8Array(300).fill(i));
  expect(filesOf(directory).reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThanOrEqual(1000);
  const other = codeFolder(directory, new Uint8Array(2));
  other.save('name', Uint8Array.of(7));
  expect(other.load('name')).toEqual(Buffer.of(7));
  expect(codeFolder(directory, new Uint8Array(3)).load('name')).toBeUndefined();
});

test('1 is the usual folder', () => {
  expect(codeDirectory('1')).toMatch(/jit-exec[/\\]code$/);
  expect(codeDirectory('x')).toBe('x');
  expect(codeDirectory(undefined)).toBeUndefined();
});
