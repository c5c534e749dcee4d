// What a thread that filled a chip tells the owner of the place: digests of its columns, in the bytes of the board.

import type { Columns } from '../../../../runtime/columns/columns.ts';

const DIGEST_BYTES = 32;
/** Whether there is a second digest. */
const HAS_OTHER = 2 * DIGEST_BYTES;
const WIDTH = HAS_OTHER + 4;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export interface ChipDigest {
  /** Columns. */
  readonly width: number;
  readonly sha256: string;
  /** Free of the order of rows, where upstream leaves that open. */
  readonly orderFree: string | undefined;
}

export function tellDigest(
  result: Uint8Array,
  { width }: Columns,
  digest: Buffer,
  orderFree: Buffer | undefined,
): void {
  result.set(digest);
  if (orderFree !== undefined) result.set(orderFree, DIGEST_BYTES);
  result[HAS_OTHER] = orderFree === undefined ? 0 : 1;
  new DataView(result.buffer, result.byteOffset).setUint32(WIDTH, width, true);
}

export const toldDigest = (result: Uint8Array): ChipDigest => ({
  width: new DataView(result.buffer, result.byteOffset).getUint32(WIDTH, true),
  sha256: hex(result.subarray(0, DIGEST_BYTES)),
  orderFree: result[HAS_OTHER] === 1 ? hex(result.subarray(DIGEST_BYTES, HAS_OTHER)) : undefined,
});
