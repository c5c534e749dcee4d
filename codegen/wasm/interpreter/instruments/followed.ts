// Follows calls, besides what another instrument does.

import { CONTROL } from '../../../../runtime/layout.ts';
import { TRANSFER } from '../../../../runtime/trace/call-layout.ts';
import { SLOT_SHIFT } from '../../../program/slots.ts';
import type { Followed } from '../../../region/instrumentation.ts';
import { access, valueType } from '../../binary/instructions.ts';
import { dialect } from '../../binary/values.ts';
import type { CallFunctions } from '../../call-functions.ts';
import type { FunctionsOf } from '../../host-imports.ts';
import type { InterpreterInstrument, Slots } from './instrument.ts';

type Functions = CallFunctions & Pick<FunctionsOf<'wasmInterpreter'>, 'went'>;

export function followingInterpreter(
  inner: InterpreterInstrument,
  { transfers, isWeighed }: Followed,
  { entered, returned, moved, went }: Functions,
): InterpreterInstrument {
  const writeTransfer = ({ code, to, fuel, pushSlot, pushStep }: Slots): void => {
    const { i32, call, when } = dialect(code, 32);
    const target = i32.get(to);
    const kind = code.addLocal(valueType.i32);
    const now = isWeighed
      ? i32.load(undefined, 4 * CONTROL.weight)
      : i32.sub(i32.load(undefined, 4 * CONTROL.counted), i32.get(fuel));
    const is = (one: number): (() => void) => i32.eq(i32.get(kind), i32.constant(one));
    const back = i32.add(pushSlot, i32.shrU(pushStep, i32.constant(SLOT_SHIFT)));
    i32.set(kind, () => {
      pushSlot();
      code.access(access.i32Load8U, transfers);
    });
    when(i32.ne(i32.get(kind), i32.constant(TRANSFER.none)), () =>
      when(is(TRANSFER.call), call(entered, target, back, now), () =>
        when(is(TRANSFER.return), call(returned, target, now), () =>
          when(is(TRANSFER.move), call(moved, target, now), call(went, pushSlot, target, i32.get(fuel))),
        ),
      ),
    );
  };
  return { ...inner, went: writeTransfer };
}
