import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENTRY_BYTES, PAGE_BYTES } from '../../../runtime/layout.ts';
import { type Arena, type ArenaNeeds, arenaOf, ringSlotBytes } from '../../../runtime/memory/arena.ts';

/** Every span in the order of the map, with all of its bytes. */
const spansOf = ({ control, area, stamps, ring, slots, heat }: Arena): readonly (readonly [number, number])[] =>
  [control, area, slots, heat, stamps, { ...ring, bytes: ring.bytes * ring.count }].map(({ offset, bytes }) => [
    offset,
    offset + bytes,
  ]);

const needs: fc.Arbitrary<ArenaNeeds> = fc.record(
  {
    stamps: fc.boolean(),
    ring: fc.record({ entries: fc.integer({ min: 1, max: 2 ** 24 }), most: fc.integer({ min: 1, max: 9 }) }),
    text: fc.record({ slots: fc.nat(2 ** 25), slotWords: fc.constant(4) }),
  },
  { requiredKeys: [] },
);
const area = fc.integer({ min: 1, max: 2 ** 14 }).map(pages => pages * PAGE_BYTES);

describe('the map of an arena', () => {
  it('has every piece once, none over another, each where words of 32 bits reach it', () => {
    fc.assert(
      fc.property(area, needs, (areaBytes, wanted) => {
        const arena = arenaOf(areaBytes, wanted);
        const spans = spansOf(arena);
        expect(spans[0]).toEqual([0, PAGE_BYTES]);
        for (const [i, [from]] of spans.entries()) {
          const free = i > 0 ? from - spans[i - 1]![1] : 0;
          expect(free).toBeGreaterThanOrEqual(0);
          expect(free).toBeLessThan(PAGE_BYTES);
          expect(from % 8).toBe(0);
        }
        const end = spans.at(-1)![1];
        expect(end).toBeLessThanOrEqual(arena.pages * PAGE_BYTES);
        expect(arena.pages).toBe(Math.ceil(end / PAGE_BYTES));
        expect(arena.pages * PAGE_BYTES).toBeLessThanOrEqual(2 ** 32);
      }),
    );
  });

  it('has bytes for what is needed and none for the rest', () => {
    const none = arenaOf(PAGE_BYTES, {});
    expect([none.stamps.bytes, none.ring.count, none.slots.bytes, none.heat.bytes]).toEqual([0, 0, 0, 0]);
    const all = arenaOf(PAGE_BYTES, { stamps: true, ring: { entries: 7, most: 3 }, text: { slots: 5, slotWords: 4 } });
    expect([all.area.bytes, all.stamps.bytes, all.slots.bytes, all.heat.bytes]).toEqual([
      PAGE_BYTES,
      PAGE_BYTES,
      80,
      20,
    ]);
    expect(all.ring.count).toBe(3);
    expect(all.ring.bytes).toBe(ringSlotBytes(7));
  });

  it('has as many ring slots as fit, up to the most that are wanted', () => {
    const entries = 2 ** 24;
    const counts = [1, 2, 5, 100].map(most => arenaOf(2 ** 30, { stamps: true, ring: { entries, most } }).ring.count);
    // 4 GiB less 2 GiB and a page hold seven chunks of 256 MiB and a little.
    expect(counts).toEqual([1, 2, 5, 7]);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 28])('refuses chunks of %s entries and says how many there may be', entries => {
    const wanted = { stamps: true, ring: { entries, most: 5 } };
    let most = 0;
    try {
      arenaOf(2 ** 30, wanted);
    } catch (error) {
      expect((error as { code: string }).code).toBe('USAGE');
      most = Number(/^trace: expected 1 to (\d+) entries per chunk, got /.exec((error as Error).message)![1]);
    }
    expect(arenaOf(2 ** 30, { ...wanted, ring: { entries: most, most: 5 } }).ring.count).toBe(1);
    expect(() =>
      arenaOf(2 ** 30, { ...wanted, ring: { entries: most + PAGE_BYTES / ENTRY_BYTES, most: 5 } }),
    ).toThrow();
  });
});
