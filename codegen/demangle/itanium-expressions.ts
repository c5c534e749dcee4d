// Expressions in C++ template arguments: literals, parameters, addresses and plain operators. A name with others stays mangled.

import { type Cursor, Invalid } from './cursor.ts';
import { type Part, partText } from './itanium-parts.ts';
import { LITERAL_SUFFIX, OPERATORS } from './itanium-words.ts';

/** What expressions hold of the rest of the grammar. */
export interface Reader {
  readonly type: () => string;
  readonly encoding: (hasParameters: boolean) => string;
  readonly parameter: () => Part;
}

/** Section 5.1.6: a value of a type, or something that has an address. */
export function literal(from: Cursor, reader: Reader): string {
  if (from.eat('_Z')) {
    const text = reader.encoding(true);
    from.expect('E');
    return text;
  }
  const code = from.peek();
  const type = reader.type();
  const sign = from.eat('n') ? '-' : '';
  const value = from.digits();
  from.expect('E');
  if (code === 'b') return value === '1' ? 'true' : 'false';
  const suffix = LITERAL_SUFFIX[code];
  return suffix === undefined ? `(${type})${sign}${value}` : sign + value + suffix;
}

/** Literals, parameters, addresses, plain operators. */
export function expression(from: Cursor, reader: Reader): string {
  if (from.eat('L')) return literal(from, reader);
  if (from.peek() === 'T') return partText(reader.parameter());
  if (from.eat('adL_Z')) {
    const text = reader.encoding(false);
    from.expect('E');
    return `&${text}`;
  }
  if (from.eat('sZ')) return String(reader.parameter().pack?.length ?? 1);
  const operator = OPERATORS[from.peek(2)];
  if (operator === undefined || /[ ()[\]?]/.test(operator)) throw new Invalid();
  const isUnary = /^(ps|ng|ad|de|co|nt)$/.test(from.peek(2));
  from.at += 2;
  const first = operand(from, reader);
  return isUnary ? operator + first : `${first}${operator}${operand(from, reader)}`;
}

function operand(from: Cursor, reader: Reader): string {
  const isSimple = from.peek() === 'T';
  const text = expression(from, reader);
  return isSimple ? text : `(${text})`;
}
