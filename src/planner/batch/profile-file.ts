// The file of a batch's profile, both versions of upstream.
// Reference: ix:crates/kernel/src/profile.rs. Stricter: nothing may follow the end.

import { JitExecError } from '../../../runtime/errors.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { ADDRESS_BYTES, type BatchProfile, COUNTERS, type ProfiledBlock } from './profile.ts';

const MAGICS = { 1: 'IXESP\0\0\0', 2: 'IXPROF\0\0' } as const;
const RECORD_BYTES = { 1: 48, 2: 88 } as const;

/** Whether the bytes begin as a batch's profile of either version does. */
export function isBatchProfile(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 8));
  return start === MAGICS[1] || start === MAGICS[2];
}

/** @throws PROFILE_INVALID. */
export function readBatchProfile(bytes: Uint8Array, name = 'profile'): BatchProfile {
  const read = new ByteReader(bytes, 'PROFILE_INVALID', 'batch profile', name);
  const version = new TextDecoder('latin1').decode(bytes.subarray(0, 8)) === MAGICS[1] ? 1 : 2;
  read.magic(MAGICS[version]);
  const stated = read.u32('version');
  if (stated !== version) throw read.invalid(`version ${version} of this magic`, stated);
  const count = read.length('blocks', RECORD_BYTES[version]);
  const blocks = Array.from({ length: count }, () => readBlock(read, version));
  const edges = read.count('edges');
  if (8 * (count + 1) + 4 * edges > read.left) throw read.invalid(`bytes for ${edges} edges`, read.left);
  const producerStarts = Float64Array.from({ length: count + 1 }, () => read.count('start of edges'));
  if (producerStarts[0] !== 0) throw read.invalid('edges from 0 on', producerStarts[0]);
  if (producerStarts[count] !== edges) throw read.invalid(`edges up to ${edges}`, producerStarts[count]);
  if (producerStarts.some((start, i) => i > 0 && start < producerStarts[i - 1]!))
    throw read.invalid('ascending starts of edges', 'others');
  const producers = Uint32Array.from({ length: edges }, () => read.u32('producer'));
  const stray = producers.find(producer => producer >= count);
  if (stray !== undefined) throw read.invalid(`producers below ${count}`, stray);
  read.end();
  return { version, blocks, producerStarts, producers };
}

function readBlock(read: ByteReader, version: 1 | 2): ProfiledBlock {
  const block = {
    address: read.bytes(ADDRESS_BYTES, 'address'),
    heartbeats: read.u64('heartbeats'),
    size: read.u32('size'),
    constants: read.u32('constants'),
  };
  if (version === 1) return block;
  const [subst, whnf, defEq, natArith, intern] = COUNTERS.map(name => read.u64(name)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  return { ...block, counters: { subst, whnf, defEq, natArith, intern } };
}

/** @throws PROFILE_INVALID for version 2 of blocks without counters. */
export function writeBatchProfile({
  version,
  blocks,
  producerStarts,
  producers,
}: BatchProfile): Uint8Array<ArrayBuffer> {
  const write = new ByteWriter();
  write.latin1(MAGICS[version]);
  write.u32(version);
  write.u32(blocks.length);
  for (const { address, heartbeats, size, constants, counters } of blocks) {
    write.bytes(address);
    write.u64(heartbeats);
    write.u32(size);
    write.u32(constants);
    if (version === 1) continue;
    if (counters === undefined)
      throw new JitExecError('PROFILE_INVALID', 'batch profile: version 2 has counters, a block has none');
    for (const name of COUNTERS) write.u64(counters[name]);
  }
  write.u64(producers.length);
  for (const start of producerStarts) write.u64(start);
  for (const producer of producers) write.u32(producer);
  return write.all;
}
