// What a program's image tells the shards of its runs: a message sent for each doubleword at clock 0.
// Reference: sp1:crates/core/executor/src/program.rs (initial global cumulative sum), SP1 6.4.0.

import type { Elf } from '../../../../codegen/elf/elf.ts';
import { START_POINT } from '../../../../runtime/curves/global-points.ts';
import { type SepticPoint, septicNegate } from '../../../../runtime/curves/septic.ts';
import { type Sp1Version, sp1MemoryImage } from '../elf.ts';
import { imageGranules } from '../records/memory/image.ts';
import { liftMessages, POINT_WORDS } from '../records/memory/lift-messages.ts';
import { pointSums } from '../records/memory/point-sums.ts';

const DOUBLEWORD = 8;
const MEMORY_KIND = 1;
/** Of messages that are lifted at a time. */
const TILE_WORDS = 9 * 2048;

/** The start point and all messages. */
export function imageDigest(elf: Elf, version?: Sp1Version): SepticPoint {
  const values = imageValues(elf, version);
  // The negative of a sum of points is the sum of their negatives, as which they are sent.
  const { x, y } = START_POINT;
  const sum = Uint32Array.of(...x, ...septicNegate(y));
  const { addTo } = pointSums();
  const tile: number[] = [];
  const addTile = (): void => {
    const { points } = liftMessages()(Uint32Array.from(tile));
    for (let at = 0; at < points.length; at += POINT_WORDS) addTo(sum, points, at);
    tile.length = 0;
  };
  for (const address of imageGranules(elf)) {
    tile.push(...messageOf(address, values.get(address) ?? 0n), MEMORY_KIND);
    if (tile.length >= TILE_WORDS) addTile();
  }
  addTile();
  return { x: [...sum.subarray(0, x.length)], y: septicNegate([...sum.subarray(x.length)]) };
}

/** Of memory at clock 0: bits 32 to 47 of the value go with its lower limbs. */
function messageOf(address: number, value: bigint): number[] {
  const bits = (from: number, to: number): number => Number(BigInt.asUintN(to - from, value >> BigInt(from)));
  const limbs = [0, 1, 2].map(i => Math.floor(address / 2 ** (16 * i)) % 2 ** 16);
  return [0, 0, ...limbs, bits(0, 16) + 2 ** 16 * bits(32, 40), bits(16, 32) + 2 ** 16 * bits(40, 48), bits(48, 64)];
}

/** Doublewords that the file says something of. */
function imageValues(elf: Elf, version: Sp1Version | undefined): Map<number, bigint> {
  const values = new Map<number, bigint>();
  for (const { address, bytes } of sp1MemoryImage(elf, version)) {
    const end = address + bytes.length;
    for (let at = address - (address % DOUBLEWORD); at < end; at += DOUBLEWORD) {
      const [from, to] = [Math.max(at, address), Math.min(at + DOUBLEWORD, end)];
      let value = values.get(at) ?? 0n;
      for (let byte = from; byte < to; byte++) {
        const shift = BigInt(8 * (byte - at));
        value = (value & ~(0xffn << shift)) | (BigInt(bytes[byte - address]!) << shift);
      }
      values.set(at, value);
    }
  }
  return values;
}
