// Compiled code as bytes for later processes: the hot regions of a program in one module, in which they call each other
// directly, with what was learnt meanwhile.

import type { JoinedCode, KeptPlan } from './kept-plan.ts';
import type { KeptRegion } from './region-modules.ts';

/** Bytes by name, for as long as whoever keeps them likes. They are code: what is loaded must be what was saved. */
export interface CodeStore {
  load(name: string): Uint8Array | undefined;
  save(name: string, bytes: Uint8Array): void;
}

interface Head {
  readonly regions: readonly KeptRegion[];
  readonly targets: readonly (readonly [number, readonly number[]])[];
  readonly strays: readonly (readonly [number, number])[];
  readonly indices: readonly (readonly [number, number])[];
  readonly reachedBytes: number;
}

const SIZE_BYTES = 4;

/** Layout: bytes of the head as u32, the head as JSON, `reached`, the module. */
export function encodePlan(
  { targets, strays, indices }: KeptPlan,
  { bytes, regions, reached }: JoinedCode,
): Uint8Array {
  const head: Head = {
    regions,
    targets: [...targets].map(([pc, seen]) => [pc, [...seen]]),
    strays: [...strays],
    indices: [...indices],
    reachedBytes: reached.length,
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const all = new Uint8Array(SIZE_BYTES + text.length + reached.length + bytes.length);
  new DataView(all.buffer).setUint32(0, text.length, true);
  all.set(text, SIZE_BYTES);
  all.set(reached, SIZE_BYTES + text.length);
  all.set(bytes, SIZE_BYTES + text.length + reached.length);
  return all;
}

/** The plan that `encodePlan` was given. */
export function decodePlan(all: Uint8Array): Pick<KeptPlan, 'targets' | 'strays' | 'indices' | 'joined'> {
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  const begin = SIZE_BYTES + view.getUint32(0, true);
  const { regions, targets, strays, indices, reachedBytes }: Head = JSON.parse(
    new TextDecoder().decode(all.subarray(SIZE_BYTES, begin)),
  );
  return {
    targets: new Map(targets.map(([pc, seen]) => [pc, new Set(seen)])),
    strays: new Map(strays),
    indices: new Map(indices),
    joined: {
      regions,
      reached: all.slice(begin, begin + reachedBytes),
      bytes: all.slice(begin + reachedBytes),
    },
  };
}

/** A bit for each of so many slots. */
export function bitsOf(slots: number, isSet: (slot: number) => boolean): Uint8Array {
  const bits = new Uint8Array((slots + 7) >> 3);
  for (let slot = 0; slot < slots; slot++) if (isSet(slot)) bits[slot >> 3]! |= 1 << (slot & 7);
  return bits;
}

export const hasBit = (bits: Uint8Array | undefined, slot: number): boolean =>
  bits !== undefined && (bits[slot >> 3]! & (1 << (slot & 7))) !== 0;
