import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../codegen/isa/evaluate.ts';
import { type BinaryOp, binary, type Expr } from '../../../codegen/isa/expr.ts';
import { arithmeticModule } from '../../../codegen/kernels/arithmetic.ts';
import { type Arithmetic64, arithmetic64 } from '../../../runtime/arithmetic.ts';
import { CONTROL } from '../../../runtime/layout.ts';

const OPERATORS = ['mulhU', 'mulhS', 'mulhSU', 'divU', 'divS', 'remU', 'remS'] as const satisfies BinaryOp[];
const A: Expr = { op: 'reg', w: 64, field: 'rs1' };
const B: Expr = { op: 'reg', w: 64, field: 'rs2' };

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const control = new Int32Array(memory.buffer);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(arithmeticModule(1)), { host: { memory } });

const HOSTS: readonly (readonly [string, Arithmetic64])[] = [
  ['WebAssembly', exports as unknown as Arithmetic64],
  ['JavaScript', arithmetic64(control)],
];

const word = (value: bigint): number => Number(BigInt.asIntN(32, value));
const EDGES = [0n, 1n, 2n, 7n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n];
const operand = fc.oneof(
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.constantFrom(...EDGES, ...EDGES.map(e => BigInt.asUintN(64, -e)), 2n ** 63n, 2n ** 63n - 1n),
  fc.bigInt(0n, 2n ** 56n),
);

describe.each(HOSTS)('64-bit arithmetic by %s', (_, host) => {
  test.each(OPERATORS)('%s agrees with the evaluator', operator => {
    fc.assert(
      fc.property(operand, operand, (a, b) => {
        const low = host[`${operator}64`](word(a), word(a >> 32n), word(b), word(b >> 32n)) >>> 0;
        const high = control[CONTROL.resultHi]! >>> 0;
        const expected = evaluate(binary(operator, A, B), { rs1: a, rs2: b, imm: 0n, pc: 0n });
        expect((BigInt(high) << 32n) | BigInt(low)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
