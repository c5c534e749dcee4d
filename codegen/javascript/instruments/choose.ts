// The instrument of each kind of instrumentation.

import type { Instrumentation } from '../../region/instrumentation.ts';
import { type Instrument, PURE_TEXT } from './instrument.ts';
import { meteredText } from './metered.ts';
import { TRACED_TEXT } from './traced.ts';

/** `slotOf` gives the slot of a pc. */
export function instrumentOf(instrumentation: Instrumentation, slotOf: (pc: number) => number): Instrument {
  switch (instrumentation.kind) {
    case 'pure':
      return PURE_TEXT;
    case 'traced':
      return TRACED_TEXT;
    case 'metered':
      return meteredText(instrumentation, slotOf);
  }
}
