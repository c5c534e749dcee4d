import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareExits, type WayOut } from '../../../codegen/region/exits.ts';
import { UNKNOWN } from '../../../codegen/region/known.ts';
import type { Halves } from '../../../codegen/region/liveness.ts';

const low = (lo: number): Halves => ({ lo, hi: 0 });
const cold = (dirty: number, valid: number): WayOut => ({
  dirty: low(dirty),
  valid: low(valid),
  known: UNKNOWN,
  isHot: false,
});
const hot = (dirty: number, sext = 1): WayOut => ({
  dirty: { lo: dirty, hi: dirty },
  valid: { lo: -1, hi: -1 },
  known: { sext, zext: 1 },
  isHot: true,
});
const spills = (exits: readonly WayOut[]): readonly number[] => shareExits(exits).map(stub => stub.spills.lo);

describe('the stubs of cold exits', () => {
  it('spill what any user may have dirty, where every user holds it', () => {
    expect(spills([cold(0b0010, 0b1110), cold(0b1010, 0b1110), cold(0, 0b1110)])).toEqual([0b1010]);
  });

  it('spill nothing that a user does not hold', () => {
    expect(spills([cold(0b0010, 0b0110), cold(0b1010, 0b1110)])).toEqual([0b1010, 0b0010]);
  });

  it('of hot exits spill exactly what is dirty, as it is known, and are no cold ones', () => {
    const same = [hot(0b110, 0b011), hot(0b110, 0b011)];
    expect(shareExits(same).map(({ users }) => users.length)).toEqual([2]);
    expect(spills([hot(0b110), hot(0b010)])).toEqual([0b110, 0b010]);
    expect(spills([hot(0b110, 0b001), hot(0b110, 0b011)])).toEqual([0b110, 0b110]);
    expect(spills([hot(0b110), cold(0b110, -1)])).toEqual([0b110, 0b110]);
  });

  it('have each exit once, spill all that it has dirty and nothing that it does not hold', () => {
    const halves = fc.record({ lo: fc.integer(), hi: fc.integer() });
    const exit = fc.record({ dirty: halves, more: halves, isHot: fc.boolean() }).map(
      ({ dirty, more, isHot }): WayOut => ({
        dirty,
        valid: { lo: dirty.lo | more.lo, hi: dirty.hi | more.hi },
        known: UNKNOWN,
        isHot,
      }),
    );
    const property = fc.property(fc.array(exit, { maxLength: 20 }), exits => {
      const stubs = shareExits(exits);
      expect(new Set(stubs.flatMap(({ users }) => users))).toEqual(new Set(exits));
      expect(stubs.flatMap(({ users }) => users)).toHaveLength(exits.length);
      for (const { spills, users, isHot } of stubs) {
        for (const { dirty, valid, isHot: wanted } of users) {
          expect(wanted).toBe(isHot);
          expect([dirty.lo & ~spills.lo, dirty.hi & ~spills.hi]).toEqual([0, 0]);
          expect([spills.lo & ~valid.lo, spills.hi & ~valid.hi]).toEqual([0, 0]);
        }
      }
    });
    fc.assert(property, { numRuns: 200 });
  });
});
