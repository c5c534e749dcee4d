// OpenVM's proof machine: its field, its limbs, its address spaces, what all fields of records fit in.
// Reference: openvm:crates/vm/src/arch/config.rs, v1.4.0.

import { babyBear } from '../../../runtime/fields/baby-bear.ts';
import type { RecordLayout } from '../../../runtime/openvm/record-layout.ts';
import type { Air } from '../air.ts';
import { type Chip, type ChipOptions, chip, type Layout } from '../chip.ts';
import type { EventFields, EventWords } from '../event.ts';
import { type Poly, poly, sum } from '../poly.ts';
import type { Word } from '../word.ts';

export function openvm<F extends EventFields>(
  name: string,
  fields: F,
  describe: (air: Air, event: EventWords<F>) => { readonly [name: string]: Layout },
  options: ChipOptions<F> = {},
): Chip {
  return chip(babyBear, name, fields, describe, options);
}

/** A chip whose events are the records of runs. */
export function recorded<F extends EventFields>(
  name: string,
  layout: RecordLayout,
  fields: F,
  describe: (air: Air, event: EventWords<F>) => { readonly [name: string]: Layout },
): Chip {
  return openvm(name, fields, describe, { layout });
}

/** The radix of limbs. */
export const LIMB = 256;

/** Bits of what events hold. */
export const FIELD_BITS = { pc: 30, timestamp: 29, register: 7, element: 31 } as const;

/** Σ flag · number. */
export const weighted = (flags: readonly Poly[], from = 0): Poly => sum(flags.map((flag, i) => flag.mul(from + i)));

/** The highest byte of a number; of one that is signed and negative, less 256. */
export function signedTop(w: Word, isSigned: Word): Word {
  return w.byte(3).sub(w.bit(31).and(isSigned).shl(8));
}

/** Carries of x + y = total, limb by limb. */
export function carries(x: readonly Poly[], y: readonly Poly[], total: readonly Poly[]): Poly[] {
  let carry = poly(0);
  return x.map((limb, i) => {
    carry = limb.add(y[i]!, carry).sub(total[i]!).over(LIMB);
    return carry;
  });
}

/** The highest limb in which two numbers differ: 1 there, 0 elsewhere. */
export function highestDifference(x: Word, y: Word): Word[] {
  const differs = [0, 1, 2, 3].map(i => x.byte(i).eq(y.byte(i)).xor(1));
  return differs.map((differ, i) => differs.slice(i + 1).reduce((is, higher) => is.and(higher.xor(1)), differ));
}
