import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROL, PAGE_BYTES } from '../../../runtime/layout.ts';
import { GuestMemory, type MemoryPlan, UNMAPPED } from '../../../runtime/memory/memory.ts';
import { slowAccess } from '../../../runtime/memory/slow-access.ts';

const PLAN: MemoryPlan = {
  windowBase: PAGE_BYTES,
  windowBits: 17,
  farBase: 2 ** 36,
  farBytes: PAGE_BYTES,
  areaBytes: 2 ** 20,
  extraBytes: 0,
  addressFloor: 4096,
  addressLimit: 2 ** 40,
  protectedStart: PAGE_BYTES,
  protectedEnd: PAGE_BYTES + 100,
  maxPoolBytes: 4 * PAGE_BYTES,
};
const make = (plan: Partial<MemoryPlan> = {}): GuestMemory => GuestMemory.create({ ...PLAN, ...plan });
const high = (address: number): number => Math.floor(address / 2 ** 32);

describe('guest memory', () => {
  it('has no trace chunk that is full before there is a trace', () => {
    // An interpreter that tells of accesses would otherwise be left at each of them.
    const { control } = make();
    expect(control[CONTROL.traceTail]).toBeLessThan(control[CONTROL.traceLimit]!);
  });

  it.each([
    ['the window on a page', PLAN.windowBase],
    ['the window on no page', 4096],
  ])('gives back what was written, byte for byte, with %s', (_, windowBase) => {
    const end = windowBase + 2 ** PLAN.windowBits;
    const edges = [
      windowBase,
      end,
      end + PAGE_BYTES,
      end + 2 * PAGE_BYTES,
      PLAN.farBase,
      PLAN.farBase + PAGE_BYTES,
      2 ** 33,
    ];
    const property = fc.property(fc.constantFrom(...edges), fc.integer({ min: -40, max: 8 }), (edge, by) => {
      const memory = make({ windowBase, maxPoolBytes: 8 * PAGE_BYTES });
      const bytes = Uint8Array.from({ length: 48 }, (_, i) => i + 1);
      const address = edge + by;
      fc.pre(address >= PLAN.addressFloor);
      expect(memory.writeBytes(address, bytes)).toBe(true);
      expect(memory.readBytes(address, 48)).toEqual(bytes);
      for (const [i, byte] of bytes.entries()) expect(memory.readBytes(address + i, 1)).toEqual(Uint8Array.of(byte));
      expect(memory.u8.filter(byte => byte !== 0).length).toBe(48);
    });
    fc.assert(property, { numRuns: 40 });
  });

  it('refuses addresses below its floor and from its limit on', () => {
    const memory = make();
    for (const address of [0, 4095, 2 ** 40, 2 ** 52]) {
      expect(memory.translate(address | 0, high(address))).toBe(UNMAPPED);
      expect(memory.exhausted).toBe(false);
      expect(memory.readBytes(address, 1)).toBeUndefined();
      expect(memory.writeBytes(address, new Uint8Array(1))).toBe(false);
    }
    expect(memory.readBytes(2 ** 40 - 1, 2)).toBeUndefined();
    expect(memory.readBytes(-1, 1)).toBeUndefined();
  });

  it('says that it is exhausted where the pool is, and goes on with what it has', () => {
    const memory = make();
    const page = (i: number): number => memory.translate(0, 1 + i);
    const offsets = [0, 1, 2, 3].map(page);
    expect(new Set(offsets).size).toBe(4);
    expect(memory.poolBytes).toBe(PLAN.maxPoolBytes);
    expect([page(4), memory.exhausted]).toEqual([UNMAPPED, true]);
    expect([0, 1, 2, 3].map(page)).toEqual(offsets);
    expect(memory.exhausted).toBe(false);
  });

  it('refuses stores that touch the text, and only those', () => {
    const memory = make();
    const store = (address: number, bytes: number): boolean =>
      memory.translateStore(address | 0, 0, bytes) !== UNMAPPED;
    expect([store(PLAN.protectedStart - 8, 8), store(PLAN.protectedStart - 4, 8)]).toEqual([true, false]);
    expect([store(PLAN.protectedEnd - 1, 1), store(PLAN.protectedEnd, 1)]).toEqual([false, true]);
  });

  it('holds 64 bits per register, and nothing in x0', () => {
    const memory = make();
    for (const value of [0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 0x1234_5678_9abc_def0n]) {
      memory.writeRegister(31, value);
      memory.writeRegister(0, value);
      expect([memory.readRegister(31), memory.readRegister(0)]).toEqual([value, 0n]);
    }
  });
});

describe.each([32, 64] as const)('slow accesses of RV%i', xlen => {
  const faults: string[] = [];
  const open = (alignedOnly: boolean, plan: Partial<MemoryPlan> = {}) => {
    const memory = make(plan);
    faults.length = 0;
    const fault = (cause: string, lo: number, hi: number): void => {
      faults.push(`${cause} ${(hi >>> 0).toString(16)}:${(lo >>> 0).toString(16)}`);
    };
    return { memory, access: slowAccess({ memory, xlen, alignedOnly, fault }) };
  };
  const D = CONTROL.registers + 20;

  it('put misaligned values together over the edge of a page', () => {
    const { memory, access } = open(false);
    const edge = PLAN.windowBase + 2 ** PLAN.windowBits + 2 * PAGE_BYTES;
    expect(access.slowStore(edge - 3, 0, 0, 8, 0x04030201, 0x08070605)).toBe(0);
    expect([...memory.readBytes(edge - 3, 8)!]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(access.slowLoad(D, edge - 3 - 16, 0, 16, 4, 1)).toBe(0);
    expect(memory.control[D]).toBe(0x04030201);
    memory.writeBytes(edge - 1, Uint8Array.of(0xff, 0x80));
    expect([access.slowLoad(D, edge - 1, 0, 0, 2, 1), memory.control[D]]).toEqual([0, -0x7f01]);
    expect([access.slowLoad(D, edge - 1, 0, 0, 2, 0), memory.control[D]]).toEqual([0, 0x80ff]);
    expect(faults).toEqual([]);
  });

  it('change nothing where one byte of the access faults', () => {
    const { memory, access } = open(false);
    expect(access.slowStore(PLAN.protectedStart - 2, 0, 0, 4, -1, 0)).not.toBe(0);
    expect([...memory.readBytes(PLAN.protectedStart - 2, 4)!]).toEqual([0, 0, 0, 0]);
    expect(access.slowLoad(D, 4094, 0, 0, 4, 0)).not.toBe(0);
    expect(faults).toEqual(['store-to-text 0:fffe', 'load-address 0:ffe']);
  });

  it('refuse misalignment on machines that do', () => {
    const { access } = open(true);
    const address = PLAN.windowBase + 0x1001;
    expect(access.slowLoad(D, address, 0, 0, 2, 0)).not.toBe(0);
    expect(access.slowStore(address + 1, 0, 0, 4, 0, 0)).not.toBe(0);
    expect(access.slowLoad(D, address, 0, 0, 1, 0)).toBe(0);
    expect(faults).toEqual(['load-misaligned 0:11001', 'store-misaligned 0:11002']);
  });

  it('wrap at the end of the address space', () => {
    const { access } = open(false, { addressLimit: 2 ** 40 });
    expect(access.slowLoad(D, -8, -1, 16, 8, 0)).not.toBe(0);
    expect(faults).toEqual(['load-address 0:8']);
  });
});
