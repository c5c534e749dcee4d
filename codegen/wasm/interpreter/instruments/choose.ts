// The instrument of what an interpreter is to do besides.

import type { InterpreterImport, WasmInterpreterOptions } from '../frame.ts';
import { replayTouchFunction } from '../replay-touch.ts';
import { type InterpreterInstrument, PURE_INTERPRETER } from './instrument.ts';
import { meteredInterpreter } from './metered.ts';
import { touchFunction } from './traced.ts';

export function instrumentOf(
  { touch, stamps, metered, slots }: WasmInterpreterOptions,
  imports: Readonly<Record<InterpreterImport, number>>,
): InterpreterInstrument {
  if (metered !== undefined) return meteredInterpreter(metered, slots);
  switch (touch) {
    case 'none':
      return PURE_INTERPRETER;
    case 'host':
      return { ...PURE_INTERPRETER, tellsHost: true, leavesWhenFull: true };
    case 'trace':
      return { ...PURE_INTERPRETER, touch: { body: touchFunction(stamps!) }, leavesWhenFull: true };
    case 'replay':
      return {
        ...PURE_INTERPRETER,
        touch: { body: replayTouchFunction(stamps!, imports.touch) },
        leavesWhenFull: true,
      };
  }
}
