// Programs as OpenVM's instructions: the digests that OpenVM 1.4.0 has of them, slot by slot.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { RandomWords } from '../../../src/machine/openvm/chacha.ts';
import { transpile } from '../../../src/machine/openvm/transpiler.ts';
import { ERROR_PROGRAMS, TINY } from './programs.ts';

const decode = makeDecoder(isa('openvm'));

/** Opcode and a to g of each slot, 32 bits each. */
function digestOf(words: readonly number[]): string {
  const numbers = words.flatMap(word => {
    const { opcode, operands } = transpile(decode(word | 0)!);
    return [opcode, ...operands];
  });
  return createHash('sha256')
    .update(new Uint8Array(Uint32Array.from(numbers).buffer))
    .digest('hex');
}

const programs = [
  ...Object.entries(TINY).map(([name, { words, exe }]) => ({ name, words, exe })),
  ...Object.entries(ERROR_PROGRAMS).flatMap(([name, { words, exe }]) => (exe ? [{ name, words, exe }] : [])),
];

describe('a program', () => {
  it.each(programs)('is transpiled as by OpenVM 1.4.0: $name', ({ words, exe }) => {
    expect(words.length).toBe(exe.slots);
    expect(digestOf(words)).toBe(exe.program_sha256);
  });

  const refused = Object.entries(ERROR_PROGRAMS).filter(([, { transpile_error }]) => transpile_error !== undefined);
  it.each(refused)('with a word that no extension claims is none: %s', (_name, { words }) => {
    expect(refused.length).toBeGreaterThan(3);
    expect(words.some(word => decode(word | 0) === undefined)).toBe(true);
  });
});

it('random words are those of OpenVM 1.4.0 with seed 0', () => {
  const random = new RandomWords();
  const bytes = Array.from({ length: 8 }, () => random.next() & 0xff);
  expect(Buffer.from(bytes).toString('hex')).toBe('7fb27b941602d01d');
});
