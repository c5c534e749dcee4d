// Rust's v0 mangling: letters of basic types, and characters as Rust would print them.

/** RFC 2603, "Type". */
export const BASIC: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
};

const ESCAPED: Readonly<Record<string, string>> = { '\t': '\\t', '\r': '\\r', '\n': '\\n', '\\': '\\\\', '\0': '\\0' };

/** As Rust's Debug shows a character or a string. */
export function quoted(text: string, quote: string): string {
  const shown = [...text].map(c => {
    if (c === quote) return `\\${c}`;
    return ESCAPED[c] ?? (/\p{C}/u.test(c) ? `\\u{${c.codePointAt(0)!.toString(16)}}` : c);
  });
  return quote + shown.join('') + quote;
}
