// Memory as a run left it: the value of each doubleword and the clk of its last access.

import { HIGH } from '../../../../../runtime/layout.ts';
import { UNMAPPED } from '../../../../../runtime/memory/memory.ts';
import { sharedBuffer } from '../../../../../runtime/memory/shared-buffer.ts';
import type { Execution } from '../../../../engine/execution.ts';
import type { AddressList, ListStates, MemorySource } from '../../pipeline/memory/memory-lists.ts';

const DOUBLEWORD = 8;

interface StoredHint {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Of a traced run that ended. What is not of the image began with zero, or with what the last hint there stored. */
export function finalMemory({ memory, machine }: Execution): MemorySource {
  const { stamps: span } = memory.arena;
  const stamps = new Int32Array(memory.buffer, span.offset, span.bytes / 4);
  const u64 = (words: Int32Array, at: number): bigint =>
    (BigInt(words[at + 1]! >>> 0) << 32n) | BigInt(words[at]! >>> 0);
  return {
    initial(list) {
      const states = zeros(list);
      for (const hint of machine.hinted ?? []) store(hint, list, states.values);
      return states;
    },
    final(list) {
      const states = zeros(list);
      for (const [i, address] of list.addresses.entries()) {
        const offset = memory.translate((address % HIGH) | 0, Math.floor(address / HIGH));
        if (list.isRegister[i] === 1 || offset === UNMAPPED) continue;
        states.values[i] = u64(memory.i32, offset >> 2);
        states.clks[i] = Number(u64(stamps, (offset >>> 3) << 1));
      }
      return states;
    },
  };
}

function zeros({ addresses }: AddressList): ListStates {
  const shared = (): SharedArrayBuffer => sharedBuffer(DOUBLEWORD * addresses.length);
  return { values: new BigUint64Array(shared()), clks: new Float64Array(shared()) };
}

/** Puts the doublewords of a hint that are in the list to their places. */
function store({ address, bytes }: StoredHint, { addresses, isRegister }: AddressList, values: BigUint64Array): void {
  const whole = Math.ceil(bytes.length / DOUBLEWORD) * DOUBLEWORD;
  let at = firstFrom(addresses, address);
  if (at === addresses.length || addresses[at]! >= address + whole) return;
  const padded = new Uint8Array(whole);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  for (; at < addresses.length && addresses[at]! < address + whole; at++) {
    if (isRegister[at] === 0) values[at] = view.getBigUint64(addresses[at]! - address, true);
  }
}

/** Index of the first that is not below `least`. */
function firstFrom(ascending: Float64Array, least: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
