// What stands in an event of an instruction, by the names of its chip's fields; where that comes from differs between the
// interpreting walk and emitted regions.

import type { Expr } from '../../isa/expr.ts';
import type { Row } from '../../isa/index.ts';
import type { Value } from '../binary/values.ts';

/** Where SP1's three operands come from. */
export interface OperandSources {
  readonly a: 'rd' | 'rs1' | 'rs2';
  readonly b: 'rs1' | 'rs2' | 'imm';
  readonly c: 'rs2' | 'imm' | 'zero';
}

export interface EventField {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
}

/** The name of bytes that are no field. */
export const NO_FIELD = '';

export type RegisterField = 'rd' | 'rs1' | 'rs2';

/** A value as wide as its field, i64 for 8 bytes, else i32. */
export type Source = Value | { readonly constant: bigint };

/** What a walk knows at an instruction. */
export interface FieldSources {
  readonly clk: Source;
  readonly pc: Source;
  readonly immediate: Source;
  readonly oldValue: Source;
  readonly oldClk: Source;
  /** Of a branch. */
  readonly nextPc: Source;
  register(field: RegisterField): Source;
  /** A register's number. */
  number(field: RegisterField): Source;
  stamp(operand: 'a' | 'b' | 'c'): Source;
  expression(expr: Expr): Source;
}

export interface Described {
  readonly row: Row;
  readonly sources: OperandSources;
  readonly opcode: number;
}

const constant = (value: number): Source => ({ constant: BigInt(value) });

/** What goes into the field of that name. */
export function sourceOf(name: string, { row, sources, opcode }: Described, from: FieldSources): Source {
  const operand = (source: OperandSources['b'] | OperandSources['c']): Source => {
    if (source === 'zero') return constant(0);
    return source === 'imm' ? from.immediate : from.register(source);
  };
  const number = (source: RegisterField | OperandSources['b'] | OperandSources['c']): Source =>
    source === 'imm' || source === 'zero' ? constant(0) : from.number(source);
  switch (name) {
    case 'clk':
      return from.clk;
    case 'pc':
      return from.pc;
    case 'a_prev':
      return from.register(sources.a);
    case 'b':
      return operand(sources.b);
    case 'c':
      return operand(sources.c);
    case 'mem':
      return from.oldValue;
    case 'mem_ts':
      return from.oldClk;
    case 'next_pc':
      return from.nextPc;
    case 'quotient':
    case 'remainder':
      return from.expression(divisionOf(row, name));
    case 'a_ts':
      return from.stamp('a');
    case 'b_ts':
      return from.stamp('b');
    case 'c_ts':
      return sources.c === 'rs2' ? from.stamp('c') : constant(0);
    case 'op_a':
      return number(sources.a);
    case 'op_b':
      return number(sources.b);
    case 'op_c':
      return number(sources.c);
    case 'opcode':
      return constant(opcode);
    case NO_FIELD:
      return constant(0);
    case 'imm':
      return constant(sources.c === 'imm' ? 1 : 0);
    default:
      throw new Error(`bug in jit-exec: no source of the field ${name}`);
  }
}

const QUOTIENTS = { divS: 'divS', divU: 'divU', remS: 'divS', remU: 'divU' } as const;
const REMAINDERS = { divS: 'remS', divU: 'remU', remS: 'remS', remU: 'remU' } as const;

/** The quotient or the remainder of a division that has the other, of the same operands. */
function divisionOf({ effect, mnemonic }: Row, what: 'quotient' | 'remainder'): Expr {
  const table = what === 'quotient' ? QUOTIENTS : REMAINDERS;
  const of = (expr: Expr): Expr => {
    if (expr.op === 'sext' || expr.op === 'zext') return { ...expr, a: of(expr.a) };
    if (!(expr.op in table)) throw new Error(`bug in jit-exec: ${mnemonic} is no division`);
    return { ...expr, op: table[expr.op as keyof typeof table] } as Expr;
  };
  if (effect.kind !== 'write') throw new Error(`bug in jit-exec: ${mnemonic} is no division`);
  return of(effect.value);
}
