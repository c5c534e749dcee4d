// Words as operations on u32: one of 64 bits is a pair, and of each half only what is asked for is computed. The only file
// that knows how a large word is represented.

import { assert } from '../../runtime/errors.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import type { EventLayout } from './event.ts';
import { holds } from './operations.ts';
import type { Graph, U32 } from './u32.ts';
import type { Word } from './word.ts';

export type HalfName = 'lo' | 'hi';
export type Lowering = (word: Word, half: HalfName) => U32;

interface Context {
  readonly g: Graph;
  readonly field: PrimeField;
  readonly event: EventLayout;
  readonly lo: (word: Word) => U32;
  readonly hi: (word: Word) => U32;
}

/** `stored` says where a word need not be computed, because an earlier group of columns has it. */
export function lowering(
  g: Graph,
  field: PrimeField,
  event: EventLayout,
  stored: (word: Word) => U32 | undefined = () => undefined,
): Lowering {
  const known = { lo: new Map<Word, U32>(), hi: new Map<Word, U32>() };
  const half = (word: Word, which: HalfName): U32 => {
    const before = known[which].get(word);
    if (before !== undefined) return before;
    const made = which === 'lo' ? (stored(word) ?? lowOf(context, word)) : highOf(context, word);
    known[which].set(word, made);
    return made;
  };
  const context: Context = { g, field, event, lo: word => half(word, 'lo'), hi: word => half(word, 'hi') };
  return half;
}

function lowOf(context: Context, word: Word): U32 {
  const { g, lo, hi } = context;
  const { op, args } = word;
  const [a, b, c] = args as [Word, Word, Word];
  switch (op) {
    case 'const':
      return g.constant(word.min);
    case 'field':
      return eventField(context, word, 0);
    case 'add':
    case 'sub':
    case 'mul':
    case 'and':
    case 'or':
    case 'xor':
      return g.make(op, [lo(a), lo(b)]);
    case 'divU': {
      const isZero = g.make('eq', [lo(b), g.constant(0)]);
      const quotient = g.make('divU', [lo(a), g.make('select', [isZero, g.constant(1), lo(b)])]);
      return g.make('select', [isZero, g.constant(2 ** 32 - 1), quotient]);
    }
    case 'shl':
    case 'shr':
    case 'sar':
      return shifted(context, word)[0];
    case 'eq':
      if (!isWide(word)) return g.make('eq', [lo(a), lo(b)]);
      return g.make('eq', [
        g.make('or', [g.make('xor', [lo(a), lo(b)]), g.make('xor', [hi(a), hi(b)])]),
        g.constant(0),
      ]);
    case 'ltU':
    case 'ltS':
      return less(context, word);
    case 'choose':
      return g.make('select', [lo(a), lo(b), lo(c)]);
    case 'bits':
      return bits(context, word);
    case 'wide':
      return lo(a);
    default:
      return ofField(context, word);
  }
}

/** What is known to fit in 32 bits has zeros or its sign above them. */
function highOf(context: Context, word: Word): U32 {
  const { g, lo, hi } = context;
  const { op, args } = word;
  if (word.min >= 0n && word.max < 2n ** 32n) return g.constant(0);
  if (holds(32, word.min, word.max)) return g.make('sar', [lo(word)], 31);
  const [a, b, c] = args as [Word, Word, Word];
  switch (op) {
    case 'const':
      return g.constant(word.min >> 32n);
    case 'field':
      return eventField(context, word, 1);
    case 'add':
      return g.make('add', [g.make('add', [hi(a), hi(b)]), g.make('ltU', [lo(word), lo(a)])]);
    case 'sub':
      return g.make('sub', [g.make('sub', [hi(a), hi(b)]), g.make('ltU', [lo(a), lo(b)])]);
    case 'and':
    case 'or':
    case 'xor':
      return g.make(op, [hi(a), hi(b)]);
    case 'shl':
    case 'shr':
    case 'sar':
      return shifted(context, word)[1];
    case 'choose':
      return g.make('select', [lo(a), hi(b), hi(c)]);
    case 'wide':
      return hi(a);
    default:
      throw new Error(`bug in jit-exec: ${op} of 64 bits is not known to any filler`);
  }
}

const isWide = ({ args }: Word): boolean => args.some(arg => arg.width === 64);

function eventField({ g, event }: Context, { name, index }: Word, part: 0 | 1): U32 {
  const place = event.fields.get(name);
  assert(place !== undefined, `chips: an event without ${name}`);
  const at = place.offset + index * place.stride + 4 * part;
  assert(place.stride >= 4 ? at % 4 === 0 : (at % 4) + place.stride <= 4, `chips: ${name} lies across two words`);
  const loaded = g.make('event', [], Math.floor(at / 4));
  if (place.stride >= 4) return loaded;
  const mask = place.stride === 1 ? 0xff : 0xffff;
  return g.make('and', [g.make('shr', [loaded], 8 * (at % 4)), g.constant(mask)]);
}

function less({ g, lo, hi }: Context, word: Word): U32 {
  const [a, b] = word.args as [Word, Word];
  const op = word.op as 'ltU' | 'ltS';
  if (!isWide(word)) return g.make(op, [lo(a), lo(b)]);
  const isHighEqual = g.make('eq', [hi(a), hi(b)]);
  return g.make('or', [g.make(op, [hi(a), hi(b)]), g.make('and', [isHighEqual, g.make('ltU', [lo(a), lo(b)])])]);
}

function bits({ g, lo, hi }: Context, { args, from, to }: Word): U32 {
  const a = args[0]!;
  const isAll = a.min >= 0n && a.max >> BigInt(from) < 2n ** BigInt(to - from);
  const mask = g.constant(isAll ? 0xffffffff : 2 ** (to - from) - 1);
  const low = (): U32 => g.make('shr', [lo(a)], from);
  if (to <= 32) return g.make('and', [low(), mask]);
  if (from >= 32) return g.make('and', [g.make('shr', [hi(a)], from - 32), mask]);
  const whole = from === 0 ? low() : g.make('or', [low(), g.make('shl', [hi(a)], 32 - from)]);
  return g.make('and', [whole, mask]);
}

/** Both halves of a shift; that of 64 bits is by a constant. */
function shifted({ g, lo, hi }: Context, word: Word): readonly [U32, U32] {
  const { op, width, args } = word;
  const [a, by] = args as [Word, Word];
  if (by.constant === undefined) {
    assert(width === 32 && op !== 'sar', 'chips: no filler shifts 64 bits by a variable');
    return [g.make(op === 'shl' ? 'shlBy' : 'shrBy', [lo(a), lo(by)]), g.constant(0)];
  }
  const k = Number(by.constant);
  const shift = (which: 'shl' | 'shr' | 'sar', x: U32, n: number): U32 => g.make(which, [x], n);
  if (width === 32) return [shift(op as 'shl', lo(a), k), g.constant(0)];
  if (op === 'shl') {
    if (k >= 32) return [g.constant(0), shift('shl', lo(a), k - 32)];
    return [shift('shl', lo(a), k), g.make('or', [shift('shl', hi(a), k), shift('shr', lo(a), 32 - k)])];
  }
  const kind = op as 'shr' | 'sar';
  if (k >= 32) return [shift(kind, hi(a), k - 32), kind === 'sar' ? shift('sar', hi(a), 31) : g.constant(0)];
  return [g.make('or', [shift('shr', lo(a), k), shift('shl', hi(a), 32 - k)]), shift(kind, hi(a), k)];
}

function ofField({ g, lo, field }: Context, { op, args }: Word): U32 {
  const [a, b] = args as [Word, Word];
  const p = g.constant(field.modulus);
  const isNegative = (): U32 => g.make('ltS', [lo(a), g.constant(0)]);
  switch (op) {
    case 'canonical': // x < 0 ? x + p : x
      return g.make('select', [isNegative(), g.make('add', [lo(a), p]), lo(a)]);
    case 'inverse': {
      if (a.min >= 0n) return g.make('inverse', [lo(a)]);
      const positive = g.make('inverse', [
        g.make('select', [isNegative(), g.make('sub', [g.constant(0), lo(a)]), lo(a)]),
      ]);
      return g.make('select', [isNegative(), g.make('sub', [p, positive]), positive]); // 1/−x = p − 1/x
    }
    case 'fieldAdd':
      return g.make('fieldAdd', [lo(a), lo(b)]);
    case 'fieldMul':
      return product({ g, lo, field }, a, b);
    default:
      throw new Error(`bug in jit-exec: ${op} is not known to any filler`);
  }
}

/**
 * Montgomery's product divides by 2^32: a constant is multiplied by that before, else another product makes up for it, once for
 * products of products.
 */
function product({ g, lo, field }: Pick<Context, 'g' | 'lo' | 'field'>, a: Word, b: Word): U32 {
  const times = (x: U32, factor: number): U32 => g.make('montgomery', [x, g.constant(factor)]);
  /** What is a word by 2^32 to a power. */
  const divided = (word: Word): readonly [U32, number] => {
    const [c, d] = word.args as [Word, Word];
    if (word.op !== 'fieldMul' || c.constant !== undefined || d.constant !== undefined) return [lo(word), 0];
    return dividedProduct(c, d);
  };
  const dividedProduct = (c: Word, d: Word): readonly [U32, number] => {
    const [[x, m], [y, n]] = [divided(c), divided(d)];
    return [g.make('montgomery', [x, y]), m + n + 1];
  };
  /** 2^32 to a power. */
  const scale = (power: number): number => (power === 0 ? 1 : field.mul(scale(power - 1), field.r));
  const [x, y] = a.constant === undefined ? [a, b] : [b, a];
  if (y.constant !== undefined) {
    const [node, power] = divided(x);
    return times(node, field.mul(Number(y.constant), scale(power + 1)));
  }
  const [node, power] = dividedProduct(x, y);
  return times(node, scale(power + 1));
}
