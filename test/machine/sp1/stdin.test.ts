import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitExecError } from '../../../runtime/errors.ts';
import { parseSp1Stdin } from '../../../src/machine/sp1/stdin.ts';

const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

const serialise = (buffers: readonly Uint8Array[], proofs = 0): Buffer =>
  Buffer.concat([u64(buffers.length), ...buffers.flatMap(b => [u64(b.length), b]), u64(0), u64(proofs)]);

function errorOf(bytes: Uint8Array): string {
  try {
    parseSp1Stdin(bytes, 'input.bin');
  } catch (error) {
    if (error instanceof JitExecError) return `${error.code} ${error.message}`;
  }
  return 'accepted';
}

describe('parseSp1Stdin', () => {
  it('gives the buffers in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }), buffers => {
        expect(parseSp1Stdin(serialise(buffers), 'x').map(b => [...b])).toEqual(buffers.map(b => [...b]));
      }),
      { numRuns: 50 },
    );
  });

  it('reads the 36 bytes that hold one u32', () => {
    const bytes = serialise([Uint8Array.of(0xf4, 1, 0, 0)]);
    expect(bytes.length).toBe(36);
    expect(parseSp1Stdin(bytes, 'x')).toHaveLength(1);
  });

  it('refuses every truncation', () => {
    const bytes = serialise([Uint8Array.of(1, 2, 3), Uint8Array.of()]);
    for (let length = 0; length < bytes.length; length++) {
      expect(errorOf(bytes.subarray(0, length))).toMatch(/^INPUT_INVALID stdin: expected .* in input\.bin$/);
    }
  });

  it('refuses counts and lengths beyond the file, and bytes after the end', () => {
    expect(errorOf(Buffer.concat([u64(2n ** 63n), u64(0)]))).toBe(
      'INPUT_INVALID stdin: expected a number of buffers within 16 bytes, got 9223372036854775808 in input.bin',
    );
    expect(errorOf(Buffer.concat([u64(1), u64(9), u64(0)]))).toContain('expected 9 bytes of buffer 0, got 8');
    expect(errorOf(Buffer.concat([serialise([]), Buffer.of(0)]))).toContain('got 1 more bytes');
  });

  it('leaves proofs unread', () => {
    expect(parseSp1Stdin(Buffer.concat([serialise([Uint8Array.of(9)], 1), Buffer.of(1, 2)]), 'x')).toHaveLength(1);
  });
});
