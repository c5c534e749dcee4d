// Rust's legacy mangling: C++ nested names that end with a hash, with escapes for what an identifier may not hold.
// Reference: rustc's legacy symbol mangling as the crate rustc-demangle 0.1 reads it.

const HASH = /^h[0-9a-f]{16}$/;
const ESCAPES: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

/** A character by its number in hexadecimal; undefined for those that control a terminal. */
function characterOf(digits: string): string | undefined {
  const code = Number.parseInt(digits, 16);
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
  return isControl || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code);
}

/** From the first escape that is none on, the text stays as it is. */
function unescaped(element: string): string {
  let rest = element.startsWith('_$') ? element.slice(1) : element;
  let out = '';
  for (;;) {
    const [, plain = ''] = /^([^$.]*)/.exec(rest) ?? [];
    out += plain;
    rest = rest.slice(plain.length);
    if (rest.startsWith('..')) {
      out += '::';
      rest = rest.slice(2);
    } else if (rest.startsWith('.')) {
      out += '.';
      rest = rest.slice(1);
    } else {
      const [all, name] = /^\$([^$]*)\$/.exec(rest) ?? [];
      if (name === undefined) return out + rest;
      const code = /^u([0-9a-f]{1,6})$/.exec(name)?.[1];
      const character = code === undefined ? ESCAPES[name] : characterOf(code);
      if (character === undefined) return out + rest;
      out += character;
      rest = rest.slice(all!.length);
    }
  }
}

/** `core::fmt::write` of `_ZN4core3fmt5write17h…E`; undefined where the name has no hash of Rust. */
export function demangleLegacy(symbol: string): string | undefined {
  const elements: string[] = [];
  let at = 3;
  if (!symbol.startsWith('_ZN')) return undefined;
  while (symbol[at] !== 'E') {
    const [digits] = /^[1-9]\d*/.exec(symbol.slice(at, at + 8)) ?? [];
    if (digits === undefined) return undefined;
    at += digits.length;
    const element = symbol.slice(at, at + Number(digits));
    if (element.length < Number(digits)) return undefined;
    elements.push(element);
    at += element.length;
  }
  const hash = elements.pop();
  if (hash === undefined || !HASH.test(hash) || elements.length === 0) return undefined;
  const suffix = symbol.slice(at + 1).replace(/\.llvm\.[\dA-F@]+$/, '');
  return suffix === '' || suffix.startsWith('.') ? elements.map(unescaped).join('::') + suffix : undefined;
}
