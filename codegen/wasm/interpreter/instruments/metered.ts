// Counts where straight runs of instructions begin and end, sums their weights by the sums before slots, and lists
// first touches of doublewords.

import { CONTROL } from '../../../../runtime/layout.ts';
import { SLOT_SHIFT } from '../../../program/slots.ts';
import type { Metered, Touches } from '../../../region/instrumentation.ts';
import { type CodeWriter, codeWriter } from '../../binary/code.ts';
import { access, op } from '../../binary/instructions.ts';
import { dialect, type Value } from '../../binary/values.ts';
import { isUnmarked, listTouch } from '../../region/instruments/touches.ts';
import { type InterpreterInstrument, PURE_INTERPRETER, type Slots } from './instrument.ts';

const WORD_SHIFT = 2;
const WEIGHT = 4 * CONTROL.weight;

/** (area offset, fuel): at the granule's first touch of the period, one more entry. */
function touchFunction(touches: Touches): CodeWriter {
  const code = codeWriter(2);
  const [offset, scratch] = [0, 1];
  const v = dialect(code, 32);
  const { i32 } = v;
  i32.set(offset, i32.shrU(i32.get(offset), i32.constant(touches.granule)));
  v.when(isUnmarked(v, touches, offset, 0), () => listTouch(v, touches, scratch, offset, 0));
  return code;
}

/** `slots` is the arena byte offset of the table of slots. */
export function meteredInterpreter({ flow, weights, touches }: Metered, slots: number): InterpreterInstrument {
  /** Pushes 4 × the number of the slot whose place in P a value is. */
  const wordOf =
    (code: CodeWriter, place: Value): Value =>
    () => {
      place();
      code.i32Const(slots);
      code.op(op.i32Sub);
      code.i32Const(SLOT_SHIFT - WORD_SHIFT);
      code.op(op.i32ShrU);
    };
  const note = (code: CodeWriter, word: Value, amount: 1 | -1): void => {
    word();
    word();
    code.access(access.i32Load, flow);
    code.i32Const(amount);
    code.op(op.i32Add);
    code.access(access.i32Store, flow);
    code.i32Const(0);
    code.i32Const(0);
    code.access(access.i32Load, WEIGHT);
    word();
    code.access(access.i32Load, weights);
    code.op(amount === 1 ? op.i32Sub : op.i32Add);
    code.access(access.i32Store, WEIGHT);
  };
  const here = ({ code, slot }: Slots): Value => wordOf(code, () => code.localGet(slot));
  return {
    ...PURE_INTERPRETER,
    touch: touches && { body: touchFunction(touches) },
    full: touches && { tail: CONTROL.touchTail, limit: CONTROL.touchLimit },
    end(from) {
      const { code, slot } = from;
      const behind = (): void => {
        code.localGet(slot);
        from.pushStep();
        code.op(op.i32Add);
      };
      note(code, wordOf(code, behind), -1);
    },
    endHere: from => note(from.code, here(from), -1),
    begin({ code, to }) {
      const target = (): void => {
        code.localGet(to);
        code.i32Const(WORD_SHIFT);
        code.op(op.i32Shl);
      };
      note(code, target, 1);
    },
    beginHere: from => note(from.code, here(from), 1),
  };
}
