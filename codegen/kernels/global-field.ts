// Powers and roots of one number of KoalaBear in Montgomery's form, as functions on i32 below p in magnitude.

import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { op, valueType } from '../wasm/binary/instructions.ts';
import { inForm, type KoalaBearValues, koalaBearValues, ONE } from './koala-bear.ts';

/** p − 1 = 127 · 2^24. */
const ODD = 127;
const TWOS = 24;
/** 3 is no square: its 127th power has order 2^24. */
const NO_SQUARE = 3;

/** What `inverseRootFunction` reads: 1 / g^(2^i) from i = 0 on, for g = 3^127. */
export function rootConstants(): number[] {
  const third = koalaBear.inverse(NO_SQUARE);
  let generator = 1;
  for (let i = 0; i < ODD; i++) generator = koalaBear.mul(generator, third);
  return Array.from({ length: TWOS }, () => {
    const power = generator;
    generator = koalaBear.mul(generator, generator);
    return inForm(power);
  });
}

/** (a, exponent above 0): the power, in [0, p). */
export function powerFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = koalaBearValues(code);
  const [base, result] = [v.local(), v.local()];
  v.set(
    base,
    v.wide(() => code.localGet(0)),
  );
  v.set(result, v.constant(ONE));
  const again = code.loop();
  code.localGet(1);
  code.i32Const(1);
  code.op(op.i32And);
  code.if();
  v.set(result, v.reduced(v.mul(v.get(result), v.get(base))));
  code.end();
  v.set(base, v.reduced(v.mul(v.get(base), v.get(base))));
  code.localGet(1);
  code.i32Const(1);
  code.op(op.i32ShrU);
  code.localTee(1);
  code.brIf(again);
  code.end();
  v.narrow(v.canonical(v.get(result)))();
  return code;
}

/**
 * (n): 1 / √n of a square that is not 0. With v = n^63, t = n v² = n^127 has a power of two as its order: t = g^e, digit after
 * digit of e from below, then v / g^(e / 2).
 */
export function inverseRootFunction(power: number, constants: number): CodeWriter {
  const code = codeWriter(1);
  const v = koalaBearValues(code);
  const [root, rest, test] = [v.local(), v.local(), v.local()];
  const [digit, left] = [code.addLocal(valueType.i32), code.addLocal(valueType.i32)];
  code.localGet(0);
  code.i32Const((ODD - 1) / 2);
  code.call(power);
  code.op(op.i64ExtendI32S);
  code.localSet(root);
  const square = v.reduced(v.mul(v.get(root), v.get(root)));
  v.set(
    rest,
    v.reduced(
      v.mul(
        square,
        v.wide(() => code.localGet(0)),
      ),
    ),
  );
  code.i32Const(1);
  code.localSet(digit);
  const digits = code.loop();
  v.set(test, v.get(rest));
  code.i32Const(TWOS - 1);
  code.localGet(digit);
  code.op(op.i32Sub);
  code.localSet(left);
  squareTimes(code, v, test, left);
  v.ne(v.canonical(v.get(test)), v.constant(ONE))();
  code.if();
  const inverse = (offset: number) => (): void => {
    code.localGet(digit);
    code.i32Const(3);
    code.op(op.i32Shl);
    code.localSet(left);
    v.load(left, offset)();
  };
  v.set(rest, v.reduced(v.mul(v.get(rest), inverse(constants))));
  v.set(root, v.reduced(v.mul(v.get(root), inverse(constants - 8))));
  code.end();
  code.localGet(digit);
  code.i32Const(1);
  code.op(op.i32Add);
  code.localTee(digit);
  code.i32Const(TWOS);
  code.op(op.i32Ne);
  code.brIf(digits);
  code.end();
  v.narrow(v.get(root))();
  return code;
}

/** Squares a value as often as a counter says, which ends at 0. */
function squareTimes(code: CodeWriter, v: KoalaBearValues, value: number, left: number): void {
  const done = code.block();
  const squares = code.loop();
  code.localGet(left);
  code.op(op.i32Eqz);
  code.brIf(done);
  v.set(value, v.reduced(v.mul(v.get(value), v.get(value))));
  code.localGet(left);
  code.i32Const(1);
  code.op(op.i32Sub);
  code.localSet(left);
  code.br(squares);
  code.end();
  code.end();
}
