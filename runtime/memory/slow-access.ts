// Loads and stores that the one test in generated code refused: outside the window, misaligned, or faults.
// An address is a base register (lo, hi) and an offset; it wraps at xlen.

import type { FaultCause } from '../exit.ts';
import { CONTROL } from '../layout.ts';
import { type CodeStores, type GuestMemory, storeOriginOf, UNMAPPED } from './memory.ts';

export interface SlowAccess {
  /** Offset in the load views of an aligned access, or UNMAPPED where the interpreter must do the instruction. */
  loadAt(lo: number, hi: number, imm: number, bytes: number): number;
  /** The same in the store views. */
  storeAt(lo: number, hi: number, imm: number, bytes: number): number;
  /** As `loadAt` and `storeAt`, of a finished address. */
  loadOffset(lo: number, hi: number, bytes: number): number;
  storeOffset(lo: number, hi: number, bytes: number): number;
  /** Does a whole load into register word `d`; nonzero where it faults. */
  slowLoad(d: number, lo: number, hi: number, imm: number, bytes: number, signed: number, fuel?: number): number;
  slowStore(
    lo: number,
    hi: number,
    imm: number,
    bytes: number,
    valueLo: number,
    valueHi: number,
    fuel?: number,
  ): number;
  /** As `slowLoad` into the sink, and `slowStore`, without recording a fault: the interpreter will. */
  loadSlowly(lo: number, hi: number, imm: number, bytes: number, signed: number): number;
  storeSlowly(lo: number, hi: number, imm: number, bytes: number, valueLo: number, valueHi: number): number;
}

export interface SlowAccessOptions {
  readonly memory: GuestMemory;
  readonly xlen: 32 | 64;
  /** Whether misalignment is a fault. */
  readonly alignedOnly: boolean;
  readonly fault: (cause: FaultCause, lo: number, hi: number) => void;
  /** Told of a doubleword before it is read (0) or written (1). */
  readonly touch?: ((offset: number, fuel: number, store: number) => void) | undefined;
}

export function slowAccess(options: SlowAccessOptions): SlowAccess {
  const { memory, xlen, alignedOnly, fault, touch } = options;
  const storeOrigin = storeOriginOf(memory.plan);
  const { u8, control } = memory;
  const wide = xlen === 64;

  const highOf = (lo: number, hi: number, imm: number): number => {
    if (!wide) return 0;
    const low = (lo + imm) | 0;
    return (hi + (imm >> 31) + (low >>> 0 < imm >>> 0 ? 1 : 0)) | 0;
  };

  const loadOffset = (lo: number, hi: number, bytes: number): number =>
    (lo & (bytes - 1)) !== 0 ? UNMAPPED : memory.translate(lo, hi);
  const storeOffset = (lo: number, hi: number, bytes: number): number =>
    (lo & (bytes - 1)) !== 0 || memory.isWritableText(addressOf(lo, hi), bytes)
      ? UNMAPPED
      : Math.max(UNMAPPED, memory.translateStore(lo, hi, bytes) - storeOrigin);

  const addressOf = (lo: number, hi: number): number => (hi >>> 0) * 2 ** 32 + (lo >>> 0);

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

  return {
    loadOffset,
    storeOffset,
    loadAt: (lo, hi, imm, bytes) => loadOffset((lo + imm) | 0, highOf(lo, hi, imm), bytes),
    storeAt: (lo, hi, imm, bytes) => storeOffset((lo + imm) | 0, highOf(lo, hi, imm), bytes),
    slowLoad(d, baseLo, baseHi, imm, bytes, signed, fuel = 0) {
      const lo = (baseLo + imm) | 0;
      const hi = highOf(baseLo, baseHi, imm);
      if (alignedOnly && (lo & (bytes - 1)) !== 0) {
        fault('load-misaligned', lo, hi);
        return 1;
      }
      const found = findBytes(lo, hi, bytes, false);
      if (found < bytes) {
        refuse(lo, hi, found, false);
        return 1;
      }
      touch?.(at[0]!, fuel, 0);
      read(d, bytes, signed !== 0);
      return 0;
    },
    slowStore(baseLo, baseHi, imm, bytes, valueLo, valueHi, fuel = 0) {
      const lo = (baseLo + imm) | 0;
      const hi = highOf(baseLo, baseHi, imm);
      if (alignedOnly && (lo & (bytes - 1)) !== 0) {
        fault('store-misaligned', lo, hi);
        return 1;
      }
      const found = findBytes(lo, hi, bytes, true);
      if (found < bytes) {
        refuse(lo, hi, found, true);
        return 1;
      }
      const code = codeAt(lo, hi, bytes);
      // Leaves without a fault: the instruction is tried again when no compiled code waits for its end.
      if (code?.mayStore(addressOf(lo, hi), bytes) === false) return 1;
      touch?.(at[0]!, fuel, 1);
      write(bytes, valueLo, valueHi);
      code?.stored(addressOf(lo, hi), bytes);
      return 0;
    },
    loadSlowly(lo, hi, imm, bytes, signed) {
      if (findBytes((lo + imm) | 0, highOf(lo, hi, imm), bytes, false) < bytes) return 1;
      read(CONTROL.sink, bytes, signed !== 0);
      return 0;
    },
    storeSlowly(lo, hi, imm, bytes, valueLo, valueHi) {
      const low = (lo + imm) | 0;
      const high = highOf(lo, hi, imm);
      if (findBytes(low, high, bytes, true) < bytes || codeAt(low, high, bytes) !== undefined) return 1;
      write(bytes, valueLo, valueHi);
      return 0;
    },
  };
}
