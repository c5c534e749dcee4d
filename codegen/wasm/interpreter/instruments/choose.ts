// The instrument of what an interpreter is to do besides.

import { CONTROL } from '../../../../runtime/layout.ts';
import type { CallFunctions } from '../../call-functions.ts';
import type { InterpreterImports, WasmInterpreterOptions } from '../frame.ts';
import { replayTouchFunction } from '../replay-touch.ts';
import { followingInterpreter } from './followed.ts';
import { type InterpreterInstrument, PURE_INTERPRETER } from './instrument.ts';
import { meteredInterpreter } from './metered.ts';
import { writeTouch } from './traced.ts';

export function instrumentOf(
  options: WasmInterpreterOptions,
  imports: InterpreterImports,
  calls: CallFunctions | undefined,
): InterpreterInstrument {
  const inner = innerOf(options, imports);
  return options.followed === undefined
    ? inner
    : followingInterpreter(inner, options.followed, { ...imports, ...calls! });
}

function innerOf(
  { touch, stamps, metered, slots }: WasmInterpreterOptions,
  imports: InterpreterImports,
): InterpreterInstrument {
  const full = { tail: CONTROL.traceTail, limit: CONTROL.traceLimit };
  if (metered !== undefined) return meteredInterpreter(metered, slots);
  switch (touch) {
    case 'none':
      return PURE_INTERPRETER;
    case 'host':
      return { ...PURE_INTERPRETER, tellsHost: true, full };
    case 'trace':
      return { ...PURE_INTERPRETER, touch: { write: (code, places) => writeTouch(code, places, stamps!) }, full };
    case 'replay':
      return {
        ...PURE_INTERPRETER,
        touch: { body: replayTouchFunction(stamps!, imports.touch) },
        full,
      };
  }
}
