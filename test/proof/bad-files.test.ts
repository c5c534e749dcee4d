// Proofs and keys that are no such thing, and hostile ones.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContinuationProof } from '../../src/proof/openvm/continuation.ts';
import { decodeProof } from '../../src/proof/stark/codec.ts';
import { readVerifyingKey } from '../../src/proof/stark/key-json.ts';
import { proofFromJson } from '../../src/proof/stark/proof-json.ts';
import { flipped, outcome, smallBytes } from './bit-flips.ts';
import { small, smallKey } from './openvm-vectors.ts';

const word = (at: number, value: number): Uint8Array => {
  const bytes = smallBytes.slice();
  new DataView(bytes.buffer).setUint32(at, value, true);
  return bytes;
};

describe('bytes of a proof', () => {
  it('with a flipped bit are refused', () => {
    const bit = fc.record({ at: fc.nat(smallBytes.length - 1), bit: fc.nat(7) });
    fc.assert(
      fc.property(bit, ({ at, bit }) => outcome(flipped(at, bit)) === 'PROOF_INVALID'),
      { numRuns: 100 },
    );
  });

  it('cut anywhere are refused', () => {
    for (let length = 0; length < smallBytes.length; length += 97)
      expect(() => decodeProof(smallBytes.subarray(0, length))).toThrow(/truncated|longer than the file/);
  });

  it.each([
    ['version 2 of the encoding', word(0, 2)],
    ['a list of 4294967295 at byte 4 is longer', word(4, 0xffffffff)],
    ["2013265921 at byte 8 is not below the field's modulus", word(8, 2013265921)],
    ['1 bytes behind its end', Uint8Array.of(...smallBytes, 0)],
    ['log-up of kind 1', smallBytes.map((byte, i) => (i === smallBytes.length - 5 ? 1 : byte))],
  ])('are refused with words: %s', (text, bytes) => {
    expect(() => decodeProof(bytes)).toThrow(text);
  });

  it('of random lists are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(() => decodeProof(bytes)).toThrow(/^proof: /);
        expect(() => decodeContinuationProof(bytes)).toThrow(/^proof: /);
      }),
    );
  });
});

describe('a JSON proof', () => {
  it.each([
    ['{', 'proof: not JSON'],
    ['[]', 'proof: expected an object with commitments'],
    ['{"commitments":{"main_trace":7}}', 'proof: expected an object with opening'],
    ['['.repeat(100_000), 'proof: not JSON'],
  ])('%.40s is refused with its place', (text, words) => {
    expect(() => proofFromJson(text)).toThrow(words);
  });
});

describe('a key', () => {
  interface Air {
    name: string;
    nodes: unknown[][];
    constraint_idx: number[];
    quotient_degree: number;
    preprocessed_width: number | null;
  }
  const withAir = (change: (air: Air) => void): string => {
    const key = structuredClone(small.vk) as { airs: Air[] };
    change(key.airs[1]!);
    return JSON.stringify(key);
  };

  it.each<[string, (air: Air) => void]>([
    ['node 0 refers to what there is not', air => air.nodes.splice(0, 1, ['a', 0, 2])],
    ['node 3 refers to what there is not', air => air.nodes.splice(3, 1, ['+', 3, 1])],
    ['expected a node of constraints', air => air.nodes.splice(3, 1, ['^', 1, 1])],
    ['a constraint is no node', air => air.constraint_idx.push(1000)],
    ['quotient degree 3 is no power of two', air => (air.quotient_degree = 3)],
    ['a commitment where there are preprocessed columns', air => (air.preprocessed_width = null)],
  ])('with %s is refused', (text, change) => {
    expect(() => readVerifyingKey(withAir(change))).toThrow(text);
  });

  /** As serde_json would write it, by the field names of stark-backend 1.2.0. */
  function serde(): unknown {
    const montgomery = (value: number): number => Number((BigInt(value) << 32n) % 2013265921n);
    const digest = (words: readonly number[]): object => ({ value: words.map(montgomery), _marker: null });
    const entries: Readonly<Record<string, (a: number, b: number) => unknown>> = {
      m: (part_index, offset) => ({ Main: { part_index, offset } }),
      p: offset => ({ Preprocessed: { offset } }),
      a: offset => ({ Permutation: { offset } }),
      pub: () => 'Public',
      ch: () => 'Challenge',
      ex: () => 'Exposed',
    };
    const operations: Readonly<Record<string, string>> = { '+': 'Add', '-': 'Sub', '*': 'Mul' };
    const selectors: Readonly<Record<string, string>> = {
      first: 'IsFirstRow',
      last: 'IsLastRow',
      trans: 'IsTransition',
    };
    const node = ([kind, ...rest]: readonly (string | number)[]): unknown => {
      const [a, b] = rest as number[];
      if (Object.hasOwn(selectors, kind!)) return selectors[kind!];
      if (kind === 'c') return { Constant: montgomery(a!) };
      if (kind === 'neg') return { Neg: { degree_multiple: 1, idx: a } };
      if (Object.hasOwn(operations, kind!))
        return { [operations[kind!]!]: { degree_multiple: 1, left_idx: a, right_idx: b } };
      return { Variable: { entry: entries[kind!]!(a!, b!), index: rest.at(-1), _phantom: null } };
    };
    return {
      inner: {
        per_air: smallKey.airs.map(air => ({
          preprocessed_data: air.preprocessed ? { commit: digest(air.preprocessed.commitment) } : null,
          params: {
            width: {
              preprocessed: air.preprocessed?.width ?? null,
              cached_mains: air.cachedWidths,
              common_main: air.commonWidth,
              after_challenge: air.permutationWidth > 0 ? [air.permutationWidth] : [],
            },
            num_public_values: air.publicValues,
          },
          symbolic_constraints: {
            constraints: { nodes: air.nodes.map(node), constraint_idx: air.constraints },
            interactions: air.interactions.map(({ bus, count, weight, message }) => ({
              message,
              count,
              bus_index: bus,
              count_weight: weight,
            })),
          },
          quotient_degree: air.quotientDegree,
        })),
        trace_height_constraints: smallKey.heightConstraints,
        log_up_pow_bits: 6,
      },
      pre_hash: digest(smallKey.preHash),
    };
  }

  it('as serde writes it says the same as the shipped form', () => {
    const { airs, ...rest } = readVerifyingKey(JSON.stringify(serde()));
    expect({ ...rest, airs: airs.map((air, i) => ({ ...air, name: smallKey.airs[i]!.name })) }).toEqual(smallKey);
  });
});
