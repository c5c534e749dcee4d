// Where the doubleword of an access lies.

import type { Frame } from '../frame.ts';

const DOUBLEWORD = -8;

/**
 * A local with an area offset, and bytes from there, of the doubleword that is `at` bytes behind the one in `local`;
 * where that need not be a multiple of 8, in a local of its own.
 */
export function doublewordOf(
  frame: Frame,
  local: number,
  at: number,
  isAligned: boolean,
): { readonly doubleword: number; readonly place: number } {
  if (isAligned) return { doubleword: local, place: at & DOUBLEWORD };
  const { i32 } = frame.v;
  const doubleword = frame.local('doubleword', i32);
  i32.set(doubleword, i32.and(i32.add(i32.get(local), i32.constant(at)), i32.constant(DOUBLEWORD)));
  return { doubleword, place: 0 };
}
