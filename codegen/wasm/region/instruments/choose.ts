// The instrument of each kind of instrumentation.

import type { Frame, WasmRegionOptions } from '../frame.ts';
import { CallFollower } from './followed.ts';
import { type Instrument, PURE_CODE } from './instrument.ts';
import { MeterWriter } from './metered.ts';
import { TraceWriter } from './traced.ts';

export function instrumentOf(frame: Frame, { instrumentation, imports }: WasmRegionOptions): Instrument {
  switch (instrumentation.kind) {
    case 'pure':
      return PURE_CODE;
    case 'traced':
      return new TraceWriter(frame, instrumentation.stamps);
    case 'metered': {
      const meter = new MeterWriter(frame, instrumentation);
      const { calls } = instrumentation;
      return calls === undefined ? meter : new CallFollower(frame, meter, calls, imports);
    }
    case 'profiled':
      return new CallFollower(frame, PURE_CODE, instrumentation.calls, imports);
  }
}
