// Points of secp256k1 from WebAssembly where the host has it; the other curves, and what that module leaves to others,
// from JavaScript.

import { CURVE_LAST, CURVE_P, CURVE_Q, secp256k1Module } from '../../../codegen/wasm/secp256k1.ts';
import {
  addPoints as addInJavaScript,
  doublePoint as doubleInJavaScript,
  secp256k1,
  type WeierstrassCurve,
} from '../../../runtime/precompiles/weierstrass.ts';

export interface CurveFunctions {
  /** p := p + q. Returns why there is no sum, or undefined. */
  readonly addPoints: typeof addInJavaScript;
  /** p := 2 p. Returns why there is no double, or undefined. */
  readonly doublePoint: typeof doubleInJavaScript;
}

export const curvesInJavaScript: CurveFunctions = { addPoints: addInJavaScript, doublePoint: doubleInJavaScript };

let chosen: CurveFunctions | undefined;

export function addPoints(c: WeierstrassCurve, p: Int32Array, q: Int32Array): string | undefined {
  if (c !== secp256k1) return addInJavaScript(c, p, q);
  chosen ??= curvesInWebAssembly() ?? curvesInJavaScript;
  return chosen.addPoints(c, p, q);
}

export function doublePoint(c: WeierstrassCurve, p: Int32Array): string | undefined {
  if (c !== secp256k1) return doubleInJavaScript(c, p);
  chosen ??= curvesInWebAssembly() ?? curvesInJavaScript;
  return chosen.doublePoint(c, p);
}

/** Of secp256k1 only. Undefined where the host has no WebAssembly or forbids it. */
export function curvesInWebAssembly(): CurveFunctions | undefined {
  const bytes = secp256k1Module();
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const { buffer } = exports.memory as WebAssembly.Memory;
    const at = (offset: number): Int32Array => new Int32Array(buffer, offset, 16);
    const [left, right, last] = [at(CURVE_P), at(CURVE_Q), at(CURVE_LAST)];
    last.fill(-1);
    const add = exports.add as () => number;
    const double = exports.double as () => number;
    return {
      addPoints: (c, p, q) => {
        for (let i = 0; i < 16; i++) {
          left[i] = p[i]!;
          right[i] = q[i]!;
        }
        if (add() === 0) return addInJavaScript(c, p, q);
        for (let i = 0; i < 16; i++) p[i] = last[i]!;
        return undefined;
      },
      doublePoint: (c, p) => {
        for (let i = 0; i < 16; i++) left[i] = p[i]!;
        if (double() === 0) return doubleInJavaScript(c, p);
        for (let i = 0; i < 16; i++) p[i] = last[i]!;
        return undefined;
      },
    };
  } catch {
    return undefined;
  }
}
