// Command lines of `run` that are read without yargs are read as yargs would; whatever it refuses is left to it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayRepeat, RUN_OPTIONS } from '../../src/command/arguments/options.ts';
import { plainArguments } from '../../src/command/arguments/plain-arguments.ts';
import type { Arguments } from '../../src/command/command.ts';
import { parse } from '../../src/command/main.ts';

const plain = (argv: readonly string[]): Arguments | undefined => plainArguments(argv, RUN_OPTIONS, mayRepeat);

/** What yargs gives the command; undefined where there is none. */
async function byYargs(argv: readonly string[]): Promise<Arguments | undefined> {
  try {
    return (await parse(argv)).given;
  } catch {
    return undefined;
  }
}

/** What commands look at. */
const seen = (args: Arguments): object =>
  Object.fromEntries(['program', '--', 'argv', ...Object.keys(RUN_OPTIONS)].map(name => [name, args[name]]));

async function expectSame(argv: readonly string[]): Promise<boolean> {
  const args = plain(argv);
  if (args === undefined) return false;
  const other = await byYargs(argv);
  expect(other, argv.join(' ')).toBeDefined();
  expect(seen(args), argv.join(' ')).toEqual(seen(other!));
  return true;
}

describe('a command line that is read without yargs', () => {
  it.each([
    'a.elf',
    'run a.elf',
    'run a.elf -q',
    'a.elf --json --max-cycles 1e6 -- -v --json',
    'a.elf --input x --input y --input-u64 3 --input-hex=00ff',
    '--engine=js a.elf --timeout 500ms --max-memory 1k',
    '- --input-u64 0x10',
    'run run',
    'a.elf --input - --',
    '12 --kv 00=a --kv 01=b',
    'a.elf -- 0x10 1e3 007 -1',
  ])('%s', async line => {
    expect(await expectSame(line.split(' '))).toBe(true);
  });

  it('takes what is not typed from the environment', async () => {
    Object.assign(process.env, { JIT_EXEC_MAX_CYCLES: '5k', JIT_EXEC_QUIET: 'yes', JIT_EXEC_ENGINE: 'js' });
    try {
      expect(await expectSame(['a.elf', '--engine', 'wasm'])).toBe(true);
      expect(plain(['a.elf'])).toMatchObject({ 'max-cycles': 5000, quiet: true, engine: 'js' });
    } finally {
      for (const name of ['MAX_CYCLES', 'QUIET', 'ENGINE']) delete process.env[`JIT_EXEC_${name}`];
    }
  });
});

it.each([
  '',
  'run',
  'a.elf b.elf',
  'a.elf --help',
  'a.elf --bogus',
  'a.elf --engine gcc',
  'a.elf --max-cycles many',
  'a.elf --max-cycles',
  'a.elf --max-cycles 1 --max-cycles 2',
  'a.elf --maxCycles 1',
  'a.elf --json=false',
  'a.elf --input --json',
  'a.elf --timeout -1',
  'a.elf -qj',
])('is left to yargs: %s', line => {
  expect(plain(line === '' ? [] : line.split(' '))).toBeUndefined();
});

it('and any other of these words is the same or left to yargs', async () => {
  const valued = Object.keys(RUN_OPTIONS).flatMap(name => [`--${name}`, `--${name}=7`]);
  const word = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...valued) },
    { weight: 3, arbitrary: fc.constantFrom('7', 'js', 'auto', 'sp1', '6.4', 'x', '00=a', '-q', '--json', 'a.elf') },
    { weight: 1, arbitrary: fc.constantFrom('run', '-', '--', '-x', '--no-json', '""', '"x"', '0x', '--json.a') },
  );
  let plainly = 0;
  const lines = fc.array(word, { maxLength: 6 }).map(words => ['a.elf', ...words]);
  await fc.assert(
    fc.asyncProperty(lines, async argv => {
      if (await expectSame(argv)) plainly++;
    }),
    { numRuns: 150 },
  );
  expect(plainly).toBeGreaterThan(20);
});
