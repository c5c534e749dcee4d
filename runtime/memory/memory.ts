// Guest memory: a sparse address space in one shared arena that every engine sees.
//
// Guest area of the arena (arena.ts): main window (contiguous guest addresses, reached by one test in generated code) | input window |
// pool of 64 KiB pages mapped on first touch. A place in the guest area is an *area offset*, 0 … 2^31 - 1.

import { CONTROL, HIGH, PAGE_BYTES, PAGE_MAP } from '../layout.ts';
import { type Arena, type ArenaNeeds, arenaOf } from './arena.ts';
import { reserved, sharedMemory } from './reserve.ts';
import type { WasmMemory } from './wasm-types.ts';

/** An executable segment: addresses [start, end). */
export interface TextSegment {
  readonly start: number;
  readonly end: number;
  readonly isWritable: boolean;
}

export interface MemoryPlan {
  /** First guest address of the main window; at least 4096, so that a wrapped base + offset never falls inside. */
  readonly windowBase: number;
  /** log2 of the main window's bytes. */
  readonly windowBits: number;
  /** A second window of less than 2 GiB, within one 4 GiB, for guests that keep their heap far away. */
  readonly farBase: number;
  readonly farBytes: number;
  /** Bytes of the whole guest area, at most 2^31. */
  readonly areaBytes: number;
  /** Guest addresses below the one and from the other on fault; the limit is at most 2^53. */
  readonly addressFloor: number;
  readonly addressLimit: number;
  /** Where a store is checked for text; empty where stores into text are allowed. */
  readonly protectedStart: number;
  readonly protectedEnd: number;
  /** What is text in there; all of it, and not writable, unless given. */
  readonly textSegments?: readonly TextSegment[];
  /** Most bytes that may be mapped from the pool. */
  readonly maxPoolBytes: number;
  /** Most bytes of pages that may be stored to, wherever they lie; where not given, such pages are not counted. */
  readonly maxBytes?: number | undefined;
}

/** Who translates text that stores may change. */
export interface CodeStores {
  /** Whether an instruction may store here now; otherwise the interpreter must leave and try again. */
  mayStore(address: number, bytes: number): boolean;
  /** Bytes there were stored. */
  stored(address: number, bytes: number): void;
  /** The host stored bytes there for the guest, within a system call. */
  storedByHost(address: number, bytes: number): void;
}

/** How far beyond the window accesses may reach that were tested by their base register alone. */
const MARGIN_BYTES = 4096;

/** Area offset of the first byte that a store may change, past protected text at the window's start; a multiple of 8. */
export function storeOriginOf(plan: Pick<MemoryPlan, 'protectedEnd' | 'windowBase' | 'windowBits'>): number {
  const end = Math.min(Math.max(0, plan.protectedEnd - plan.windowBase), 2 ** plan.windowBits);
  return Math.ceil(end / 8) * 8;
}

/**
 * Area offset at which addresses stop following the main window's without a gap: generated text also tests stores by
 * a window of the same size that starts behind protected text.
 */
function windowEnd(plan: MemoryPlan): number {
  const origin = storeOriginOf(plan);
  return 2 ** plan.windowBits + Math.ceil((origin + MARGIN_BYTES) / PAGE_BYTES) * PAGE_BYTES;
}

/** Result of a translation that found no place. */
export const UNMAPPED = -1;

export class GuestMemory {
  readonly plan: MemoryPlan;
  /** The WebAssembly memory behind the arena; undefined where the host has none. */
  readonly wasm: WasmMemory | undefined;
  readonly buffer: SharedArrayBuffer;
  readonly control: Int32Array;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  /** What lies where in the buffer. */
  readonly arena: Arena;

  readonly #pages = new Map<number, number>();
  /** Pages of the pool, one behind the other. */
  readonly #inOrder: number[] = [];
  #poolNext: number;
  readonly #farLo: number;
  readonly #farHi: number;
  /** Area offset of the far window. */
  readonly farOffset: number;
  #lastPage = -1;
  #lastOffset = 0;
  /** Accesses by the host that were not aligned. */
  unaligned = 0;
  /** Whether the last refusal was for want of pool, not because the address is bad. */
  exhausted = false;
  /** Told of stores into writable text. */
  codeStores: CodeStores | undefined;
  readonly #text: readonly TextSegment[];
  /** By page of the guest area: 1 where something was stored; all 1 where that is not counted. */
  readonly pageMap: Uint8Array;
  /** Whether pages that are stored to are counted. */
  readonly isCounting: boolean;
  /** Bytes of the pages that were stored to, where they are counted. */
  residentBytes = 0;
  /** Whether there was ever no room for a page, and whether it was because of `maxBytes`. */
  ranOut: 'no' | 'pool' | 'limit' = 'no';

  private constructor(plan: MemoryPlan, arena: Arena, buffer: SharedArrayBuffer, wasm: WasmMemory | undefined) {
    this.plan = plan;
    this.arena = arena;
    this.buffer = buffer;
    this.wasm = wasm;
    this.control = new Int32Array(buffer, arena.control.offset, arena.control.bytes / 4);
    // Never reached where nothing is traced: the tail stays 0.
    this.control[CONTROL.traceLimit] = 1;
    this.u8 = new Uint8Array(buffer, arena.area.offset, arena.area.bytes);
    this.i32 = new Int32Array(buffer, arena.area.offset, arena.area.bytes / 4);
    this.#farLo = plan.farBase | 0;
    this.#farHi = Math.floor(plan.farBase / HIGH);
    this.farOffset = windowEnd(plan);
    this.#poolNext = this.farOffset + plan.farBytes;
    this.isCounting = plan.maxBytes !== undefined;
    this.pageMap = new Uint8Array(buffer, PAGE_MAP.offset, PAGE_MAP.bytes);
    if (!this.isCounting) this.pageMap = new Uint8Array(PAGE_MAP.bytes).fill(1);
    this.#text = plan.textSegments ?? [{ start: plan.protectedStart, end: plan.protectedEnd, isWritable: false }];
  }

  /** Zeros, in an arena that has room for what else is needed. */
  static create(plan: MemoryPlan, needs: ArenaNeeds = {}): GuestMemory {
    const arena = arenaOf(plan.areaBytes, needs);
    const { pages } = arena;
    const bytes = pages * PAGE_BYTES;
    if (typeof WebAssembly === 'object') {
      const wasm = sharedMemory('memory', pages);
      return new GuestMemory(plan, arena, wasm.buffer as unknown as SharedArrayBuffer, wasm);
    }
    const buffer = reserved('memory', bytes, () => new SharedArrayBuffer(bytes));
    return new GuestMemory(plan, arena, buffer, undefined);
  }

  /** Area offset of the guest byte at hi:lo, or UNMAPPED; maps its page where that is new. */
  translate(lo: number, hi: number): number {
    const { plan } = this;
    // Whole numbers of 32 bits first: this is the heap of many guests.
    const far = (lo - this.#farLo) | 0;
    if (hi === this.#farHi && far >= 0 && far < plan.farBytes) return this.farOffset + far;
    const address = (hi >>> 0) * HIGH + (lo >>> 0);
    this.exhausted = false;
    if (address >= plan.addressLimit || address < plan.addressFloor) return UNMAPPED;
    const near = address - plan.windowBase;
    if (near >= 0 && near < this.farOffset) return near;
    const page = Math.floor(address / PAGE_BYTES);
    if (page === this.#lastPage) return this.#lastOffset + (lo & (PAGE_BYTES - 1));
    let offset = this.#pages.get(page);
    if (offset === undefined) {
      if (this.#poolNext + PAGE_BYTES > plan.areaBytes || this.poolBytes + PAGE_BYTES > plan.maxPoolBytes) {
        this.exhausted = true;
        this.ranOut = 'pool';
        return UNMAPPED;
      }
      offset = this.#poolNext;
      this.#poolNext += PAGE_BYTES;
      this.#pages.set(page, offset);
      this.#inOrder.push(page);
    }
    this.#lastPage = page;
    this.#lastOffset = offset;
    return offset + (lo & (PAGE_BYTES - 1));
  }

  /** As `translate`, for a store of `bytes` bytes: refuses protected text. */
  translateStore(lo: number, hi: number, bytes: number): number {
    this.exhausted = false;
    if (this.isProtected((hi >>> 0) * HIGH + (lo >>> 0), bytes)) return UNMAPPED;
    const offset = this.translate(lo, hi);
    return offset === UNMAPPED || this.mayStoreAt(offset) ? offset : UNMAPPED;
  }

  /** Counts the page of an area offset before something is stored there; false where that would be one too many. */
  mayStoreAt(offset: number): boolean {
    const page = Math.floor(offset / PAGE_BYTES);
    if (this.pageMap[page] === 1) return true;
    if (this.residentBytes + PAGE_BYTES > this.plan.maxBytes!) {
      this.exhausted = true;
      this.ranOut = 'limit';
      return false;
    }
    this.pageMap[page] = 1;
    this.residentBytes += PAGE_BYTES;
    return true;
  }

  /** Guest addresses of the pages that were stored to; of one at a window's end only the start is in it. */
  *residentPages(): Generator<number> {
    if (!this.isCounting) return;
    const { windowBase, farBase, farBytes } = this.plan;
    const inPool = new Map([...this.#pages].map(([page, offset]) => [offset, page * PAGE_BYTES]));
    for (let page = this.pageMap.indexOf(1); page >= 0; page = this.pageMap.indexOf(1, page + 1)) {
      const offset = page * PAGE_BYTES;
      if (offset < this.farOffset) yield windowBase + offset;
      else if (offset < this.farOffset + farBytes) yield farBase + offset - this.farOffset;
      else yield inPool.get(offset)!;
    }
  }

  #isText(address: number, bytes: number, isProtected: boolean): boolean {
    const { protectedStart, protectedEnd } = this.plan;
    if (address + bytes <= protectedStart || address >= protectedEnd) return false;
    return this.#text.some(
      ({ start, end, isWritable }) => isWritable !== isProtected && address + bytes > start && address < end,
    );
  }

  /** Whether some of these bytes are text that is not writable. */
  isProtected(address: number, bytes: number): boolean {
    return this.#isText(address, bytes, true);
  }

  /** Whether some of these bytes are text that is writable. */
  isWritableText(address: number, bytes: number): boolean {
    return this.#isText(address, bytes, false);
  }

  /** The guest address of a place in the guest area. */
  addressOf(offset: number): number {
    const { windowBase, farBase, farBytes } = this.plan;
    if (offset < this.farOffset) return windowBase + offset;
    if (offset < this.farOffset + farBytes) return farBase + offset - this.farOffset;
    const page = this.#inOrder[Math.floor((offset - this.farOffset - farBytes) / PAGE_BYTES)]!;
    return page * PAGE_BYTES + ((offset - this.farOffset - farBytes) % PAGE_BYTES);
  }

  get poolBytes(): number {
    return this.#poolNext - this.farOffset - this.plan.farBytes;
  }

  /** Copies guest bytes out; undefined where an address on the way is bad. */
  readBytes(address: number, length: number): Uint8Array | undefined {
    const out = new Uint8Array(length);
    return this.#forEachRun(address, length, (offset, at, n) => {
      out.set(this.u8.subarray(offset, offset + n), at);
      return true;
    })
      ? out
      : undefined;
  }

  /** Copies guest bytes out and maps nothing: zeros where no page was touched. The range ends below the address limit. */
  peekBytes(address: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    const { windowBase, farBase, farBytes } = this.plan;
    for (let at = 0; at < length; ) {
      const here = address + at;
      const near = here - windowBase;
      const far = here - farBase;
      const page = Math.floor(here / PAGE_BYTES);
      let offset = this.#pages.get(page);
      let end = (page + 1) * PAGE_BYTES;
      if (near >= 0 && near < this.farOffset) [offset, end] = [near, windowBase + this.farOffset];
      else if (far >= 0 && far < farBytes) [offset, end] = [this.farOffset + far, farBase + farBytes];
      else {
        offset = offset === undefined ? undefined : offset + (here % PAGE_BYTES);
        // A window may begin inside a page.
        for (const start of [windowBase, farBytes > 0 ? farBase : windowBase])
          if (start > here) end = Math.min(end, start);
      }
      const n = Math.min(length - at, end - here);
      if (offset !== undefined) out.set(this.u8.subarray(offset, offset + n), at);
      at += n;
    }
    return out;
  }

  /** Copies bytes in, protected text included; false where an address on the way is bad. */
  writeBytes(address: number, bytes: Uint8Array): boolean {
    return this.#forEachRun(address, bytes.length, (offset, at, n) => {
      // A run lies in one page of addresses, which is one of the area, or two where the window starts on none.
      if (!this.mayStoreAt(offset) || !this.mayStoreAt(offset + n - 1)) return false;
      this.u8.set(bytes.subarray(at, at + n), offset);
      return true;
    });
  }

  /** As `writeBytes`, for a system call by which the guest stores: false also where some are protected text. */
  storeBytes(address: number, bytes: Uint8Array): boolean {
    if (this.isProtected(address, bytes.length) || !this.writeBytes(address, bytes)) return false;
    if (this.isWritableText(address, bytes.length)) this.codeStores?.storedByHost(address, bytes.length);
    return true;
  }

  /** Makes [start, end) zero; pages that are so already are left alone. */
  clear(start: number, end: number): void {
    this.#forEachRun(start, Math.max(0, end - start), (offset, _at, n) => {
      const bytes = this.u8.subarray(offset, offset + n);
      if (bytes.some(byte => byte !== 0)) bytes.fill(0);
      return true;
    });
  }

  #forEachRun(address: number, length: number, run: (offset: number, at: number, n: number) => boolean): boolean {
    for (let at = 0; at < length; ) {
      const here = address + at;
      // Pages end at multiples of their size; the window may start on none, and ends that many bytes from its start.
      const toPage = PAGE_BYTES - (here % PAGE_BYTES);
      const toWindow = PAGE_BYTES - ((PAGE_BYTES + ((here - this.plan.windowBase) % PAGE_BYTES)) % PAGE_BYTES);
      const n = Math.min(length - at, toPage, toWindow);
      const offset = here < 0 ? UNMAPPED : this.translate((here % HIGH) | 0, Math.floor(here / HIGH));
      if (offset === UNMAPPED || !run(offset, at, n)) return false;
      at += n;
    }
    return true;
  }

  readRegister(r: number): bigint {
    const lo = this.control[CONTROL.registers + 2 * r]! >>> 0;
    const hi = this.control[CONTROL.registers + 2 * r + 1]! >>> 0;
    return (BigInt(hi) << 32n) | BigInt(lo);
  }

  writeRegister(r: number, value: bigint): void {
    if (r === 0) return;
    this.control[CONTROL.registers + 2 * r] = Number(BigInt.asIntN(32, value));
    this.control[CONTROL.registers + 2 * r + 1] = Number(BigInt.asIntN(32, value >> 32n));
  }
}
