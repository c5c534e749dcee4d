// Addition and doubling of points of two coordinates of 256 bits from WebAssembly where the host has it; larger curves,
// and what the modules refuse, from JavaScript.

import { CURVE_P, CURVE_Q, CURVE_RESULT, POINT } from '../../../../codegen/kernels/curves/curve256.ts';
import { CURVE_KNOWN, KNOWN_POINTS, secp256k1Module } from '../../../../codegen/kernels/curves/secp256k1.ts';
import { weierstrassModule } from '../../../../codegen/kernels/curves/weierstrass256.ts';
import { addPoints, doublePoint, secp256k1, type WeierstrassCurve } from '../../../../runtime/curves/weierstrass.ts';

export interface CurveFunctions {
  /** p := p + q. Returns why there is no sum, or undefined. */
  add(p: Int32Array, q: Int32Array): string | undefined;
  /** p := 2 p. Returns why there is no double, or undefined. */
  double(p: Int32Array): string | undefined;
}

/**
 * The functions of a curve; their implementation is chosen at the first call. The module does not wait for many calls: in
 * a cold process (Node 20) it is there after 11 ms, and 200 calls in JavaScript take 31.
 */
export function curveFunctions(c: WeierstrassCurve): CurveFunctions {
  let chosen: CurveFunctions | undefined;
  const choose = (): CurveFunctions => {
    chosen ??= curveInWebAssembly(c) ?? curveInJavaScript(c);
    return chosen;
  };
  return { add: (p, q) => choose().add(p, q), double: p => choose().double(p) };
}

export function curveInJavaScript(c: WeierstrassCurve): CurveFunctions {
  return { add: (p, q) => addPoints(c, p, q), double: p => doublePoint(c, p) };
}

/** Undefined for coordinates of another size, and where the host has no WebAssembly or forbids it. */
export function curveInWebAssembly(c: WeierstrassCurve): CurveFunctions | undefined {
  if (c.field.words !== 8) return undefined;
  const bytes = c === secp256k1 ? secp256k1Module() : weierstrassModule({ p: c.field.modulus, a: c.a });
  const exports = exportsOf(bytes);
  if (exports === undefined) return undefined;
  const { buffer } = exports.memory as WebAssembly.Memory;
  const points = (offset: number, count = 1): Int32Array => new Int32Array(buffer, offset, (POINT / 4) * count);
  const [left, right, result] = [points(CURVE_P), points(CURVE_Q), points(CURVE_RESULT)];
  if (c === secp256k1) points(CURVE_KNOWN, KNOWN_POINTS).fill(-1);
  const add = exports.add as () => number;
  const double = exports.double as () => number;
  return {
    add: (p, q) => {
      left.set(p);
      right.set(q);
      if (add() === 0) return addPoints(c, p, q);
      p.set(result);
      return undefined;
    },
    double: p => {
      left.set(p);
      if (double() === 0) return doublePoint(c, p);
      p.set(result);
      return undefined;
    },
  };
}

function exportsOf(module: Uint8Array<ArrayBuffer>): WebAssembly.Instance['exports'] | undefined {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(module)).exports;
  } catch {
    return undefined;
  }
}
