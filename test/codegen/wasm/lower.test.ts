import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, evaluateCond } from '../../../codegen/isa/evaluate.ts';
import {
  type BinaryOp,
  binary,
  bool,
  type CompareOp,
  compare,
  constant,
  type Expr,
  lo32,
  sext,
} from '../../../codegen/isa/expr.ts';
import { codeWriter } from '../../../codegen/wasm/binary/code.ts';
import { valueType } from '../../../codegen/wasm/binary/instructions.ts';
import { moduleWriter } from '../../../codegen/wasm/binary/module.ts';
import { lower, lowerCond, lowerLow, opposite } from '../../../codegen/wasm/lower.ts';
import { NO_WORDS } from '../../../codegen/wasm/words.ts';

const WIDTHS = [32, 64] as const;
type Width = (typeof WIDTHS)[number];
const RS1 = 10;
const RS2 = 11;

const OPERATORS: readonly BinaryOp[] = [
  ...(['add', 'sub', 'and', 'or', 'xor', 'shl', 'shrU', 'shrS', 'mul', 'mulhS', 'mulhU', 'mulhSU'] as const),
  ...(['divS', 'divU', 'remS', 'remU'] as const),
];
const COMPARISONS: readonly CompareOp[] = ['eq', 'ne', 'ltS', 'geS', 'ltU', 'geU'];

const reg = (w: Width, field: 'rs1' | 'rs2'): Expr => ({ op: 'reg', w, field });

interface Leaves {
  readonly imm?: bigint;
  readonly pc?: bigint;
  readonly rs1?: number;
  readonly rs2?: number;
}

/** The tree as a function of rs1 and rs2 that gives an unsigned number of `result` bits. */
function compile(
  xlen: Width,
  result: Width,
  write: (code: ReturnType<typeof codeWriter>, operands: Parameters<typeof lower>[2]) => void,
  { imm = 0n, pc = 0n, rs1 = RS1, rs2 = RS2 }: Leaves = {},
): (a: bigint, b: bigint) => bigint {
  const typeOf = (w: Width) => (w === 64 ? valueType.i64 : valueType.i32);
  const module = moduleWriter();
  const index = module.declareFunction(module.type([typeOf(xlen), typeOf(xlen)], [typeOf(result)]), 'run');
  const code = codeWriter(2);
  const scratch = code.addLocal(valueType.i64);
  write(code, {
    rs1,
    rs2,
    imm,
    pc,
    words: NO_WORDS,
    get: r => code.localGet(r === RS1 ? 0 : 1),
    scratch: () => scratch,
  });
  module.defineFunction(index, code);
  module.export('run', 'function', index);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  const run = instance.exports.run as (a: bigint | number, b: bigint | number) => bigint | number;
  const give = (value: bigint): bigint | number => (xlen === 64 ? value : Number(value));
  return (a, b) => BigInt.asUintN(result, BigInt(run(give(a), give(b))));
}

const ofTree = (xlen: Width, tree: Expr, leaves?: Leaves): ((a: bigint, b: bigint) => bigint) =>
  compile(xlen, tree.w, (code, operands) => lower(code, tree, operands), leaves);

/** Numbers of w bits, the edges of 32 and 64 bits among them. */
function values(w: Width): fc.Arbitrary<bigint> {
  const edges = [0n, 1n, 2n, 31n, 32n, 33n, 63n, 64n, -1n, -2n, 10n].flatMap(d => [
    d,
    (1n << 31n) + d,
    (1n << 32n) + d,
    (1n << 63n) + d,
  ]);
  const whole = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  return fc
    .oneof(fc.constantFrom(...edges), whole, fc.bigInt({ min: -100n, max: 100n }))
    .map(n => BigInt.asUintN(w, n));
}

describe.each(WIDTHS)('at %i bits', w => {
  const pair = [values(w), values(w)] as const;

  test.each(OPERATORS)('%s is what the evaluator says', operator => {
    const tree = binary(operator, reg(w, 'rs1'), reg(w, 'rs2'));
    const run = ofTree(w, tree);
    const check = (rs1: bigint, rs2: bigint): void => {
      expect(run(rs1, rs2)).toBe(evaluate(tree, { rs1, rs2, imm: 0n, pc: 0n }));
    };
    fc.assert(fc.property(...pair, check), { numRuns: 400 });
    const min = 1n << BigInt(w - 1);
    for (const a of [0n, 1n, min - 1n, min, 2n * min - 1n])
      for (const b of [0n, 1n, min - 1n, min, 2n * min - 1n]) check(a, b);
  });

  test.each(OPERATORS)('%s of a register with itself, x0 or an immediate is what the evaluator says', operator => {
    const [a, b, imm]: Expr[] = [reg(w, 'rs1'), reg(w, 'rs2'), { op: 'imm', w }];
    const trees = [
      binary(operator, a!, a!),
      binary(operator, a!, b!),
      binary(operator, b!, a!),
      binary(operator, a!, imm!),
      binary(operator, imm!, b!),
    ];
    const property = fc.property(values(w), fc.integer({ min: -2048, max: 2047 }), (rs1, small) => {
      for (const tree of trees) {
        const run = ofTree(w, tree, { imm: BigInt(small), rs2: 0 });
        expect(run(rs1, 99n)).toBe(evaluate(tree, { rs1, rs2: 0n, imm: BigInt(small), pc: 0n }));
      }
    });
    fc.assert(property, { numRuns: 25 });
  });

  test.each(COMPARISONS)('%s and its opposite are what the evaluator says', operator => {
    const cond = compare(operator, reg(w, 'rs1'), reg(w, 'rs2'));
    const withZero = compare(operator, reg(w, 'rs1'), constant(w, 0n));
    for (const each of [cond, withZero]) {
      const [straight, reverse] = [each, opposite(each)].map(c =>
        compile(w, 32, (code, operands) => lowerCond(code, c, operands)),
      );
      const asValue = ofTree(w, bool(w, each));
      const property = fc.property(...pair, fc.boolean(), (rs1, other, same) => {
        const rs2 = same ? rs1 : other;
        const expected = evaluateCond(each, { rs1, rs2, imm: 0n, pc: 0n });
        expect([straight!(rs1, rs2), reverse!(rs1, rs2), asValue(rs1, rs2)].map(Boolean)).toEqual([
          expected,
          !expected,
          expected,
        ]);
      });
      fc.assert(property, { numRuns: 200 });
    }
  });

  test('trees of immediates and the pc become constants', () => {
    const tree = binary('add', { op: 'pc', w }, { op: 'imm', w });
    const pc = 0xffff_f000n;
    expect(ofTree(w, tree, { pc, imm: 0x2000n })(1n, 2n)).toBe(BigInt.asUintN(w, pc + 0x2000n));
    expect(ofTree(w, tree, { pc, imm: -0x2000n })(1n, 2n)).toBe(pc - 0x2000n);
  });
});

test.each(OPERATORS)('%s on the low words of 64-bit registers is what the evaluator says', operator => {
  const tree = sext(binary(operator, lo32(reg(64, 'rs1')), lo32(reg(64, 'rs2'))));
  const run = ofTree(64, tree);
  fc.assert(
    fc.property(values(64), values(64), (rs1, rs2) => {
      expect(run(rs1, rs2)).toBe(evaluate(tree, { rs1, rs2, imm: 0n, pc: 0n }));
    }),
    { numRuns: 300 },
  );
});

test('zero extension drops the high word', () => {
  const tree: Expr = { op: 'zext', w: 64, a: lo32(reg(64, 'rs1')) };
  expect(ofTree(64, tree)(0xffff_ffff_8000_0001n, 0n)).toBe(0x8000_0001n);
});

test('the low half is right where only it is asked for', () => {
  const tree = sext(binary('add', lo32(reg(64, 'rs1')), lo32(reg(64, 'rs2'))));
  const run = compile(64, 64, (code, operands) => lowerLow(code, tree, operands));
  fc.assert(
    fc.property(values(64), values(64), (rs1, rs2) => {
      expect(BigInt.asUintN(32, run(rs1, rs2))).toBe(BigInt.asUintN(32, rs1 + rs2));
    }),
    { numRuns: 300 },
  );
});

test('extending a register that holds a sign-extended word is a copy of it, another one is extended', () => {
  const tree = sext(binary('add', lo32(reg(64, 'rs1')), lo32({ op: 'imm', w: 64 })));
  const ofWords = (words: number): ((a: bigint, b: bigint) => bigint) =>
    compile(64, 64, (code, operands) => lower(code, tree, { ...operands, words }));
  const other = 0x8000_0000n;
  // Not a sign-extended word: a copy keeps it as it is, which shows that it was copied.
  expect(ofWords(NO_WORDS | (1 << RS1))(other, 0n)).toBe(other);
  expect(ofWords(NO_WORDS)(other, 0n)).toBe(BigInt.asUintN(64, -other));
});
