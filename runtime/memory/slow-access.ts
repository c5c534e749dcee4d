// Loads and stores that the one test in generated code refused: outside the window, misaligned, or faults.
// An address is a base register (lo, hi) and an offset; it wraps at xlen.

import type { Abi } from '../contract.ts';
import type { FaultCause } from '../exit.ts';
import { CONTROL, HIGH } from '../layout.ts';
import { type CodeStores, type GuestMemory, storeOriginOf, UNMAPPED } from './memory.ts';

/** As the ABI has them. */
export type SlowAccess = Pick<
  Abi<'region' | 'wasmRegion' | 'interpreter'>,
  | 'placeOfLoad'
  | 'placeOfStore'
  | 'placeOfLoadAt'
  | 'placeOfStoreAt'
  | 'loadOrFault'
  | 'storeOrFault'
  | 'loadIntoSink'
  | 'storeOrLeave'
>;

export interface SlowAccessOptions {
  readonly memory: GuestMemory;
  readonly xlen: 32 | 64;
  /** Whether misalignment is a fault. */
  readonly alignedOnly: boolean;
  /** Whether misaligned words are no fault but the words that begin at the next lower multiple of 4. */
  readonly dropsLowBits?: boolean | undefined;
  readonly fault: (cause: FaultCause, lo: number, hi: number) => void;
  /** Told of a doubleword before it is read (0) or written (1). */
  readonly touch?: ((offset: number, fuel: number, store: number) => void) | undefined;
}

export function slowAccess(options: SlowAccessOptions): SlowAccess {
  const { memory, xlen, alignedOnly, dropsLowBits = false, fault, touch } = options;
  const storeOrigin = storeOriginOf(memory.plan);
  const { u8, control } = memory;
  const wide = xlen === 64;

  const highOf = (lo: number, hi: number, imm: number): number => {
    if (!wide) return 0;
    const low = (lo + imm) | 0;
    return (hi + (imm >> 31) + (low >>> 0 < imm >>> 0 ? 1 : 0)) | 0;
  };

  const accessed = (lo: number, bytes: number): number => (dropsLowBits && bytes === 4 ? lo & ~3 : lo);

  const placeOfLoadAt = (lo: number, hi: number, bytes: number): number =>
    (lo & (bytes - 1)) !== 0 ? UNMAPPED : memory.translate(lo, hi);
  const placeOfStoreAt = (lo: number, hi: number, bytes: number): number =>
    (lo & (bytes - 1)) !== 0 || memory.isWritableText(addressOf(lo, hi), bytes)
      ? UNMAPPED
      : Math.max(UNMAPPED, memory.translateStore(lo, hi, bytes) - storeOrigin);

  const addressOf = (lo: number, hi: number): number => (hi >>> 0) * HIGH + (lo >>> 0);

  /** Area offset of each byte of the access, all found before the first is touched; the index of one that was not. */
  const at = new Int32Array(8);
  const findBytes = (lo: number, hi: number, bytes: number, store: boolean): number => {
    for (let i = 0; i < bytes; i++) {
      const low = (lo + i) | 0;
      const high = highOf(lo, hi, i);
      const offset = store ? memory.translateStore(low, high, 1) : memory.translate(low, high);
      if (offset === UNMAPPED) return i;
      at[i] = offset;
    }
    return bytes;
  };

  const codeAt = (lo: number, hi: number, bytes: number): CodeStores | undefined =>
    memory.isWritableText(addressOf(lo, hi), bytes) ? memory.codeStores : undefined;

  const refuse = (lo: number, hi: number, i: number, store: boolean): void => {
    const inText = store && memory.isProtected(addressOf(lo, hi) + i, 1);
    fault(inText ? 'store-to-text' : store ? 'store-address' : 'load-address', lo, hi);
  };

  const read = (d: number, bytes: number, signed: boolean): void => {
    const half = (first: number): number => {
      let word = 0;
      for (let i = 0; i < 4 && first + i < bytes; i++) word |= u8[at[first + i]!]! << (8 * i);
      return word;
    };
    const unused = 32 - 8 * Math.min(bytes, 4);
    const low = signed ? (half(0) << unused) >> unused : half(0);
    control[d] = low;
    if (wide) control[d + 1] = bytes === 8 ? half(4) : signed ? low >> 31 : 0;
  };

  const write = (bytes: number, valueLo: number, valueHi: number): void => {
    for (let i = 0; i < bytes; i++) u8[at[i]!] = i < 4 ? valueLo >>> (8 * i) : valueHi >>> (8 * i - 32);
  };

  /** Finds the bytes of an access; where it may not be, records the fault. */
  const mayAccess = (lo: number, hi: number, bytes: number, isStore: boolean): boolean => {
    if (alignedOnly && (lo & (bytes - 1)) !== 0) {
      fault(isStore ? 'store-misaligned' : 'load-misaligned', lo, hi);
      return false;
    }
    const found = findBytes(lo, hi, bytes, isStore);
    if (found < bytes) refuse(lo, hi, found, isStore);
    return found >= bytes;
  };

  const note = (lo: number, bytes: number): void => {
    if ((lo & (bytes - 1)) !== 0) memory.unaligned++;
  };

  return {
    placeOfLoadAt,
    placeOfStoreAt,
    placeOfLoad: (lo, hi, imm, bytes) => placeOfLoadAt((lo + imm) | 0, highOf(lo, hi, imm), bytes),
    placeOfStore: (lo, hi, imm, bytes) => placeOfStoreAt((lo + imm) | 0, highOf(lo, hi, imm), bytes),
    loadOrFault(d, baseLo, baseHi, imm, bytes, signed, fuel = 0) {
      const lo = accessed((baseLo + imm) | 0, bytes);
      const hi = highOf(baseLo, baseHi, imm);
      if (!mayAccess(lo, hi, bytes, false)) return 1;
      touch?.(at[0]!, fuel, 0);
      note(lo, bytes);
      read(d, bytes, signed !== 0);
      return 0;
    },
    storeOrFault(baseLo, baseHi, imm, bytes, valueLo, valueHi, fuel = 0) {
      const lo = accessed((baseLo + imm) | 0, bytes);
      const hi = highOf(baseLo, baseHi, imm);
      if (!mayAccess(lo, hi, bytes, true)) return 1;
      const code = codeAt(lo, hi, bytes);
      // Leaves without a fault: the instruction is tried again when no compiled code waits for its end.
      if (code?.mayStore(addressOf(lo, hi), bytes) === false) return 1;
      touch?.(at[0]!, fuel, 1);
      note(lo, bytes);
      write(bytes, valueLo, valueHi);
      code?.stored(addressOf(lo, hi), bytes);
      return 0;
    },
    loadIntoSink(lo, hi, imm, bytes, signed) {
      if (findBytes((lo + imm) | 0, highOf(lo, hi, imm), bytes, false) < bytes) return 1;
      note(lo + imm, bytes);
      read(CONTROL.sink, bytes, signed !== 0);
      return 0;
    },
    storeOrLeave(lo, hi, imm, bytes, valueLo, valueHi) {
      const low = (lo + imm) | 0;
      const high = highOf(lo, hi, imm);
      if (findBytes(low, high, bytes, true) < bytes || codeAt(low, high, bytes) !== undefined) return 1;
      note(low, bytes);
      write(bytes, valueLo, valueHi);
      return 0;
    },
  };
}
