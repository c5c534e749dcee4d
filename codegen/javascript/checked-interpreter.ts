// An interpreter for programs whose memory has permissions and whose code may lie anywhere: every load, every store and
// every fetch outside the text is a call to the host, which may have gone to a trap handler when it returns.
//
// Slots are those of codegen/program/slots.ts, of 4 bytes each: the byte offset of an instruction in the text is its index in P.

import { STEP } from '../../runtime/abi.ts';
import { abiNames } from '../../runtime/contract.ts';
import { CONTROL } from '../../runtime/layout.ts';
import { add, constant, type Expr } from '../isa/expr.ts';
import type { Isa, Row } from '../isa/index.ts';
import { OPERATION, ROW_BASE, SLOT } from '../program/slots.ts';
import {
  again,
  assign,
  bin,
  block,
  call,
  choice,
  declare,
  type Expression,
  forever,
  give,
  id,
  index,
  int,
  leave,
  logical,
  num,
  type Statement,
  statementOf,
  uint,
  unary,
  when,
} from './estree.ts';
import { type LeafWords, lower, lowerCond, type WordHalves, wordIn } from './lower.ts';
import { print } from './print.ts';
import { registerWord, slotLeaves, slotOperands, slotWord } from './slot-leaves.ts';

const FUEL = index('R', num(CONTROL.fuel));
const PC = index('R', num(CONTROL.pcLo));
const PC_HIGH = index('R', num(CONTROL.pcHi));
const TAIL = index('R', num(CONTROL.traceTail));
const TAIL_LIMIT = index('R', num(CONTROL.traceLimit));

const fuel = id('fuel');
const pc = id('pc');
const high = id('high');
const PC_EXPR: Expr = { op: 'pc', w: 64 };
const INSTRUCTION_BYTES = constant(64, 4n);

const spill = (): Statement[] => [assign(FUEL, fuel), assign(PC, pc), assign(PC_HIGH, high)];
const reload = (): Statement[] => [assign(pc, PC), assign(high, PC_HIGH)];
const spend = (): Statement => assign(fuel, num(1), '-=');

class CheckedCase {
  body: Statement[] = [];
  #temporaries = 0;
  readonly row: Row;
  readonly leaves: LeafWords;

  constructor(row: Row) {
    this.row = row;
    this.leaves = slotLeaves(row, { pc: { lo: pc, hi: high, known: 0 }, temporary: e => this.bind(e) });
    this.body.push(...slotOperands(row, true));
  }

  bind(e: Expression): Expression {
    const name = `t${this.#temporaries++}`;
    this.body.push(declare('const', [[name, e]]));
    return id(name);
  }

  /** The value as two variables. */
  bound(expr: Expr): WordHalves {
    const word = lower(expr, this.leaves, true);
    const lo = this.bind(word.lo);
    return { lo, hi: this.bind(wordIn(lo, word.hi, word.known).hi), known: 0 };
  }

  setRegister({ lo, hi }: WordHalves): void {
    this.body.push(assign(registerWord('d', 0), lo), assign(registerWord('d', 1), hi));
  }

  emit(): Statement[] {
    const { effect } = this.row;
    switch (effect.kind) {
      case 'write':
        this.setRegister(this.bound(effect.value));
        break;
      case 'load':
      case 'store':
        this.access(effect);
        break;
      case 'branch': {
        const taken = lowerCond(effect.taken, this.leaves);
        const outer = this.body;
        this.body = [];
        this.goTo(this.bound(effect.target));
        outer.push(when(taken, block(this.body)));
        this.body = outer;
        break;
      }
      case 'jump': {
        const target = this.bound(effect.target);
        this.setRegister(this.bound(add(PC_EXPR, INSTRUCTION_BYTES)));
        this.goTo(target);
        return this.body;
      }
      case 'ecall':
        return [
          spend(),
          ...spill(),
          ...this.leaveIfStopped(call('stepEcall')),
          assign(fuel, FUEL),
          ...reload(),
          again(),
        ];
      case 'ebreak':
        return [...spill(), statementOf(call('stepBreakpoint')), give(id('undefined'))];
      case 'fence':
        break;
    }
    this.body.push(leave());
    return this.body;
  }

  goTo({ lo, hi }: WordHalves): void {
    this.body.push(assign(pc, lo), assign(high, hi), spend(), again());
  }

  leaveIfStopped(e: Expression): Statement[] {
    return [when(bin('===', e, num(STEP.stopped)), give(id('undefined')))];
  }

  access(effect: Extract<Row['effect'], { kind: 'load' | 'store' }>): void {
    const { bytes } = effect;
    const base = this.leaves.rs1;
    const where = [base.lo, base.hi, id('imm'), num(bytes)];
    let done: Expression;
    if (effect.kind === 'load') done = call('stepLoad', id('d'), ...where, num(effect.signed ? 1 : 0));
    else {
      const value = lower(effect.value, this.leaves, bytes === 8);
      done = call('stepStore', ...where, value.lo, bytes === 8 ? value.hi : num(0));
    }
    this.body.push(...spill());
    const step = this.bind(done);
    const elsewhere = [...this.leaveIfStopped(step), spend(), ...reload(), again()];
    this.body.push(when(bin('!==', step, num(STEP.done)), block(elsewhere)));
  }
}

/**
 * The body of a function of `abi` that gives `interpret()`: runs from the pc in the control page until the fuel or the
 * trace chunk is at its end or the host stops it. `fetch` gives an index in P, or the complement of a STEP.
 */
export function emitCheckedInterpreter(isa: Isa): string {
  if (isa.compressed || isa.xlen !== 64) throw new Error(`bug: no checked interpreter for ${isa.name}`);
  const cases = isa.rows.map(row => ({ test: num(ROW_BASE + row.index), body: [block(new CheckedCase(row).emit())] }));
  const special = [
    { test: num(OPERATION.undecoded), body: [statementOf(call('decode', bin('>>', id('i'), num(2)))), again()] },
    { test: num(OPERATION.illegal), body: [...spill(), statementOf(call('stepIllegal')), give(id('undefined'))] },
  ];
  const outside = logical(
    '||',
    bin('!==', bin('|', high, bin('&', id('i'), num(3))), num(0)),
    bin('>=', uint(id('i')), id('TEXT_BYTES')),
  );
  const stopped = when(bin('===', unary('~', id('i')), num(STEP.stopped)), give(id('undefined')));
  const moved = when(bin('<', id('i'), num(0)), block([stopped, spend(), ...reload(), again()]));
  const loop = forever(
    block([
      when(logical('||', bin('<=', fuel, num(0)), bin('>=', TAIL, TAIL_LIMIT)), leave()),
      declare('let', [['i', int(bin('-', pc, id('TEXT')))]]),
      when(outside, block([...spill(), assign(id('i'), call('stepFetch')), moved])),
      declare('const', [['w', slotWord(SLOT.operands)]]),
      choice(slotWord(SLOT.operation), [...special, ...cases]),
      spend(),
      assign(pc, int(bin('+', pc, num(4)))),
      when(bin('===', pc, num(0)), block([assign(high, num(1), '+=')])),
    ]),
  );
  const variables = declare('let', [
    ['fuel', FUEL],
    ['pc', PC],
    ['high', PC_HIGH],
  ]);
  return [
    `const {${abiNames('checked', { xlen: 64 }).join(', ')}} = abi;`,
    'return function interpret() {',
    print({ type: 'Program', sourceType: 'script', body: [variables, loop, ...spill()] as never }),
    '};',
  ].join('\n');
}
