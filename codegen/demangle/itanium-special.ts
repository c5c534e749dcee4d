// C++ names that the compiler made for something of the program.

import type { Cursor } from './cursor.ts';
import { SPECIAL_NAMES, SPECIAL_TYPES } from './itanium-words.ts';

/** What they hold of the rest of the grammar. */
export interface SpecialReader {
  readonly type: () => string;
  readonly name: () => string;
  /** A function without its result. */
  readonly bareEncoding: () => string;
}

/** Section 5.1.4: tables, guards, thunks and clones of something that has a name. */
export function specialName(from: Cursor, reader: SpecialReader): string | undefined {
  if (from.eat('GTt') || from.eat('GTn')) {
    const kind = from.text[from.at - 1] === 't' ? '' : 'non-';
    return `${kind}transaction clone for ${reader.bareEncoding()}`;
  }
  const code = from.peek(2);
  if (!/^(T[VTISWHhvcC]|G[VR])$/.test(code)) return undefined;
  from.at += 2;
  if (code in SPECIAL_TYPES) return SPECIAL_TYPES[code] + reader.type();
  if (code in SPECIAL_NAMES) return SPECIAL_NAMES[code] + reader.name();
  if (code === 'GR') {
    const name = reader.name();
    const number = from.digits();
    from.eat('_');
    return `reference temporary #${number || 0} for ${name}`;
  }
  if (code === 'TC') {
    const derived = reader.type();
    from.digits();
    from.expect('_');
    return `construction vtable for ${reader.type()}-in-${derived}`;
  }
  if (code === 'Tc') {
    skipOffset(from, from.next());
    skipOffset(from, from.next());
    return `covariant return thunk to ${reader.bareEncoding()}`;
  }
  skipOffset(from, code[1]!);
  return `${code === 'Th' ? 'non-virtual' : 'virtual'} thunk to ${reader.bareEncoding()}`;
}

/** How far `this` moves. */
function skipOffset(from: Cursor, kind: string): void {
  for (let i = 0; i < (kind === 'v' ? 2 : 1); i++) {
    from.eat('n');
    from.digits();
    from.expect('_');
  }
}
