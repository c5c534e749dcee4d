// SP1Stdin as bincode 1.3 writes it (spec/sp1/syscalls.md, section 5): buffers, read position, proofs.

import { JitExecError } from '../../../runtime/errors.ts';

/**
 * The input buffers of a serialised `SP1Stdin`, in order, as views of `bytes`. Proofs are left unread: execution does not
 * need them. Throws INPUT_INVALID.
 */
export function parseSp1Stdin(bytes: Uint8Array, name: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const fail = (expected: string, got: string): never => {
    throw new JitExecError('INPUT_INVALID', `stdin: expected ${expected}, got ${got} in ${name}`);
  };
  const u64 = (what: string): number => {
    if (bytes.length - at < 8) fail(`${what} (8 bytes) at byte ${at}`, `${bytes.length - at} bytes`);
    const value = view.getBigUint64(at, true);
    at += 8;
    // No count or length can exceed the file's size.
    return value > BigInt(bytes.length) ? fail(`${what} within ${bytes.length} bytes`, `${value}`) : Number(value);
  };
  const count = u64('a number of buffers');
  const buffers: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = u64(`the length of buffer ${i}`);
    if (length > bytes.length - at) fail(`${length} bytes of buffer ${i}`, `${bytes.length - at}`);
    buffers.push(bytes.subarray(at, at + length));
    at += length;
  }
  u64('a read position');
  const proofs = u64('a number of proofs');
  if (proofs === 0 && at !== bytes.length) fail(`the end at byte ${at}`, `${bytes.length - at} more bytes`);
  return buffers;
}
