// Memory as a run left it: the value of each doubleword and the clk of its last access.

import { HIGH } from '../../../../runtime/layout.ts';
import { UNMAPPED } from '../../../../runtime/memory/memory.ts';
import type { Execution } from '../../../engine/execution.ts';
import type { MemoryState } from './memory-events.ts';

const DOUBLEWORD = 8;

export interface FinalMemory {
  /** At the end. */
  stateAt(address: number): MemoryState;
  /** What a doubleword that is not of the image began with: zero, or what a hint stored. */
  initialValueAt(address: number): bigint;
}

/** Of a traced run that ended. */
export function finalMemory({ memory, machine }: Execution): FinalMemory {
  const hints = new Map<number, bigint>();
  for (const { address, bytes } of machine.hinted ?? []) {
    const padded = new Uint8Array(Math.ceil(bytes.length / DOUBLEWORD) * DOUBLEWORD);
    padded.set(bytes);
    const view = new DataView(padded.buffer);
    for (let at = 0; at < padded.length; at += DOUBLEWORD) hints.set(address + at, view.getBigUint64(at, true));
  }
  const { stamps: span } = memory.arena;
  const stamps = new Int32Array(memory.buffer, span.offset, span.bytes / 4);
  const u64 = (words: Int32Array, at: number): bigint =>
    (BigInt(words[at + 1]! >>> 0) << 32n) | BigInt(words[at]! >>> 0);
  return {
    stateAt(address) {
      const offset = memory.translate((address % HIGH) | 0, Math.floor(address / HIGH));
      if (offset === UNMAPPED) return { address, value: 0n, clk: 0 };
      return { address, value: u64(memory.i32, offset >> 2), clk: Number(u64(stamps, (offset >>> 3) << 1)) };
    },
    initialValueAt: address => hints.get(address) ?? 0n,
  };
}
