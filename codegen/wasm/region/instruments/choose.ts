// The instrument of each kind of instrumentation.

import type { Instrumentation } from '../../../region/instrumentation.ts';
import type { Frame } from '../frame.ts';
import { type Instrument, PURE_CODE } from './instrument.ts';
import { MeterWriter } from './metered.ts';
import { TraceWriter } from './traced.ts';

export function instrumentOf(frame: Frame, instrumentation: Instrumentation): Instrument {
  switch (instrumentation.kind) {
    case 'pure':
      return PURE_CODE;
    case 'traced':
      return new TraceWriter(frame, instrumentation.stamps);
    case 'metered':
      return new MeterWriter(frame, instrumentation);
  }
}
