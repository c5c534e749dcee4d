// The interpreter's text: one switch over predecoded instructions, a case per row of the table.

import { ENTRY_WEIGHT } from '../../runtime/abi.ts';
import { abiNames } from '../../runtime/contract.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { Isa, Row } from '../isa/index.ts';
import { OPERATION, ROW_BASE, SLOT, SLOT_WORDS } from '../program/slots.ts';
import { ZEXT } from '../region/known.ts';
import { loadWord, storeWord } from './access.ts';
import {
  again,
  assign,
  assignment,
  bin,
  block,
  call,
  choice,
  declare,
  type Expression,
  forever,
  give,
  id,
  increment,
  index,
  int,
  leave,
  logical,
  num,
  type Statement,
  statementOf,
  unary,
  when,
} from './estree.ts';
import {
  INTERPRETER_INSTRUMENTS,
  type InterpreterInstrument,
  type InterpreterKind,
} from './instruments/interpreter.ts';
import { type LeafWords, lower, lowerCond, type WordHalves, wordIn } from './lower.ts';
import { print } from './print.ts';
import { registerWord, slotLeaves, slotOperands, slotWord } from './slot-leaves.ts';

export interface InterpreterOptions {
  readonly kind: InterpreterKind;
  /** Counts entries of loops and functions, and leaves when one is hot. */
  readonly hot: boolean;
}

const spillFuel = (): Statement => assign(index('R', num(CONTROL.fuel)), id('fuel'));
const pay = (): Statement => increment(id('fuel'), '--');

class CaseWriter {
  readonly body: Statement[] = [];
  readonly leaves: LeafWords;
  #temporaries = 0;
  readonly isa: Isa;
  readonly row: Row;
  readonly options: InterpreterOptions;
  readonly instrument: InterpreterInstrument;

  constructor(isa: Isa, row: Row, options: InterpreterOptions) {
    this.isa = isa;
    this.row = row;
    this.options = options;
    this.instrument = INTERPRETER_INSTRUMENTS[options.kind];
    this.leaves = slotLeaves(row, {
      pc: { lo: this.pc(), hi: num(0), known: ZEXT },
      temporary: e => this.bind(e),
    });
    this.body.push(...this.instrument.start(), ...slotOperands(row, row.effect.kind !== 'branch'));
  }

  pc(): Expression {
    return int(bin('+', id('TEXT'), bin('<<', id('k'), num(this.isa.compressed ? 1 : 2))));
  }

  /** Slots to the next instruction. */
  get step(): Expression {
    return this.isa.compressed ? bin('>>>', id('w'), num(24)) : num(1);
  }

  /** Slot of the next instruction. */
  get behind(): Expression {
    return bin('+', id('k'), this.step);
  }

  bind(e: Expression): Expression {
    const name = `t${this.#temporaries++}`;
    this.body.push(declare('const', [[name, e]]));
    return id(name);
  }

  setRegister(word: WordHalves): void {
    if (this.isa.xlen === 32) {
      this.body.push(assign(registerWord('d', 0), word.lo));
      return;
    }
    const lo = this.bind(word.lo);
    this.body.push(assign(registerWord('d', 1), wordIn(lo, word.hi, word.known).hi), assign(registerWord('d', 0), lo));
  }

  next(): Statement[] {
    const isAccess = this.row.effect.kind === 'load' || this.row.effect.kind === 'store';
    return [
      pay(),
      assign(id('k'), this.step, '+='),
      ...(isAccess ? this.instrument.accessed([spillFuel(), give(id('k'))]) : []),
      again(),
    ];
  }

  /** Leaves the interpreter with the state as it was before this instruction. */
  stop(): Statement[] {
    return [spillFuel(), give(id('k'))];
  }

  emit(): Statement[] {
    const { effect } = this.row;
    switch (effect.kind) {
      case 'write':
        this.setRegister(lower(effect.value, this.leaves, this.isa.xlen === 64));
        break;
      case 'load':
      case 'store':
        this.access();
        break;
      case 'branch':
        this.body.push(when(lowerCond(effect.taken, this.leaves), block(this.jump())));
        break;
      case 'jump':
        this.link();
        return this.body;
      case 'ecall':
        return [
          ...this.body,
          pay(),
          spillFuel(),
          assign(id('k'), call('ecall', id('k'))),
          assign(id('fuel'), index('R', num(CONTROL.fuel))),
          when(bin('<', id('k'), num(0)), give(unary('~', id('k')))),
          again(),
        ];
      case 'ebreak':
        return [...this.body, spillFuel(), give(call('breakpoint', id('k')))];
      case 'fence':
        break;
    }
    this.body.push(...this.next());
    return this.body;
  }

  access(): void {
    const { effect } = this.row;
    if (effect.kind !== 'load' && effect.kind !== 'store') return;
    const { bytes } = effect;
    const { xlen } = this.isa;
    const store = effect.kind === 'store';
    const base = this.leaves.rs1;
    this.body.push(declare('let', [['c', int(bin('-', bin('+', base.lo, id('imm')), id('BASE')))]]));
    const refused = bin('&', id('c'), bin('|', id('OUTSIDE'), num(bytes - 1)));
    const high = xlen === 64 ? base.hi : num(0);
    const value: WordHalves = store
      ? lower(effect.value, this.leaves, bytes === 8)
      : { lo: num(0), hi: num(0), known: 0 };
    const where = [base.lo, high, id('imm'), num(bytes)];
    const clock = this.instrument.clock();
    const slow = store
      ? call('storeOrFault', ...where, value.lo, bytes === 8 ? value.hi : num(0), ...clock)
      : call('loadOrFault', id('d'), ...where, num(effect.signed ? 1 : 0), ...clock);
    const test = bin('!==', xlen === 64 ? bin('|', refused, high) : refused, num(0));
    const floored = store ? logical('||', test, bin('<', id('c'), id('STORE_FLOOR'))) : test;
    this.body.push(when(floored, this.slowPath(slow)));
    this.body.push(...this.instrument.access(store));
    if (store) this.body.push(...storeWord(bytes, id('c'), value, this.leaves, 'I'));
    else this.setRegister(loadWord(bytes, effect.signed, id('c'), this.leaves));
  }

  /** To the predecoded target, past the counter of entries where `counts` says so: else, where it lies behind. */
  jump(counts: Expression = bin('<=', id('to'), id('k')), isTransfer = false): Statement[] {
    const body: Statement[] = [
      declare('const', [['to', slotWord(SLOT.target)]]),
      pay(),
      ...this.instrument.end(this.behind),
      when(
        bin('<', id('to'), num(0)),
        block([spillFuel(), give(call('fetchFault', int(bin('+', this.pc(), slotWord(SLOT.imm)))))]),
      ),
      ...(isTransfer ? this.instrument.went(id('to'), id('fuel')) : []),
      ...this.instrument.begin(id('to')),
    ];
    if (this.options.hot) body.push(when(counts, block(countEntry())));
    body.push(assign(id('k'), id('to')), again());
    return body;
  }

  link(): void {
    const { effect, isa } = this;
    const direct = effect.target.op === 'add' && effect.target.a.op === 'pc';
    const nextPc: WordHalves = {
      lo: this.bind(int(bin('+', this.pc(), bytesOf(this.step, isa)))),
      hi: num(0),
      known: ZEXT,
    };
    if (direct) {
      this.setRegister(nextPc);
      const isCall = bin('<', id('d'), num(CONTROL.sink));
      this.body.push(...this.jump(bin('|', bin('<=', id('to'), id('k')), isCall), true));
      return;
    }
    const target = lower(effect.target, this.leaves, isa.xlen === 64);
    const lo = this.bind(target.lo);
    const hi = isa.xlen === 64 ? this.bind(wordIn(lo, target.hi, target.known).hi) : num(0);
    this.setRegister(nextPc);
    this.body.push(
      pay(),
      declare('const', [['to', call('slotOf', lo, hi)]]),
      ...this.instrument.end(this.behind),
      when(bin('<', id('to'), num(0)), block([...this.instrument.begin(id('k')), spillFuel(), give(id('k'))])),
      ...this.instrument.went(id('to'), id('fuel')),
      ...this.instrument.begin(id('to')),
    );
    if (this.options.hot) this.body.push(rememberTarget());
    this.body.push(
      assign(id('k'), id('to')),
      when(bin('===', id('k'), id('stop')), block([spillFuel(), give(id('k'))])),
      again(),
    );
  }

  /** The slow access did the whole instruction (0), or it faulted. */
  slowPath(slow: Expression): Statement {
    return block([when(bin('!==', slow, num(0)), block(this.stop())), ...this.next()]);
  }

  private get effect(): Extract<Row['effect'], { kind: 'jump' }> {
    const { effect } = this.row;
    if (effect.kind !== 'jump') throw new Error(`bug: ${this.row.mnemonic} is no jump`);
    return effect;
  }
}

const bytesOf = (slots: Expression, isa: Isa): Expression => (isa.compressed ? bin('<<', slots, num(1)) : num(4));

/** One more entry at `to`; a hot one goes to the dispatcher. */
function countEntry(weight = ENTRY_WEIGHT): Statement[] {
  const entries = index('H', id('to'));
  return [
    when(
      bin('>', assignment(entries, int(bin('+', entries, num(weight)))), id('HOT')),
      block([assign(entries, id('HOT')), spillFuel(), give(id('to'))]),
    ),
  ];
}

/**
 * After a jump through a register. A return counts little: usually the call that it ends was interpreted as well, and
 * the function will be compiled. Any other target is an entry, and new ones of plain jumps are worth knowing to the
 * compiler.
 */
function rememberTarget(): Statement {
  const isJump = bin('===', id('d'), num(CONTROL.sink));
  const isThroughLink = logical('||', bin('===', id('x'), num(2)), bin('===', id('x'), num(10)));
  const isNew = logical('&&', isJump, bin('!==', slotWord(SLOT.target), id('to')));
  const remember = when(isNew, statementOf(call('seen', id('k'), id('to'))));
  return when(logical('&&', isJump, isThroughLink), block(countEntry(1)), block([remember, ...countEntry()]));
}

/** The body of a function of `abi` that gives `interpret(slot, stop): slot`. */
export function emitInterpreter(isa: Isa, options: InterpreterOptions): string {
  const cases = isa.rows.map(row => ({
    test: num(ROW_BASE + row.index),
    body: [block(new CaseWriter(isa, row, options).emit())],
  }));
  const special = [
    { test: num(OPERATION.undecoded), body: [statementOf(call('decode', id('k'))), again()] },
    { test: num(OPERATION.illegal), body: [spillFuel(), give(call('illegal', id('k')))] },
    {
      test: num(OPERATION.outside),
      body: [
        ...INTERPRETER_INSTRUMENTS[options.kind].end(id('k')),
        spillFuel(),
        give(call('fetchFault', new CaseWriter(isa, isa.rows[0]!, options).pc())),
      ],
    },
  ];
  const loop = forever(
    block([
      when(bin('<=', id('fuel'), num(0)), leave()),
      declare('const', [['i', bin('<<', id('k'), num(Math.log2(SLOT_WORDS)))]]),
      declare('const', [['w', slotWord(SLOT.operands)]]),
      choice(slotWord(SLOT.operation), [...special, ...cases]),
    ]),
  );
  const body = [declare('let', [['fuel', index('R', num(CONTROL.fuel))]]), loop, spillFuel(), give(id('k'))];
  return [
    `const {${abiNames('interpreter', { xlen: isa.xlen, ...INTERPRETER_INSTRUMENTS[options.kind].mode }).join(', ')}} = abi;`,
    'return function interpret(k, stop) {',
    print({ type: 'Program', sourceType: 'script', body: body as never }),
    '};',
  ].join('\n');
}
