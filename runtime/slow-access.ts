// Loads and stores that the one test in generated code refused: outside the window, misaligned, or faults.

import type { FaultCause } from './exit.ts';
import { CONTROL } from './layout.ts';
import { type GuestMemory, UNMAPPED } from './memory.ts';

export interface SlowAccess {
  /** Offset in the load views of an aligned access, or UNMAPPED where the interpreter must do the instruction. */
  loadOffset(lo: number, hi: number, bytes: number): number;
  /** The same in the store views. */
  storeOffset(lo: number, hi: number, bytes: number): number;
  /** Does a whole load into register word `d`; nonzero where it faults. */
  slowLoad(d: number, lo: number, hi: number, bytes: number, signed: number, fuel?: number): number;
  slowStore(lo: number, hi: number, bytes: number, valueLo: number, valueHi: number, fuel?: number): number;
}

export interface SlowAccessOptions {
  readonly memory: GuestMemory;
  readonly xlen: 32 | 64;
  /** Whether misalignment is a fault. */
  readonly alignedOnly: boolean;
  /** Area offset of the store views' origin. */
  readonly storeOrigin: number;
  readonly fault: (cause: FaultCause, lo: number, hi: number) => void;
  /** Records a touched doubleword before it changes, in traced runs. */
  readonly touch?: ((offset: number, fuel: number, store: number) => void) | undefined;
}

export function slowAccess({ memory, xlen, alignedOnly, storeOrigin, fault, touch }: SlowAccessOptions): SlowAccess {
  const { u8, control } = memory;
  const highMask = xlen === 64 ? -1 : 0;

  /** Area offset of byte `i` of an access; addresses wrap at xlen. */
  const offsetAt = (lo: number, hi: number, i: number, store: boolean): number => {
    const low = (lo + i) | 0;
    const high = (hi + (low >>> 0 < lo >>> 0 ? 1 : 0)) & highMask;
    return store ? memory.translateStore(low, high, 1) : memory.translate(low, high);
  };

  const aligned = (lo: number, hi: number, bytes: number, store: boolean): number => {
    if ((lo & (bytes - 1)) !== 0) return UNMAPPED;
    return store ? memory.translateStore(lo, hi & highMask, bytes) : memory.translate(lo, hi & highMask);
  };

  /** Area offsets of each byte, all checked before the first is touched; undefined after a fault. */
  const offsets = (lo: number, hi: number, bytes: number, store: boolean): number[] | undefined => {
    const kind = store ? 'store' : 'load';
    if (alignedOnly && (lo & (bytes - 1)) !== 0) {
      fault(`${kind}-misaligned`, lo, hi & highMask);
      return undefined;
    }
    const found: number[] = [];
    for (let i = 0; i < bytes; i++) {
      const offset = offsetAt(lo, hi & highMask, i, store);
      if (offset === UNMAPPED) {
        fault(refusal(memory, lo, hi & highMask, i, store), lo, hi & highMask);
        return undefined;
      }
      found.push(offset);
    }
    return found;
  };

  return {
    loadOffset: (lo, hi, bytes) => aligned(lo, hi, bytes, false),
    storeOffset: (lo, hi, bytes) => Math.max(UNMAPPED, aligned(lo, hi, bytes, true) - storeOrigin),
    slowLoad(d, lo, hi, bytes, signed, fuel = 0) {
      const at = offsets(lo, hi, bytes, false);
      if (at === undefined) return 1;
      touch?.(at[0]!, fuel, 0);
      const half = (first: number): number => {
        let word = 0;
        for (let i = 0; i < 4 && first + i < bytes; i++) word |= u8[at[first + i]!]! << (8 * i);
        return word;
      };
      const unused = 32 - 8 * Math.min(bytes, 4);
      const lowWord = signed ? (half(0) << unused) >> unused : half(0);
      control[d] = lowWord;
      if (xlen === 64) control[d + 1] = bytes === 8 ? half(4) : signed ? lowWord >> 31 : 0;
      return 0;
    },
    slowStore(lo, hi, bytes, valueLo, valueHi, fuel = 0) {
      const at = offsets(lo, hi, bytes, true);
      if (at === undefined) return 1;
      touch?.(at[0]!, fuel, 1);
      at.forEach((offset, i) => {
        u8[offset] = i < 4 ? valueLo >>> (8 * i) : valueHi >>> (8 * i - 32);
      });
      return 0;
    },
  };
}

function refusal(memory: GuestMemory, lo: number, hi: number, i: number, store: boolean): FaultCause {
  if (!store) return 'load-address';
  const { protectedStart, protectedEnd } = memory.plan;
  const address = (hi >>> 0) * 2 ** 32 + (lo >>> 0) + i;
  return address >= protectedStart && address < protectedEnd ? 'store-to-text' : 'store-address';
}

/** Register word where loads to x0 go. */
export const SINK: number = CONTROL.sink;
