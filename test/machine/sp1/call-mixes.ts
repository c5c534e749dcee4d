// Generated programs in which precompiles, inputs, loads and stores take the same doublewords from each other.

import fc from 'fast-check';
import { buildElf } from '../../codegen/elf/elf-builder.ts';
import { assemble, type Line } from '../../engines/assembler.ts';
import { CALLS, call, halt, i, li, TEXT } from './user-programs.ts';

/** What fields of Poseidon2 are in is kept from other calls: they would leave numbers there that it refuses. */
const MIXED = TEXT + 0x8000;
const FIELD = TEXT + 0x9000;
const HINT_READ = 0xf1;
const [RA, A0, A2, A3] = [1, 10, 12, 13] as const;

const doubleword = (base: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 40 }).map(n => base + 8 * n);

interface Step {
  readonly lines: readonly Line[];
  /** Bytes of the input that it reads. */
  readonly hint?: number;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  doubleword(MIXED).map(at => ({ lines: call(CALLS.KECCAK_PERMUTE, at, 0) })),
  doubleword(MIXED).map(at => ({ lines: call(CALLS.SHA_EXTEND, at, 0) })),
  fc
    .tuple(doubleword(MIXED), doubleword(MIXED))
    .map(([a, b]) => ({ lines: call(CALLS.UINT256_ADD_CARRY, a, a + 32, a + 64, b + 512, b + 544) })),
  doubleword(FIELD).map(at => ({ lines: call(CALLS.POSEIDON2, at, 0) })),
  fc
    .tuple(fc.oneof(doubleword(MIXED), doubleword(FIELD)), fc.constantFrom('ld', 'sd', 'lbu', 'sh'))
    .map(([at, mnemonic]) => ({
      lines: [...li(A2, at), i(mnemonic, { rs1: A2, ...(mnemonic.startsWith('l') ? { rd: A3 } : { rs2: RA }) })],
    })),
  fc
    .tuple(doubleword(MIXED), fc.integer({ min: 0, max: 70 }))
    .map(([at, bytes]) => ({ lines: call(HINT_READ, at, bytes), hint: bytes })),
  fc
    .integer({ min: 1, max: 40 })
    .map(n => ({ lines: Array.from({ length: n }, () => i('addi', { rd: A0, rs1: A0 })) })),
);

export interface CallMix {
  readonly elf: Uint8Array;
  readonly inputs: readonly Uint8Array[];
}

function mixOf(steps: readonly Step[]): CallMix {
  const bytes = assemble('rv64im', TEXT, [...steps.flatMap(({ lines }) => lines), ...halt(0)]);
  return {
    elf: buildElf({ xlen: 64, entry: TEXT, segments: [{ address: TEXT, bytes, flags: 5 }] }),
    inputs: steps.flatMap(({ hint }) => (hint === undefined ? [] : [new Uint8Array(hint).fill(3)])),
  };
}

export const callMixes: fc.Arbitrary<CallMix> = fc.array(step, { minLength: 5, maxLength: 60 }).map(mixOf);
