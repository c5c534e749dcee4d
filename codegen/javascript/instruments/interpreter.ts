// What kinds of instrumentation add to the interpreter's text.

import type { AbiMode } from '../../../runtime/contract.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import {
  assign,
  bin,
  block,
  call,
  control,
  type Expression,
  id,
  increment,
  index,
  int,
  num,
  type Statement,
  statementOf,
  when,
} from '../estree.ts';

export interface InterpreterInstrument {
  readonly mode: AbiMode;
  /** An instruction begins. */
  start(): Statement[];
  /** Arguments of a whole access by the host besides. */
  clock(): Expression[];
  /** At the offset `c`, before the value is moved; and behind it, where `leaving` leaves. */
  access(isStore: boolean): Statement[];
  accessed(leaving: Statement[]): Statement[];
  /** A straight run of instructions ended before a slot, or begins at one. */
  end(slot: Expression): Statement[];
  begin(slot: Expression): Statement[];
  /** A jump-and-link or jump through a register goes to a slot, with so much fuel left behind it; between `end` and `begin`. */
  went(to: Expression, fuel: Expression): Statement[];
}

const NOTHING = (): never[] => [];

const PURE: InterpreterInstrument = {
  mode: {},
  start: NOTHING,
  clock: NOTHING,
  access: NOTHING,
  accessed: NOTHING,
  end: NOTHING,
  begin: NOTHING,
  went: NOTHING,
};

const TELLING: InterpreterInstrument = {
  ...PURE,
  clock: () => [id('fuel')],
  access: isStore => [statementOf(call('touch', id('c'), id('fuel'), num(isStore ? 1 : 0)))],
};

const TRACED: InterpreterInstrument = {
  ...TELLING,
  accessed: leaving => [when(bin('>=', control(CONTROL.traceTail), control(CONTROL.traceLimit)), block(leaving))],
};

const COUNTED: InterpreterInstrument = {
  ...TRACED,
  mode: { counted: true },
  start: () => [increment(index('C', id('k')))],
};

const WEIGHT = control(CONTROL.weight);

const METERED: InterpreterInstrument = {
  ...TELLING,
  accessed: leaving => [when(bin('>=', control(CONTROL.touchTail), control(CONTROL.touchLimit)), block(leaving))],
  mode: { metered: true },
  end: slot => [increment(index('D', slot), '--'), assign(WEIGHT, int(bin('+', WEIGHT, index('W', slot))))],
  begin: slot => [increment(index('D', slot)), assign(WEIGHT, int(bin('-', WEIGHT, index('W', slot))))],
};

/**
 * What an interpreter does besides, each named as the observer that wants it: `traced` tells `touch` of each doubleword before
 * it is read or written and leaves when the trace chunk is full; `counted` also counts executions by slot in C, those of
 * instructions that fail included; `metered` counts straight runs of instructions in D and their weights, tells `touch`, and leaves when its list is long enough;
 * `profiled` tells `went` of calls, returns and jumps through registers, or between functions.
 */
export type InterpreterKind = 'pure' | 'traced' | 'counted' | 'metered' | 'profiled' | 'metered-profiled';

const following = (inner: InterpreterInstrument): InterpreterInstrument => ({
  ...inner,
  mode: { ...inner.mode, profiled: true },
  went: (to, fuel) => [statementOf(call('went', id('k'), to, fuel))],
});

export const INTERPRETER_INSTRUMENTS: Readonly<Record<InterpreterKind, InterpreterInstrument>> = {
  pure: PURE,
  traced: TRACED,
  counted: COUNTED,
  metered: METERED,
  profiled: following(PURE),
  'metered-profiled': following(METERED),
};
