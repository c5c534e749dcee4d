// Of a large program only code that was reached is compiled; what is reached later must do the same all the same.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chooseGuests } from '../../bench/guests.ts';
import { padElf } from '../../bench/pad-elf.ts';
import { type ExecuteOptions, execute } from '../../src/verbs/execute.ts';

const INSTRUCTIONS = 20_000;

interface Outcome {
  readonly kind: string;
  readonly instructions: number;
  readonly stdout: string;
}

function run(bytes: Uint8Array, options: ExecuteOptions): Outcome {
  const hash = createHash('sha256');
  const { exit, instructions } = execute(bytes, {
    machine: 'bare',
    stdout: piece => void hash.update(piece),
    ...options,
  });
  return { kind: exit.kind, instructions, stdout: hash.digest('hex') };
}

test.each(['bcinterp', 'regex', 'rec', 'mixed'])('a large %s does on all engines the same', name => {
  const { args, path } = chooseGuests([`${name}.rv64`], true)[0]!;
  const bytes = padElf(readFileSync(path), { instructions: INSTRUCTIONS, symbols: 100 });
  const expected = run(bytes, { engine: 'interpreter', args });
  expect(expected.kind).toBe('halted');
  for (const engine of ['js', 'wasm'] as const) {
    for (const hot of [2, 50]) expect(run(bytes, { engine, args, hot })).toEqual(expected);
  }
});
