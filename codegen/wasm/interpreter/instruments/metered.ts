// Counts where straight runs of instructions begin and end, sums their weights by the sums before slots, and lists
// first touches of doublewords.

import { CONTROL } from '../../../../runtime/layout.ts';
import { SLOT_SHIFT } from '../../../program/slots.ts';
import type { Metered, Touches } from '../../../region/instrumentation.ts';
import { type CodeWriter, codeWriter } from '../../binary/code.ts';
import { access, op } from '../../binary/instructions.ts';
import { dialect, type Value } from '../../binary/values.ts';
import { listTouch } from '../../region/instruments/metered.ts';
import { type InterpreterInstrument, PURE_INTERPRETER, type Slots } from './instrument.ts';

const WORD_SHIFT = 2;
const WEIGHT = 4 * CONTROL.weight;
const PERIOD = 4 * CONTROL.period;

/** (area offset, fuel): at the doubleword's first touch of the period, one more entry. */
function touchFunction({ stamps, list, granule }: Touches): CodeWriter {
  const code = codeWriter(2);
  const [offset] = [0, 1];
  const v = dialect(code, 32);
  const { i32 } = v;
  const [before, stamp] = i32.locals(2) as [number, number];
  i32.set(offset, i32.shrU(i32.get(offset), i32.constant(granule)));
  i32.set(stamp, i32.shl(i32.get(offset), i32.constant(WORD_SHIFT)));
  const period = i32.load(undefined, PERIOD);
  v.when(i32.ne(i32.tee(before, i32.load(stamp, stamps)), period), () => {
    i32.store(stamp, stamps, period);
    listTouch(v, list, stamp, i32.get(offset), i32.get(before));
  });
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
    touch: touches === undefined ? undefined : { body: touchFunction(touches) },
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
