// C++ names by the Itanium ABI, section 5.1, as binutils' c++filt prints them.

import { Cursor, Invalid } from './cursor.ts';
import { expression, literal, type Reader } from './itanium-expressions.ts';
import { argumentList, type Name, type Part, partText, plainPart, pointerTo } from './itanium-parts.ts';
import { type SpecialReader, specialName } from './itanium-special.ts';
import { ABBREVIATED, BUILTIN, BUILTIN_D, OPERATORS } from './itanium-words.ts';

const MOST_DEPTH = 100;
const MOST_CHARACTERS = 20_000;

class Parser {
  readonly #in: Cursor;
  #depth = 0;
  #substitutions: Part[] = [];
  #arguments: readonly Part[] = [];
  /** Which element of a pack is meant, where one is expanded. */
  #element: number | undefined;
  #packLength: number | undefined;

  constructor(text: string) {
    this.#in = new Cursor(text);
  }

  symbol(): string {
    const name = this.#encoding(true);
    const rest = this.#in.text.slice(this.#in.at);
    if (name.length > MOST_CHARACTERS || (rest !== '' && !/^(\.[\w.]+)$/.test(rest))) throw new Invalid();
    // `.constprop.0` is one clone, `.part.1.cold` two.
    const clones = rest.match(/\.[A-Za-z_]\w*(?:\.\d+)*|(?:\.\d+)+/g) ?? [];
    return name + clones.map(clone => ` [clone ${clone}]`).join('');
  }

  #push(part: Part): Part {
    this.#substitutions.push(part);
    return part;
  }

  /** `hasParameters`: what is addressed is shown by its name alone. */
  #encoding(isTop: boolean, hasParameters = true): string {
    if (++this.#depth > MOST_DEPTH) throw new Invalid();
    const special = specialName(this.#in, this.#reader);
    if (special !== undefined) return special;
    const name = this.#name(true);
    this.#depth--;
    if (this.#in.isAtEnd) return name.left;
    const result = name.isTemplate && !name.isSpecial ? this.#type() : undefined;
    const parameters = this.#parameters() + name.qualifiers;
    if (!hasParameters) return name.left;
    const call = name.left + parameters;
    if (result === undefined || !isTop) return call;
    return result.isCompound || result.right !== '' ? result.left + call + result.right : `${result.left} ${call}`;
  }

  #parameters(): string {
    const types: Part[] = [];
    while (!this.#in.isAtEnd) types.push(this.#type());
    const texts = types.flatMap(type => (type.pack ?? [type]).map(partText));
    return texts.length === 1 && texts[0] === 'void' ? '()' : `(${texts.join(', ')})`;
  }

  /** `isOwn`: of the symbol itself, whose template arguments its parameters refer to. */
  #name(isOwn: boolean): Name {
    if (this.#in.eat('N')) return this.#nestedName(isOwn);
    if (this.#in.eat('Z')) return this.#localName(isOwn);
    let part: Part;
    if (this.#in.peek() === 'S' && this.#in.peek(2) !== 'St') part = this.#substitution();
    else {
      part = this.#unqualified(this.#in.eat('St') ? 'std::' : '', undefined);
      if (this.#in.peek() === 'I') this.#push(part);
    }
    const isTemplate = this.#in.peek() === 'I';
    if (isTemplate) part = { ...plainPart(this.#withArguments(part.left, isOwn), part.last) };
    return { ...part, isTemplate, isSpecial: part.left.startsWith('operator ') && this.#isConversion, qualifiers: '' };
  }

  #isConversion = false;

  #withArguments(name: string, isOwn: boolean): string {
    const list = this.#templateArguments();
    if (isOwn) this.#arguments = list;
    return (name.endsWith('<') ? `${name} ` : name) + argumentList(list);
  }

  #nestedName(isOwn: boolean): Name {
    let qualifiers = '';
    if (this.#in.eat('r')) qualifiers += ' restrict';
    if (this.#in.eat('V')) qualifiers += ' volatile';
    if (this.#in.eat('K')) qualifiers = ` const${qualifiers}`;
    if (this.#in.eat('R')) qualifiers += ' &';
    else if (this.#in.eat('O')) qualifiers += ' &&';
    let part: Part | undefined;
    let isTemplate = false;
    let isSpecial = false;
    while (!this.#in.eat('E')) {
      const isSubstituted = this.#in.peek() === 'S';
      if (this.#in.peek() === 'I') {
        if (part === undefined) throw new Invalid();
        part = plainPart(this.#withArguments(part.left, isOwn), part.last);
        isTemplate = true;
      } else if (isSubstituted) {
        part = this.#in.eat('St') ? plainPart('std', 'std') : this.#substitution();
      } else if (this.#in.peek() === 'T' || /^D[tT]/.test(this.#in.peek(2))) part = this.#type();
      else {
        isSpecial = /^(C[1-9I]|D[0-9])/.test(this.#in.peek(2));
        part = this.#unqualified(part === undefined ? '' : `${partText(part)}::`, part);
        isSpecial ||= this.#isConversion;
        isTemplate = false;
      }
      if (!isSubstituted && this.#in.peek() !== 'E' && !/^T/.test(this.#in.text[this.#in.at - 2] ?? ''))
        this.#push(part);
    }
    if (part === undefined) throw new Invalid();
    return { ...part, isTemplate, isSpecial, qualifiers };
  }

  #localName(isOwn: boolean): Name {
    const outer = this.#encoding(false);
    this.#in.expect('E');
    if (this.#in.eat('s')) {
      this.#discriminator();
      return { ...plainPart(`${outer}::string literal`), isTemplate: false, isSpecial: false, qualifiers: '' };
    }
    if (this.#in.eat('d')) {
      this.#in.digits();
      this.#in.expect('_');
    }
    const name = this.#name(isOwn);
    this.#discriminator();
    return { ...name, left: `${outer}::${name.left}` };
  }

  #discriminator(): void {
    if (this.#in.eat('__')) {
      this.#in.digits();
      this.#in.expect('_');
    } else if (/^_\d/.test(this.#in.peek(2))) this.#in.at += 2;
  }

  #unqualified(prefix: string, outer: Part | undefined): Part {
    this.#isConversion = false;
    this.#in.eat('L');
    const code = this.#in.peek(2);
    let name: string;
    if (/^\d/.test(code)) name = this.#source();
    else if (/^C[1-5]$/.test(code) || /^D[0-5]$/.test(code)) {
      this.#in.at += 2;
      const last = outer?.last ?? outer?.left.replace(/^.*::/, '');
      if (last === undefined) throw new Invalid();
      return plainPart(prefix + (code[0] === 'D' ? '~' : '') + last, last);
    } else if (code === 'Ul' || code === 'Ut') name = this.#unnamed(code);
    else name = this.#operator();
    let tags = '';
    while (this.#in.eat('B')) tags += `[abi:${this.#source()}]`;
    return plainPart(prefix + name + tags, name);
  }

  #source(): string {
    const length = Number(this.#in.digits());
    const name = this.#in.peek(length);
    if (length === 0 || name.length < length) throw new Invalid();
    this.#in.at += length;
    return /^_GLOBAL_[._$]N/.test(name) ? '(anonymous namespace)' : name;
  }

  #unnamed(code: string): string {
    this.#in.at += 2;
    const parameters = code === 'Ul' ? this.#parameters() : '';
    if (code === 'Ul') this.#in.expect('E');
    const digits = this.#in.digits();
    this.#in.expect('_');
    const number = digits === '' ? 1 : Number(digits) + 2;
    return code === 'Ul' ? `{lambda${parameters}#${number}}` : `{unnamed type#${number}}`;
  }

  #operator(): string {
    const code = this.#in.peek(2);
    this.#in.at += 2;
    if (code === 'cv') {
      const type = partText(this.#type());
      this.#isConversion = true;
      return `operator ${type}`;
    }
    if (code === 'li') return `operator"" ${this.#source()}`;
    const operator = OPERATORS[code];
    if (operator === undefined) throw new Invalid();
    return `operator${operator}`;
  }

  #substitution(): Part {
    this.#in.expect('S');
    const abbreviated = ABBREVIATED[this.#in.peek()];
    if (abbreviated !== undefined) {
      this.#in.at++;
      return plainPart(abbreviated[0], abbreviated[1]);
    }
    return this.#numbered(this.#substitutions);
  }

  /** `_` is 0, `0_` is 1, `A_` is 11. */
  #numbered<T>(list: readonly T[]): T {
    const digits = this.#in.take(/[\dA-Z]+/y);
    this.#in.expect('_');
    const found = list[digits === '' ? 0 : Number.parseInt(digits, 36) + 1];
    if (found === undefined) throw new Invalid();
    return found;
  }

  #templateParameter(): Part {
    this.#in.expect('T');
    const part = this.#numbered(this.#arguments);
    if (part.pack === undefined) return part;
    this.#packLength = part.pack.length;
    return this.#element === undefined ? part : (part.pack[this.#element] ?? plainPart(''));
  }

  #templateArguments(): readonly Part[] {
    this.#in.expect('I');
    const list: Part[] = [];
    const outer = this.#arguments;
    while (!this.#in.eat('E')) list.push(this.#templateArgument());
    this.#arguments = outer;
    return list;
  }

  #templateArgument(): Part {
    if (this.#in.eat('L')) return plainPart(this.#literal());
    if (this.#in.eat('X')) {
      const text = this.#expression();
      this.#in.expect('E');
      return plainPart(text);
    }
    if (!this.#in.eat('J')) return this.#type();
    const pack: Part[] = [];
    while (!this.#in.eat('E')) pack.push(this.#templateArgument());
    return { ...plainPart(pack.map(partText).join(', ')), pack: pack.flatMap(part => part.pack ?? [part]) };
  }

  #literal(): string {
    return literal(this.#in, this.#reader);
  }

  #expression(): string {
    return expression(this.#in, this.#reader);
  }

  readonly #reader: Reader & SpecialReader = {
    name: () => this.#name(true).left,
    bareEncoding: () => this.#encoding(false),
    type: () => partText(this.#type()),
    encoding: hasParameters => this.#encoding(true, hasParameters),
    parameter: () => this.#templateParameter(),
  };

  #type(): Part {
    if (++this.#depth > MOST_DEPTH) throw new Invalid();
    const type = this.#typeOf(this.#in.peek());
    this.#depth--;
    return type;
  }

  #typeOf(code: string): Part {
    const builtin = BUILTIN[code];
    if (builtin !== undefined) {
      this.#in.at++;
      return plainPart(builtin);
    }
    switch (code) {
      case 'r':
      case 'V':
      case 'K':
        return this.#qualified();
      case 'P':
      case 'R':
      case 'O': {
        this.#in.at++;
        const mark = { P: '*', R: '&', O: '&&' }[code];
        const to = this.#type();
        return this.#push(to.pack === undefined ? pointerTo(to, mark) : to);
      }
      case 'F':
        return this.#push(this.#functionType());
      case 'A':
        return this.#push(this.#arrayType());
      case 'M': {
        this.#in.at++;
        const of = partText(this.#type());
        const member = this.#type();
        const isInner = member.isCompound === true;
        return this.#push(
          isInner
            ? { left: `${member.left} (${of}::*`, right: `)${member.right}` }
            : { left: `${member.left} ${of}::*`, right: member.right },
        );
      }
      case 'T':
        return this.#maybeTemplate(this.#push(this.#templateParameter()));
      case 'D':
        return this.#typeOfD();
      case 'S':
        if (this.#in.peek(2) !== 'St') return this.#maybeTemplate(this.#substitution());
        return this.#push(this.#name(false));
      default:
        return this.#push(this.#vendorOrName());
    }
  }

  #vendorOrName(): Part {
    if (this.#in.eat('u')) return plainPart(this.#source());
    if (!/[\dNZ]/.test(this.#in.peek())) throw new Invalid();
    const { left, right, last } = this.#name(false);
    return { ...plainPart(left, last), right };
  }

  #maybeTemplate(part: Part): Part {
    if (this.#in.peek() !== 'I') return part;
    return this.#push(plainPart(this.#withArguments(part.left, false), part.last));
  }

  #qualified(): Part {
    const [words] = /^[rVK]+/.exec(this.#in.text.slice(this.#in.at))!;
    this.#in.at += words.length;
    const names = [...words].toReversed().map(word => ({ r: 'restrict', V: 'volatile', K: 'const' })[word]!);
    const text = names.map(name => ` ${name}`).join('');
    const part = this.#type();
    const isFunction = part.isCompound && !part.right.startsWith(' [');
    const made = isFunction ? { ...part, right: part.right + text } : { ...part, left: part.left + text };
    return this.#push(made);
  }

  #functionType(): Part {
    this.#in.expect('F');
    this.#in.eat('Y');
    const { left, right } = this.#type();
    let list = '';
    const types: Part[] = [];
    while (!/[ERO]/.test(this.#in.peek()) || /^[RO][^E]/.test(this.#in.peek(2))) types.push(this.#type());
    list = types.flatMap(type => (type.pack ?? [type]).map(partText)).join(', ');
    const reference = this.#in.eat('R') ? ' &' : this.#in.eat('O') ? ' &&' : '';
    this.#in.expect('E');
    return { left, right: `${list === 'void' ? '()' : `(${list})`}${reference}${right}`, isCompound: true };
  }

  #arrayType(): Part {
    this.#in.expect('A');
    const size = this.#in.peek() === '_' || /\d/.test(this.#in.peek()) ? this.#in.digits() : this.#expression();
    this.#in.expect('_');
    const { left, right } = this.#type();
    return { left, right: ` [${size}]${right.trimStart()}`, isCompound: true };
  }

  #typeOfD(): Part {
    const code = this.#in.peek(2)[1] ?? '';
    const builtin = BUILTIN_D[code];
    if (builtin !== undefined) {
      this.#in.at += 2;
      return plainPart(builtin);
    }
    if (this.#in.eat('Do')) return this.#typeOf('F');
    this.#in.expect('Dp');
    return this.#push(this.#expansion());
  }

  /** The pattern is read once for each element of the pack in it. */
  #expansion(): Part {
    const start = this.#in.at;
    const known = this.#substitutions;
    const outer = this.#element;
    this.#packLength = undefined;
    const pattern = this.#type();
    const length = this.#packLength as number | undefined;
    if (length === undefined) return plainPart(`${partText(pattern)}...`);
    const pack: Part[] = [];
    const after = this.#in.at;
    const learnt = this.#substitutions;
    for (let i = 0; i < length; i++) {
      this.#in.at = start;
      this.#element = i;
      this.#substitutions = known.slice(0, known.length);
      pack.push(this.#type());
    }
    this.#in.at = after;
    this.#substitutions = learnt;
    this.#element = outer;
    return { ...plainPart(pack.map(partText).join(', ')), pack };
  }
}

/** `foo(int)` of `_Z3fooi`; undefined for what is no such name, or has parts that are not read. */
export function demangleItanium(symbol: string): string | undefined {
  if (!/^_Z[\w.$]+$/.test(symbol)) return undefined;
  try {
    return new Parser(symbol.slice(2)).symbol();
  } catch (error) {
    if (error instanceof Invalid || error instanceof RangeError) return undefined;
    throw error;
  }
}
