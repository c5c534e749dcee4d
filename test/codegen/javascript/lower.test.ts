// Every operator, lowered to JavaScript on int32 words with everything that may be known of its operands, against
// the evaluator.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../codegen/isa/evaluate.ts';
import {
  type BinaryOp,
  binary,
  bool,
  type CompareOp,
  compare,
  type Expr,
  lo32,
  sext,
  type Width,
} from '../../../codegen/isa/expr.ts';
import { simplify } from '../../../codegen/isa/simplify.ts';
import { type Expression, id, num } from '../../../codegen/javascript/estree.ts';
import { lower, type WordHalves, wordIn } from '../../../codegen/javascript/lower.ts';
import { print } from '../../../codegen/javascript/print.ts';
import { type Known, SEXT, ZEXT } from '../../../codegen/region/known.ts';
import { arithmetic64, mulh32, mulhsu32, mulhu32 } from '../../../runtime/arithmetic.ts';

const BINARY: readonly BinaryOp[] = ['add', 'sub', 'and', 'or', 'xor', 'shl', 'shrU', 'shrS', 'mul', 'mulhS', 'mulhU'];
const REST: readonly BinaryOp[] = ['mulhSU', 'divS', 'divU', 'remS', 'remU'];
const COMPARE: readonly CompareOp[] = ['eq', 'ne', 'ltS', 'geS', 'ltU', 'geU'];
const MIN32 = 2n ** 31n;
const EDGES = [0n, 1n, -1n, 2n, 31n, 32n, 33n, 63n, -7n, MIN32, MIN32 - 1n, -MIN32, 2n * MIN32, 2n * MIN32 + 1n]
  .concat([2n * MIN32 - 1n, 2n ** 63n, 2n ** 63n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, -(2n ** 32n)])
  .map(value => BigInt.asUintN(64, value));

/** What an operand may be known to be, and the value nearest to `value` that is so. */
const KINDS: Readonly<Record<string, { readonly known: Known; readonly clip: (value: bigint) => bigint }>> = {
  pair: { known: 0, clip: value => value },
  sext: { known: SEXT, clip: value => BigInt.asUintN(64, BigInt.asIntN(32, value)) },
  zext: { known: ZEXT, clip: value => value & 0xffff_ffffn },
  both: { known: 3, clip: value => value & 0x7fff_ffffn },
};
type Kind = (typeof NAMES)[number];
const NAMES = ['pair', 'sext', 'zext', 'both'] as const;

const control = new Int32Array(128);
const abi = { R: control, imul: Math.imul, mulh32, mulhu32, mulhsu32, ...arithmetic64(control) };

type Lowered = (alo: number, ahi: number, blo: number, bhi: number) => readonly number[];

/** An operand: in variables, or a constant. */
type Operand = WordHalves | bigint;

/** The function of a tree: low word, and the high one where it is wanted. */
function compile(tree: Expr, rs1: Operand, rs2: Operand, wantHi: boolean): Lowered {
  const lines: string[] = [];
  const temporary = (e: Expression): Expression => {
    if (e.type === 'Identifier' || e.type === 'Literal') return e;
    lines.push(`const t${lines.length} = ${print(e)};`);
    return id(`t${lines.length - 1}`);
  };
  const values = { rs1: typeof rs1 === 'bigint' ? rs1 : undefined, rs2: typeof rs2 === 'bigint' ? rs2 : undefined };
  const wordOf = (operand: Operand): WordHalves => (typeof operand === 'bigint' ? ABSENT : operand);
  const leaves = { rs1: wordOf(rs1), rs2: wordOf(rs2), imm: ABSENT, pc: ABSENT, temporary };
  const word = lower(simplify(tree, values), leaves, wantHi);
  lines.push(`return [${[word.lo, ...(wantHi ? [word.hi] : [])].map(e => print(e)).join(', ')}];`);
  const parameters = [...Object.keys(abi), 'alo', 'ahi', 'blo', 'bhi', lines.join('\n')];
  const make = new Function(...parameters);
  return (...words) => make(...Object.values(abi), ...words) as number[];
}

/** A leaf that no tree has. */
const ABSENT: WordHalves = { lo: id('absent'), hi: id('absent'), known: 0 };

/** An operand in variables. What is known of its high word must be used: there is no variable for that. */
const variable = (name: 'a' | 'b', kind: Kind): WordHalves => {
  const { known } = KINDS[kind]!;
  return wordIn(id(`${name}lo`), known === 0 ? id(`${name}hi`) : id('absent'), known);
};

const low = (value: bigint): number => Number(BigInt.asIntN(32, value));
const high = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));

function agree(lowered: Lowered, tree: Expr, a: bigint, b: bigint, wantHi: boolean): string | undefined {
  const got = lowered(low(a), high(a), low(b), high(b));
  const value = evaluate(tree, { rs1: a, rs2: b, imm: 0n, pc: 0n });
  const want = [low(value), ...(wantHi ? [high(value)] : [])];
  const isSame = got.every((word, i) => word === want[i] && Object.is(word | 0, word + 0));
  return isSame ? undefined : `${a.toString(16)}, ${b.toString(16)}: got ${got}, not ${want}`;
}

const register = (field: 'rs1' | 'rs2', w: Width): Expr => ({ op: 'reg', w, field });

/** Trees with both operands, by what they do. */
function trees(): [string, Expr][] {
  const all: [string, Expr][] = [];
  const a = register('rs1', 64);
  const b = register('rs2', 64);
  const zext = (e: Expr): Expr => ({ op: 'zext', w: 64, a: e });
  for (const op of [...BINARY, ...REST]) {
    all.push([`${op} of 64 bits`, binary(op, a, b)]);
    all.push([`${op} of the low words, sign-extended`, sext(binary(op, lo32(a), lo32(b)))]);
    all.push([`${op} of the low words, zero-extended`, zext(binary(op, lo32(a), lo32(b)))]);
  }
  for (const op of COMPARE) {
    all.push([`${op} of 64 bits`, bool(64, compare(op, a, b))]);
    all.push([`${op} of the low words`, sext(bool(32, compare(op, lo32(a), lo32(b))))]);
  }
  all.push(['the sum of a difference', binary('add', a, binary('sub', a, b))]);
  all.push(['the upper product of a sum', binary('mulhU', binary('add', a, b), b)]);
  return all;
}

const value64 = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));

describe.each(trees())('%s', (_, tree) => {
  it('is the same with whatever is known of its operands', () => {
    const wrong: string[] = [];
    for (const ka of NAMES) {
      for (const kb of NAMES) {
        for (const wantHi of [true, false]) {
          const lowered = compile(tree, variable('a', ka), variable('b', kb), wantHi);
          const check = (x: bigint, y: bigint): string | undefined =>
            agree(lowered, tree, KINDS[ka]!.clip(x), KINDS[kb]!.clip(y), wantHi);
          for (const x of EDGES) {
            for (const y of EDGES) {
              const difference = check(x, y);
              if (difference !== undefined) wrong.push(`${ka}, ${kb}: ${difference}`);
            }
          }
          fc.assert(
            fc.property(value64, value64, (x, y) => check(x, y) === undefined),
            { numRuns: 20 },
          );
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is the same with constants', () => {
    const wrong: string[] = [];
    for (const constant of EDGES) {
      for (const kind of NAMES) {
        for (const wantHi of [true, false]) {
          const first = compile(tree, constant, variable('b', kind), wantHi);
          const second = compile(tree, variable('a', kind), constant, wantHi);
          for (const x of EDGES.map(KINDS[kind]!.clip)) {
            for (const difference of [
              agree(first, tree, constant, x, wantHi),
              agree(second, tree, x, constant, wantHi),
            ]) {
              if (difference !== undefined) wrong.push(`${kind}: ${difference}`);
            }
          }
        }
      }
      for (const other of EDGES) {
        const folded = compile(tree, constant, other, true);
        const difference = agree(folded, tree, constant, other, true);
        if (difference !== undefined) wrong.push(`constants: ${difference}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('registers of 32 bits', () => {
  const word = (name: 'a' | 'b'): WordHalves => ({ lo: id(`${name}lo`), hi: num(0), known: 0 });
  const a = register('rs1', 32);
  const b = register('rs2', 32);

  it.each([...BINARY, ...REST])('%s', op => {
    const tree = binary(op, a, b);
    const wrong: string[] = [];
    const check = (lowered: Lowered, x: bigint, y: bigint): void => {
      const difference = agree(lowered, tree, x, y, false);
      if (difference !== undefined) wrong.push(difference);
    };
    const general = compile(tree, word('a'), word('b'), false);
    for (const x of EDGES) {
      const constantA = compile(tree, x, word('b'), false);
      const constantB = compile(tree, word('a'), x, false);
      for (const y of EDGES) {
        check(general, x, y);
        check(constantA, x, y);
        check(constantB, y, x);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each(COMPARE)('%s', op => {
    const tree = bool(32, compare(op, a, b));
    const general = compile(tree, word('a'), word('b'), false);
    const wrong = EDGES.flatMap(x => EDGES.map(y => agree(general, tree, x, y, false)));
    expect(wrong.filter(difference => difference !== undefined)).toEqual([]);
  });
});
