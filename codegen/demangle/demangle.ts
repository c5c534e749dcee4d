// What a symbol is called in its source: names of Rust (legacy and v0) and of C++ (Itanium ABI).

import { demangleItanium } from './itanium.ts';
import { demangleLegacy } from './rust-legacy.ts';
import { demangleV0 } from './rust-v0.ts';

const known = new Map<string, string>();
/** Symbols of one large program; what is beyond is worked out again. */
const MOST_KNOWN = 65_536;

function worked(symbol: string): string {
  if (symbol.startsWith('_R')) return demangleV0(symbol) ?? symbol;
  if (symbol.startsWith('_Z')) return demangleLegacy(symbol) ?? demangleItanium(symbol) ?? symbol;
  return symbol;
}

/** The name in its source, without Rust's hashes; the symbol itself where it is not mangled or not understood. */
export function demangle(symbol: string): string {
  if (!symbol.startsWith('_R') && !symbol.startsWith('_Z')) return symbol;
  let name = known.get(symbol);
  if (name === undefined) {
    name = worked(symbol);
    if (known.size < MOST_KNOWN) known.set(symbol, name);
  }
  return name;
}
