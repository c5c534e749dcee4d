// The instrument of each kind of instrumentation.

import type { Instrumentation } from '../../region/instrumentation.ts';
import { followedText, type TextPlace } from './followed.ts';
import { type Instrument, PURE_TEXT } from './instrument.ts';
import { meteredText } from './metered.ts';
import { TRACED_TEXT } from './traced.ts';

export function instrumentOf(instrumentation: Instrumentation, place: TextPlace): Instrument {
  const slotOf = (pc: number): number => (pc - place.base) >> place.slotShift;
  switch (instrumentation.kind) {
    case 'pure':
      return PURE_TEXT;
    case 'traced':
      return TRACED_TEXT;
    case 'metered':
      return followedText(meteredText(instrumentation, slotOf), instrumentation.calls, place);
    case 'profiled':
      return followedText(PURE_TEXT, instrumentation.calls, place);
  }
}
