// The interpreter's text: one switch over predecoded instructions, a case per row of the table.
//
// A slot is an instruction's place in the text: 4 bytes, or 2 where the set has compressed instructions.
// Each slot is four words in P: operation, packed operands, immediate, target slot.

import { ENTRY_WEIGHT } from '../../runtime/abi.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { Isa, Row } from '../isa/index.ts';
import { opReads } from '../isa/summary.ts';
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
  index,
  int,
  leave,
  logical,
  num,
  run,
  type Statement,
  unary,
  when,
} from './estree.ts';
import { highOf, type Leaves, lower, lowerCond, SEXT, type Word, ZEXT } from './lower.ts';
import { print } from './print.ts';

/** Values of word 0 of a slot; rows follow, at `ROW_BASE + row.index`. */
export const OPERATION = { undecoded: 0, illegal: 1, outside: 2 } as const;
export const ROW_BASE = 3;

export interface InterpreterOptions {
  /** Counts entries of loops and functions, and leaves when one is hot. */
  readonly hot: boolean;
  /** Tells `touch` of each doubleword before it is read or written, and leaves when the trace chunk is full. */
  readonly traced: boolean;
  /** Counts executions by slot in C, those of instructions that fail included. */
  readonly counted?: boolean;
}

const P = (word: number): Expression => index('P', bin('+', id('i'), num(word)));
const packed = (byte: number): Expression =>
  bin('&', byte === 0 ? id('w') : bin('>>>', id('w'), num(8 * byte)), num(255));
const R = (name: string, half: 0 | 1): Expression => index('R', half === 0 ? id(name) : bin('+', id(name), num(1)));
const spillFuel = (): Statement => assign(index('R', num(CONTROL.fuel)), id('fuel'));

class CaseWriter {
  readonly body: Statement[] = [];
  readonly leaves: Leaves;
  #temporaries = 0;
  readonly isa: Isa;
  readonly row: Row;
  readonly options: InterpreterOptions;

  constructor(isa: Isa, row: Row, options: InterpreterOptions) {
    this.isa = isa;
    this.row = row;
    this.options = options;
    const register = (name: string): Word => ({ lo: R(name, 0), hi: R(name, 1), known: 0 });
    const immediate = row.encoding.operands.some(name => /imm|shamt/.test(name));
    this.leaves = {
      rs1: register('x'),
      rs2: register('y'),
      imm: { lo: immediate ? id('imm') : num(0), hi: num(0), known: SEXT },
      pc: { lo: this.pc(), hi: num(0), known: ZEXT },
      temporary: e => this.bind(e),
    };
    const reads = opReads(row);
    if (options.counted) {
      this.body.push(run({ type: 'UpdateExpression', operator: '++', prefix: false, argument: index('C', id('k')) }));
    }
    const operands: [string, Expression][] = [];
    if (this.writes) operands.push(['d', packed(0)]);
    if (reads.rs1) operands.push(['x', packed(1)]);
    if (reads.rs2) operands.push(['y', packed(2)]);
    if (immediate && row.effect.kind !== 'branch') operands.push(['imm', P(2)]);
    if (operands.length > 0) this.body.push(declare('const', operands));
  }

  get writes(): boolean {
    const { kind } = this.row.effect;
    return kind === 'write' || kind === 'load' || kind === 'jump';
  }

  pc(): Expression {
    return int(bin('+', id('TEXT'), bin('<<', id('k'), num(this.isa.compressed ? 1 : 2))));
  }

  /** Slots to the next instruction. */
  get step(): Expression {
    return this.isa.compressed ? bin('>>>', id('w'), num(24)) : num(1);
  }

  bind(e: Expression): Expression {
    const name = `t${this.#temporaries++}`;
    this.body.push(declare('const', [[name, e]]));
    return id(name);
  }

  setRegister(word: Word): void {
    if (this.isa.xlen === 32) {
      this.body.push(assign(R('d', 0), word.lo));
      return;
    }
    const lo = this.bind(word.lo);
    this.body.push(assign(R('d', 1), highOf({ ...word, lo })), assign(R('d', 0), lo));
  }

  next(): Statement[] {
    const isAccess = this.row.effect.kind === 'load' || this.row.effect.kind === 'store';
    const isFull = bin('>=', index('R', num(CONTROL.traceTail)), index('R', num(CONTROL.traceLimit)));
    const leaveIfFull = when(isFull, block([spillFuel(), give(id('k'))]));
    return [
      run({ type: 'UpdateExpression', operator: '--', prefix: false, argument: id('fuel') }),
      assign(id('k'), this.step, '+='),
      ...(this.options.traced && isAccess ? [leaveIfFull] : []),
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
          run({ type: 'UpdateExpression', operator: '--', prefix: false, argument: id('fuel') }),
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
    const high = xlen === 64 ? highOf(base) : num(0);
    const value: Word = store ? lower(effect.value, this.leaves, bytes === 8) : { lo: num(0), hi: num(0), known: 0 };
    const where = [base.lo, high, id('imm'), num(bytes)];
    const slow = store
      ? call('slowStore', ...where, value.lo, bytes === 8 ? highOf(value) : num(0))
      : call('slowLoad', id('d'), ...where, num(effect.signed ? 1 : 0));
    const test = bin('!==', xlen === 64 ? bin('|', refused, high) : refused, num(0));
    const floored = store ? logical('||', test, bin('<', id('c'), id('STORE_FLOOR'))) : test;
    this.body.push(when(floored, slowPath(slow, this)));
    if (this.options.traced) this.body.push(run(call('touch', id('c'), id('fuel'), num(store ? 1 : 0))));
    if (store) this.body.push(...storeWord(bytes, id('c'), value, this.leaves, 'I'));
    else this.setRegister(loadWord(bytes, effect.signed, id('c'), this.leaves));
  }

  /** To the predecoded target, past the counter of hot loops where it lies behind. */
  jump(): Statement[] {
    const body: Statement[] = [
      declare('const', [['to', P(3)]]),
      run({ type: 'UpdateExpression', operator: '--', prefix: false, argument: id('fuel') }),
      when(bin('<', id('to'), num(0)), block([spillFuel(), give(call('fetchFault', int(bin('+', this.pc(), P(2)))))])),
    ];
    if (this.options.hot) body.push(when(bin('<=', id('to'), id('k')), block(countEntry())));
    body.push(assign(id('k'), id('to')), again());
    return body;
  }

  link(): void {
    const { effect, isa } = this;
    const direct = effect.target.op === 'add' && effect.target.a.op === 'pc';
    const nextPc: Word = { lo: this.bind(int(bin('+', this.pc(), bytesOf(this.step, isa)))), hi: num(0), known: ZEXT };
    if (direct) {
      this.setRegister(nextPc);
      const jump = this.jump();
      if (this.options.hot)
        jump[3] = when(
          bin('|', bin('<=', id('to'), id('k')), bin('<', id('d'), num(CONTROL.sink))),
          block(countEntry()),
        );
      this.body.push(...jump);
      return;
    }
    const target = lower(effect.target, this.leaves, isa.xlen === 64);
    const lo = this.bind(target.lo);
    const hi = isa.xlen === 64 ? this.bind(highOf({ ...target, lo: lo })) : num(0);
    this.setRegister(nextPc);
    this.body.push(
      run({ type: 'UpdateExpression', operator: '--', prefix: false, argument: id('fuel') }),
      declare('const', [['to', call('slotOf', lo, hi)]]),
      when(bin('<', id('to'), num(0)), block([spillFuel(), give(id('k'))])),
    );
    if (this.options.hot) this.body.push(rememberTarget());
    this.body.push(
      assign(id('k'), id('to')),
      when(bin('===', id('k'), id('stop')), block([spillFuel(), give(id('k'))])),
      again(),
    );
  }

  private get effect(): Extract<Row['effect'], { kind: 'jump' }> {
    const { effect } = this.row;
    if (effect.kind !== 'jump') throw new Error(`bug: ${this.row.mnemonic} is no jump`);
    return effect;
  }
}

/** The slow access did the whole instruction (0), or it faulted. */
function slowPath(slow: Expression, writer: CaseWriter): Statement {
  const args = writer.options.traced ? [id('fuel')] : [];
  const called = slow.type === 'CallExpression' ? { ...slow, arguments: [...slow.arguments, ...args] } : slow;
  return block([when(bin('!==', called, num(0)), block(writer.stop())), ...writer.next()]);
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
  const isNew = logical('&&', isJump, bin('!==', P(3), id('to')));
  const remember = when(isNew, run(call('seen', id('k'), id('to'))));
  return when(logical('&&', isJump, isThroughLink), block(countEntry(1)), block([remember, ...countEntry()]));
}

/** The names that the text takes from its ABI object. */
export const INTERPRETER_ABI: readonly string[] =
  'R P H C I8 U8 I16 U16 I32 TEXT BASE OUTSIDE STORE_FLOOR HOT imul mulh32 mulhu32 mulhsu32 mulhU64 mulhS64 mulhSU64 divU64 remU64 divS64 remS64 decode ecall breakpoint illegal fetchFault slotOf slowLoad slowStore touch seen'.split(
    ' ',
  );

/** The body of a function of `abi` that gives `interpret(slot, stop): slot`. */
export function emitInterpreter(isa: Isa, options: InterpreterOptions): string {
  const cases = isa.rows.map(row => ({
    test: num(ROW_BASE + row.index),
    body: [block(new CaseWriter(isa, row, options).emit())],
  }));
  const special = [
    { test: num(OPERATION.undecoded), body: [run(call('decode', id('k'))), again()] },
    { test: num(OPERATION.illegal), body: [spillFuel(), give(call('illegal', id('k')))] },
    {
      test: num(OPERATION.outside),
      body: [spillFuel(), give(call('fetchFault', new CaseWriter(isa, isa.rows[0]!, options).pc()))],
    },
  ];
  const loop = forever(
    block([
      when(bin('<=', id('fuel'), num(0)), leave()),
      declare('const', [['i', bin('<<', id('k'), num(2))]]),
      declare('const', [['w', P(1)]]),
      choice(P(0), [...special, ...cases]),
    ]),
  );
  const body = [declare('let', [['fuel', index('R', num(CONTROL.fuel))]]), loop, spillFuel(), give(id('k'))];
  return [
    `const {${INTERPRETER_ABI.join(', ')}} = abi;`,
    'return function interpret(k, stop) {',
    print({ type: 'Program', sourceType: 'script', body: body as never }),
    '};',
  ].join('\n');
}
