// SP1Stdin as bincode 1.3 writes it (spec/sp1/syscalls.md, section 5): u64 count, then (u64 length, bytes) each, then u64
// read position and u64 number of proofs, which execution does not look at.

import { JitExecError } from '../../../runtime/errors.ts';

/**
 * The input buffers of a serialised `SP1Stdin { buffer: Vec<Vec<u8>>, ptr: usize, proofs: Vec<_> }` from the first that is
 * not read yet on, as views of `bytes`. Proofs are left unread; where there are none, nothing may follow. Throws INPUT_INVALID.
 */
export function parseSp1Stdin(bytes: Uint8Array, name: string): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const invalid = (text: string): JitExecError =>
    new JitExecError('INPUT_INVALID', `sp1-stdin: ${text} at byte ${at} of ${bytes.length} in ${name}`);
  const readU64 = (what: string): bigint => {
    if (at + 8 > bytes.length) throw invalid(`expected ${what}, got the end`);
    const value = view.getBigUint64(at, true);
    at += 8;
    return value;
  };
  const count = readU64('the number of buffers');
  // Each has a length of 8 bytes.
  if (count > BigInt(bytes.length))
    throw invalid(`expected a number of buffers within ${bytes.length} bytes, got ${count}`);
  const buffers: Uint8Array[] = [];
  while (buffers.length < count) {
    const length = Number(readU64(`the length of buffer ${buffers.length} of ${count}`));
    if (length > bytes.length - at) throw invalid(`buffer ${buffers.length} of ${length} bytes does not fit`);
    buffers.push(bytes.subarray(at, at + length));
    at += length;
  }
  const start = readU64('the read position');
  if (start > count) throw invalid(`expected a read position of at most ${count}, got ${start}`);
  const proofs = readU64('the number of proofs');
  if (proofs === 0n && at < bytes.length) throw invalid(`expected the end, got ${bytes.length - at} bytes more`);
  return buffers.slice(Number(start));
}
