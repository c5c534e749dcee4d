// Words: what a row is filled with. A word is a machine integer, an expression over the fields of an event. Wrapping is
// that of its width; where the interval of what it may be is small enough, it is a signed number, and differences of
// small numbers stay what they are.

import { assert } from '../../runtime/errors.ts';
import type { Width } from '../isa/expr.ts';
import { apply, holds, type Interval, interval, type Operation, type WordOp } from './operations.ts';

export type WordLike = Word | number | bigint;

interface Shape extends Interval {
  readonly op: WordOp;
  readonly width: Width;
  readonly args?: readonly Word[];
  readonly from?: number;
  readonly to?: number;
  readonly name?: string;
  readonly index?: number;
}

/** Operations that do not need a field, so that they are done at once on constants. */
const isPure = (op: WordOp): boolean => !['inverse', 'canonical', 'fieldAdd', 'fieldMul'].includes(op);

/** Immutable. Operands of 32 bits are extended where they meet one of 64. */
export class Word implements Operation {
  readonly op: WordOp;
  readonly width: Width;
  readonly min: bigint;
  readonly max: bigint;
  readonly args: readonly Word[];
  readonly from: number;
  readonly to: number;
  /** Of a field: which, and which of several. */
  readonly name: string;
  readonly index: number;

  private constructor(shape: Shape) {
    this.op = shape.op;
    this.width = shape.width;
    this.min = shape.min;
    this.max = shape.max;
    this.args = shape.args ?? [];
    this.from = shape.from ?? 0;
    this.to = shape.to ?? 0;
    this.name = shape.name ?? '';
    this.index = shape.index ?? 0;
  }

  static make(shape: Shape): Word {
    const made = new Word(shape);
    if (made.args.length === 0 || !isPure(made.op) || made.args.some(arg => arg.constant === undefined)) return made;
    return Word.of(
      apply(
        made,
        made.args.map(arg => arg.constant!),
      ),
      made.width,
    );
  }

  static of(value: number | bigint, width?: Width): Word {
    const v = BigInt(value);
    const narrow = width !== 64 && holds(32, v, v);
    assert(narrow || holds(64, v, v), `chips: ${v} is no word`);
    return new Word({ op: 'const', width: narrow ? 32 : 64, min: v, max: v });
  }

  /** A field of the event, `bits` wide. */
  static field(name: string, index: number, bits: number): Word {
    return new Word({ op: 'field', width: bits > 32 ? 64 : 32, min: 0n, max: 2n ** BigInt(bits) - 1n, name, index });
  }

  /** Its value, of a constant. */
  get constant(): bigint | undefined {
    return this.op === 'const' ? this.min : undefined;
  }

  add(b: WordLike): Word {
    const y = word(b);
    if (y.constant === 0n && y.width <= this.width) return this; // x + 0 = x
    if (this.constant === 0n && this.width <= y.width) return y;
    return this.#wrapping('add', y, this.min + y.min, this.max + y.max);
  }

  sub(b: WordLike): Word {
    const y = word(b);
    if (y.constant === 0n && y.width <= this.width) return this; // x − 0 = x
    return this.#wrapping('sub', y, this.min - y.max, this.max - y.min);
  }

  mul(b: WordLike): Word {
    const y = word(b);
    if (y.constant === 1n && y.width <= this.width) return this; // x · 1 = x
    if (this.constant === 1n && this.width <= y.width) return y;
    const corners = [this.min * y.min, this.min * y.max, this.max * y.min, this.max * y.max];
    return this.#wrapping('mul', y, least(corners), greatest(corners));
  }

  /** The quotient of unsigned numbers of 32 bits; all ones by 0, as RISC-V has it. */
  divU(b: WordLike): Word {
    const y = word(b);
    assert(this.width === 32 && y.width === 32, 'chips: a division is of 32 bits');
    return Word.make({ op: 'divU', width: 32, min: 0n, max: 2n ** 32n - 1n, args: [this, y] });
  }

  and(b: WordLike): Word {
    const y = word(b);
    const limits = [this, y].filter(x => x.min >= 0n).map(x => x.max);
    return this.#wrapping('and', y, 0n, limits.length === 0 ? -1n : least(limits));
  }

  or(b: WordLike): Word {
    return this.#bitwise('or', word(b));
  }

  xor(b: WordLike): Word {
    return this.#bitwise('xor', word(b));
  }

  /** All bits of its width turned around. */
  not(): Word {
    return this.xor(2n ** BigInt(this.width) - 1n);
  }

  /** By less than its width. */
  shl(b: WordLike): Word {
    const by = this.#shift(b);
    if (by.constant === 0n) return this;
    return this.#unary('shl', this.min << (this.min < 0n ? by.max : by.min), this.max << by.max, { args: [this, by] });
  }

  /** Zeros come in. By less than its width. */
  shr(b: WordLike): Word {
    const by = this.#shift(b);
    if (by.constant === 0n && this.min >= 0n) return this;
    const all = this.min < 0n ? 2n ** BigInt(this.width) - 1n : this.max;
    return this.#unary('shr', 0n, all >> by.min, { args: [this, by] });
  }

  /** The quotient by 2^k of what is divisible by it; its sign stays. */
  over(power: number): Word {
    const k = Math.log2(power);
    assert(Number.isInteger(k), `chips: ${power} is no power of two`);
    if (this.min >= 0n) return this.shr(k);
    return this.#unary('sar', this.min >> BigInt(k), this.max >> BigInt(k), { args: [this, word(k)] });
  }

  /** 1 or 0. */
  eq(b: WordLike): Word {
    return this.#compare('eq', word(b));
  }

  ltU(b: WordLike): Word {
    return this.#compare('ltU', word(b));
  }

  ltS(b: WordLike): Word {
    return this.#compare('ltS', word(b));
  }

  /** `a` where this is 1, `b` where it is 0. */
  choose(a: WordLike, b: WordLike): Word {
    const [x, y] = [word(a), word(b)];
    if (this.constant !== undefined) return this.constant === 1n ? x : y;
    if (x === y) return x;
    assert(this.min >= 0n && this.max <= 1n, 'chips: a condition must be 0 or 1');
    const width = Math.max(x.width, y.width) as Width;
    const [min, max] = [least([x.min, y.min]), greatest([x.max, y.max])];
    assert(holds(width, min, max), 'chips: a choice between a negative and a large word');
    return Word.make({ op: 'choose', width, min, max, args: [this, x, y] });
  }

  /** The bits [from, to), at most 32 of them, as a word of 32 bits. */
  bits(from: number, to: number): Word {
    assert(from >= 0 && from < to && to - from <= 32 && to <= this.width, `chips: bits ${from} to ${to}`);
    const all = 2n ** BigInt(to - from) - 1n;
    if (from === 0 && this.min >= 0n && this.max <= all && this.width === 32) return this;
    const high = this.min < 0n ? all : this.max >> BigInt(from);
    return Word.make({ op: 'bits', width: 32, min: 0n, max: high < all ? high : all, args: [this], from, to });
  }

  bit(i: number): Word {
    return this.bits(i, i + 1);
  }

  /** Sixteen bits. */
  limb(i: number): Word {
    return this.#digit(i, 16);
  }

  byte(i: number): Word {
    return this.#digit(i, 8);
  }

  get lo(): Word {
    return this.bits(0, 32);
  }

  get hi(): Word {
    return this.width === 64 ? this.bits(32, 64) : word(0);
  }

  /** The same number as a word of 64 bits. */
  get wide(): Word {
    return this.width === 64 ? this : this.#unary('wide', this.min, this.max, { width: 64 });
  }

  /** 1/x in the chip's field of a signed number below 2^18 in size, 0 for 0: from a table. */
  inverse(): Word {
    return this.#unary('inverse', 0n, 2n ** 31n - 1n, { width: 32 });
  }

  /** The field's element that this signed number stands for. */
  canonical(): Word {
    return this.min >= 0n ? this : this.#unary('canonical', 0n, 2n ** 31n - 1n, { width: 32 });
  }

  /** Sum in the field, of canonical elements. */
  fieldAdd(b: WordLike): Word {
    return this.#unary('fieldAdd', 0n, 2n ** 31n - 1n, { width: 32, args: [this, word(b)] });
  }

  fieldMul(b: WordLike): Word {
    return this.#unary('fieldMul', 0n, 2n ** 31n - 1n, { width: 32, args: [this, word(b)] });
  }

  #digit(i: number, bits: number): Word {
    return (i + 1) * bits > this.width ? word(0) : this.bits(i * bits, (i + 1) * bits);
  }

  #shift(b: WordLike): Word {
    const by = word(b);
    assert(by.min >= 0n && by.max < BigInt(this.width), `chips: a shift by up to ${by.max} of ${this.width} bits`);
    return by;
  }

  #unary(op: WordOp, min: bigint, max: bigint, more: { width?: Width; args?: readonly Word[] }): Word {
    const width = more.width ?? this.width;
    return Word.make({ op, width, ...interval(width, min, max), args: more.args ?? [this] });
  }

  #wrapping(op: WordOp, b: Word, min: bigint, max: bigint): Word {
    const width = Math.max(this.width, b.width) as Width;
    const limits = max < min ? interval(width, -1n, 2n ** 64n) : interval(width, min, max);
    return Word.make({ op, width, ...limits, args: [this, b] });
  }

  #bitwise(op: WordOp, b: Word): Word {
    const negative = this.min < 0n || b.min < 0n;
    const high = greatest([this.max, b.max]);
    return this.#wrapping(op, b, negative ? 1n : 0n, negative ? 0n : 2n ** BigInt(high.toString(2).length) - 1n);
  }

  #compare(op: WordOp, b: Word): Word {
    return Word.make({ op, width: 32, min: 0n, max: 1n, args: [this, b] });
  }
}

const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (a < b ? a : b));
const greatest = (values: readonly bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b));

export function word(value: WordLike): Word {
  return value instanceof Word ? value : Word.of(value);
}

/** The value of the first case whose condition is 1. */
export function firstOf(cases: readonly (readonly [condition: Word, value: WordLike])[], otherwise: WordLike): Word {
  return cases.reduceRight((rest, [condition, value]) => condition.choose(value, rest), word(otherwise));
}
