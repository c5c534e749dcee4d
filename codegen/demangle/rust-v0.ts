// Rust's v0 mangling. Reference: RFC 2603 with its later additions, printed as the crate rustc-demangle 0.1 does in its
// short form: no disambiguators of crates, no types of constants.

import { Cursor, Invalid } from './cursor.ts';
import { decodePunycode } from './punycode.ts';
import { BASIC, quoted } from './rust-v0-words.ts';

const MOST_DEPTH = 200;
/** References back into the name can make it exponentially long. */
const MOST_CHARACTERS = 20_000;

const isUpper = (c: string): boolean => c >= 'A' && c <= 'Z';

class Printer {
  readonly #in: Cursor;
  #out = '';
  #isSilent = 0;
  #depth = 0;
  #lifetimes = 0;

  constructor(text: string) {
    this.#in = new Cursor(text);
  }

  /** The name, and what stands behind it. */
  symbol(): { readonly name: string; readonly rest: string } {
    this.#path(true);
    // The crate that instantiated it.
    if (isUpper(this.#in.peek())) this.#silently(() => this.#path(false));
    return { name: this.#out, rest: this.#in.text.slice(this.#in.at) };
  }

  #print(text: string): void {
    if (this.#isSilent > 0) return;
    this.#out += text;
    if (this.#out.length > MOST_CHARACTERS) throw new Invalid();
  }

  #silently(print: () => void): void {
    this.#isSilent++;
    print();
    this.#isSilent--;
  }

  #base62(): number {
    if (this.#in.eat('_')) return 0;
    let value = 0;
    for (let c = this.#in.next(); c !== '_'; c = this.#in.next()) {
      const digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(c);
      value = value * 62 + digit;
      // Disambiguators of crates have 64 bits, and are not shown.
      if (digit < 0 || value >= 2 ** 64) throw new Invalid();
    }
    return value + 1;
  }

  #optional62(tag: string): number {
    return this.#in.eat(tag) ? this.#base62() + 1 : 0;
  }

  #identifier(): string {
    const isPunycode = this.#in.eat('u');
    const digits = this.#in.take(/0|[1-9]\d{0,5}/y);
    if (digits === '') throw new Invalid();
    this.#in.eat('_');
    const name = this.#in.peek(Number(digits));
    if (name.length < Number(digits)) throw new Invalid();
    this.#in.at += name.length;
    if (!isPunycode) return name;
    const split = name.lastIndexOf('_');
    const encoded = name.slice(split + 1);
    const decoded = encoded === '' ? undefined : decodePunycode(name.slice(0, Math.max(split, 0)), encoded);
    if (decoded === undefined) throw new Invalid();
    return decoded;
  }

  /** Goes on at the place that is named, and comes back. */
  #backReference(print: () => void): void {
    const from = this.#in.at - 1;
    const target = this.#base62();
    if (target >= from) throw new Invalid();
    if (this.#isSilent > 0) return;
    const back = this.#in.at;
    this.#in.at = target;
    this.#nested(print);
    this.#in.at = back;
  }

  #nested(print: () => void): void {
    if (++this.#depth > MOST_DEPTH) throw new Invalid();
    print();
    this.#depth--;
  }

  #list(print: () => void, separator: string): number {
    let count = 0;
    for (; !this.#in.eat('E'); count++) {
      if (count > 0) this.#print(separator);
      print();
    }
    return count;
  }

  #path(isValue: boolean): void {
    this.#nested(() => this.#pathOf(this.#in.next(), isValue));
  }

  #pathOf(tag: string, isValue: boolean): void {
    if (tag === 'C') {
      this.#optional62('s');
      this.#print(this.#identifier());
    } else if (tag === 'N') this.#nestedPath(isValue);
    else if (tag === 'M' || tag === 'X' || tag === 'Y') {
      if (tag !== 'Y') {
        this.#optional62('s');
        this.#silently(() => this.#path(false));
      }
      this.#print('<');
      this.#type();
      if (tag !== 'M') {
        this.#print(' as ');
        this.#path(false);
      }
      this.#print('>');
    } else if (tag === 'I') {
      this.#path(isValue);
      this.#print(isValue ? '::<' : '<');
      this.#list(() => this.#genericArgument(), ', ');
      this.#print('>');
    } else if (tag === 'B') this.#backReference(() => this.#path(isValue));
    else throw new Invalid();
  }

  #nestedPath(isValue: boolean): void {
    const space = this.#in.next();
    if (!/[A-Za-z]/.test(space)) throw new Invalid();
    this.#path(isValue);
    const number = this.#optional62('s');
    const name = this.#identifier();
    if (!isUpper(space)) {
      if (name !== '') this.#print(`::${name}`);
      return;
    }
    const kind = space === 'C' ? 'closure' : space === 'S' ? 'shim' : space;
    this.#print(`::{${kind}${name === '' ? '' : `:${name}`}#${number}}`);
  }

  #genericArgument(): void {
    if (this.#in.eat('L')) this.#lifetime(this.#base62());
    else if (this.#in.eat('K')) this.#constant(false);
    else this.#type();
  }

  #lifetime(index: number): void {
    if (this.#isSilent > 0) return;
    const depth = this.#lifetimes - index;
    if (depth < 0) throw new Invalid();
    if (index === 0) this.#print("'_");
    else this.#print(depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`);
  }

  #binder(print: () => void): void {
    const bound = this.#optional62('G');
    if (bound > 64) throw new Invalid();
    if (bound > 0 && this.#isSilent === 0) {
      this.#print('for<');
      for (let i = 0; i < bound; i++) {
        if (i > 0) this.#print(', ');
        this.#lifetimes++;
        this.#lifetime(1);
      }
      this.#print('> ');
    }
    print();
    if (this.#isSilent === 0) this.#lifetimes -= bound;
  }

  #type(): void {
    const tag = this.#in.next();
    const basic = BASIC[tag];
    if (basic !== undefined) this.#print(basic);
    else this.#nested(() => this.#typeOf(tag));
  }

  #typeOf(tag: string): void {
    if (tag === 'R' || tag === 'Q') this.#reference(tag);
    else if (tag === 'P' || tag === 'O') {
      this.#print(tag === 'P' ? '*const ' : '*mut ');
      this.#type();
    } else if (tag === 'A' || tag === 'S') {
      this.#print('[');
      this.#type();
      if (tag === 'A') {
        this.#print('; ');
        this.#constant(true);
      }
      this.#print(']');
    } else if (tag === 'T') this.#tuple(() => this.#type());
    else if (tag === 'F') this.#binder(() => this.#functionType());
    else if (tag === 'D') this.#dynamic();
    else if (tag === 'B') this.#backReference(() => this.#type());
    else {
      this.#in.at--;
      this.#path(false);
    }
  }

  #reference(tag: string): void {
    this.#print('&');
    if (this.#in.eat('L')) {
      const lifetime = this.#base62();
      if (lifetime !== 0) {
        this.#lifetime(lifetime);
        this.#print(' ');
      }
    }
    if (tag === 'Q') this.#print('mut ');
    this.#type();
  }

  #tuple(print: () => void): void {
    this.#print('(');
    if (this.#list(print, ', ') === 1) this.#print(',');
    this.#print(')');
  }

  #functionType(): void {
    const isUnsafe = this.#in.eat('U');
    const abi = this.#in.eat('K') ? (this.#in.eat('C') ? 'C' : this.#identifier()) : undefined;
    if (isUnsafe) this.#print('unsafe ');
    if (abi !== undefined) this.#print(`extern "${abi.replaceAll('_', '-')}" `);
    this.#print('fn(');
    this.#list(() => this.#type(), ', ');
    this.#print(')');
    if (this.#in.eat('u')) return;
    this.#print(' -> ');
    this.#type();
  }

  #dynamic(): void {
    this.#print('dyn ');
    this.#binder(() => void this.#list(() => this.#dynamicTrait(), ' + '));
    if (!this.#in.eat('L')) throw new Invalid();
    const lifetime = this.#base62();
    if (lifetime === 0) return;
    this.#print(' + ');
    this.#lifetime(lifetime);
  }

  #dynamicTrait(): void {
    let isOpen = this.#openPath();
    while (this.#in.eat('p')) {
      this.#print(isOpen ? ', ' : '<');
      isOpen = true;
      this.#print(`${this.#identifier()} = `);
      this.#type();
    }
    if (isOpen) this.#print('>');
  }

  /** A path whose list of arguments is left open, where it has one. */
  #openPath(): boolean {
    let isOpen = false;
    if (this.#in.eat('B')) {
      this.#backReference(() => {
        isOpen = this.#openPath();
      });
    } else if (this.#in.eat('I')) {
      this.#path(false);
      this.#print('<');
      this.#list(() => this.#genericArgument(), ', ');
      isOpen = true;
    } else this.#path(false);
    return isOpen;
  }

  #hex(): string {
    const digits = this.#in.take(/[\da-f]+/y);
    this.#in.expect('_');
    return digits;
  }

  #constant(isValue: boolean): void {
    this.#nested(() => this.#constantOf(this.#in.next(), isValue));
  }

  #constantOf(tag: string, isValue: boolean): void {
    if (tag === 'p') this.#print('_');
    else if ('htmyoj'.includes(tag)) this.#number();
    else if ('aslxni'.includes(tag)) {
      if (this.#in.eat('n')) this.#print('-');
      this.#number();
    } else if (tag === 'b') this.#print(this.#truth());
    else if (tag === 'c') this.#print(quoted(String.fromCodePoint(this.#codePoint()), "'"));
    else if (tag === 'B') this.#backReference(() => this.#constant(isValue));
    else if (tag === 'R' && this.#in.eat('e')) this.#string();
    else {
      if (!isValue) this.#print('{');
      this.#compound(tag);
      if (!isValue) this.#print('}');
    }
  }

  #number(): void {
    const digits = this.#hex().replace(/^0+(?=.)/, '') || '0';
    this.#print(digits.length > 16 ? `0x${digits}` : BigInt(`0x${digits}`).toString());
  }

  #truth(): string {
    const digits = this.#hex();
    if (digits !== '0' && digits !== '1') throw new Invalid();
    return digits === '1' ? 'true' : 'false';
  }

  #codePoint(): number {
    const code = Number.parseInt(this.#hex(), 16);
    if (!(code <= 0x10ffff) || (code >= 0xd800 && code < 0xe000)) throw new Invalid();
    return code;
  }

  #string(): void {
    const digits = this.#hex();
    if (digits.length % 2 !== 0) throw new Invalid();
    const bytes = Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
    this.#print(quoted(new TextDecoder().decode(bytes), '"'));
  }

  #compound(tag: string): void {
    const value = (): void => this.#constant(true);
    if (tag === 'e') {
      this.#print('*');
      this.#string();
    } else if (tag === 'R' || tag === 'Q') {
      this.#print(tag === 'R' ? '&' : '&mut ');
      value();
    } else if (tag === 'A') {
      this.#print('[');
      this.#list(value, ', ');
      this.#print(']');
    } else if (tag === 'T') this.#tuple(value);
    else if (tag === 'V') this.#structure(value);
    else throw new Invalid();
  }

  #structure(value: () => void): void {
    this.#path(true);
    const kind = this.#in.next();
    if (kind === 'T') {
      this.#print('(');
      this.#list(value, ', ');
      this.#print(')');
    } else if (kind === 'S') {
      this.#print(' { ');
      this.#list(() => {
        this.#optional62('s');
        this.#print(`${this.#identifier()}: `);
        value();
      }, ', ');
      this.#print(' }');
    } else if (kind !== 'U') throw new Invalid();
  }
}

/** `mycrate::example` of `_RNvCs1234_7mycrate7example`; undefined for what is no such name. */
export function demangleV0(symbol: string): string | undefined {
  if (!/^_R[A-Z][\w.@$]*$/.test(symbol)) return undefined;
  try {
    const { name, rest } = new Printer(symbol.slice(2)).symbol();
    const suffix = rest.replace(/\.llvm\.[\dA-F@]+$/, '');
    return suffix === '' || suffix.startsWith('.') ? name + suffix : undefined;
  } catch (error) {
    if (error instanceof Invalid || error instanceof RangeError) return undefined;
    throw error;
  }
}
