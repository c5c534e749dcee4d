// Every word of a proof with one of its bits flipped.

import { expect, it } from 'vitest';
import { flipped, outcome, smallBytes } from './bit-flips.ts';

it('no changed word of a proof is accepted', () => {
  const words = Array.from({ length: Math.ceil(smallBytes.length / 4) }, (_, i) => i);
  const accepted = words.filter(
    i => outcome(flipped(Math.min(4 * i + (i % 4), smallBytes.length - 1), i % 8)) !== 'PROOF_INVALID',
  );
  expect(accepted).toEqual([]);
});
