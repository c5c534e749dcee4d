import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readShard, shardFileStart } from '../../runtime/columns/shard-file.ts';

const CHIP = { name: 'Some', rows: 4, realRows: 3, columns: ['a', 'b'], stride: 4, offset: 0 };
const HEADER = { machine: 'sp1', shard: 7, field: 'KoalaBear', form: 'canonical', chips: [CHIP] } as const;

function fileOf(header: object): Uint8Array {
  const start = shardFileStart(header as typeof HEADER);
  const bytes = new Uint8Array(start.length + 32);
  bytes.set(start);
  bytes.set(new Uint8Array(Uint32Array.of(1, 2, 3, 0, 10, 20, 30, 0).buffer), start.length);
  return bytes;
}

describe('a shard file', () => {
  test('gives back what was written, wherever it lies in a buffer', () => {
    const bytes = fileOf(HEADER);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    for (const one of [bytes, shifted.subarray(1)]) {
      const shard = readShard(one);
      expect(shard).toMatchObject({ machine: 'sp1', shard: 7, field: 'KoalaBear' });
      expect([...shard.chips[0]!.column(0)]).toEqual([1, 2, 3, 0]);
      expect([...shard.chips[0]!.column(1)]).toEqual([10, 20, 30, 0]);
      expect(() => shard.chips[0]!.column(2)).toThrow('no such column');
    }
  });

  test('is refused at every length that is too short', () => {
    const bytes = fileOf(HEADER);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readShard(bytes.subarray(0, length), 'x')).toThrow(/^shard: expected .* in x$/);
    }
  });

  test.each([
    ['another magic', (b: Uint8Array) => b.fill(65, 0, 1)],
    ['another version', (b: Uint8Array) => b.fill(9, 8, 9)],
    ['a header that is longer than the file', (b: Uint8Array) => b.fill(255, 12, 15)],
    ['a header that is no JSON', (b: Uint8Array) => b.fill(65, 16, 18)],
  ])('is refused with %s', (_what, damage) => {
    expect(() => readShard(damage(fileOf(HEADER)))).toThrow('shard: expected');
  });

  test('is read or refused, and read within its bytes, whatever is in it', () => {
    const bytes = fileOf(HEADER);
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, fc.nat(bytes.length), fc.nat(3), (changed, length, shift) => {
        const damaged = new Uint8Array(shift + length);
        damaged.set(bytes.subarray(0, length), shift);
        for (const [at, value] of changed) if (at < length) damaged[shift + at] = value;
        try {
          for (const chip of readShard(damaged.subarray(shift)).chips) {
            for (const i of chip.columns.keys()) expect(chip.column(i).length).toBe(chip.rows);
          }
        } catch (error) {
          expect((error as Error).message).toMatch(/^shard: expected/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    { ...HEADER, form: 'montgomery' },
    { ...HEADER, chips: [{ ...CHIP, stride: 3 }] },
    { ...HEADER, chips: [{ ...CHIP, offset: 4 }] },
    { ...HEADER, chips: [{ ...CHIP, rows: -1 }] },
    { ...HEADER, chips: [{ ...CHIP, offset: 2 ** 60 }] },
    { ...HEADER, chips: [null] },
    { ...HEADER, chips: [{ ...CHIP, columns: ['a', 2] }] },
    { ...HEADER, field: 3 },
    { ...HEADER, shard: -1 },
  ])('is refused with a header that its bytes do not keep: %j', header => {
    expect(() => readShard(fileOf(header))).toThrow('shard: expected');
  });
});
