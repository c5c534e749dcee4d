// Points of secp256k1 from WebAssembly where the host has it; the other curves, and what that module refuses, from
// JavaScript.

import {
  CURVE_KNOWN,
  CURVE_P,
  CURVE_Q,
  CURVE_RESULT,
  KNOWN_POINTS,
  secp256k1Module,
} from '../../../codegen/wasm/secp256k1.ts';
import {
  addPoints as addInJavaScript,
  doublePoint as doubleInJavaScript,
  secp256k1,
  type WeierstrassCurve,
} from '../../../runtime/precompiles/weierstrass.ts';

export interface CurveFunctions {
  readonly addPoints: typeof addInJavaScript;
  readonly doublePoint: typeof doubleInJavaScript;
}

export const curvesInJavaScript: CurveFunctions = { addPoints: addInJavaScript, doublePoint: doubleInJavaScript };

let chosen: CurveFunctions | undefined;

/** p := p + q. Returns why there is no sum, or undefined. */
export function addPoints(c: WeierstrassCurve, p: Int32Array, q: Int32Array): string | undefined {
  return functionsOf(c).addPoints(c, p, q);
}

/** p := 2 p. Returns why there is no double, or undefined. */
export function doublePoint(c: WeierstrassCurve, p: Int32Array): string | undefined {
  return functionsOf(c).doublePoint(c, p);
}

function functionsOf(c: WeierstrassCurve): CurveFunctions {
  if (c !== secp256k1) return curvesInJavaScript;
  // Not kept for many calls: in a cold process (Node 20) the module is there after 11 ms, 200 calls in JavaScript take 31.
  chosen ??= curvesInWebAssembly() ?? curvesInJavaScript;
  return chosen;
}

/** Of secp256k1 only. Undefined where the host has no WebAssembly or forbids it. */
export function curvesInWebAssembly(): CurveFunctions | undefined {
  const bytes = secp256k1Module();
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const { buffer } = exports.memory as WebAssembly.Memory;
    const points = (offset: number, count = 1): Int32Array => new Int32Array(buffer, offset, 16 * count);
    const [left, right, result] = [points(CURVE_P), points(CURVE_Q), points(CURVE_RESULT)];
    points(CURVE_KNOWN, KNOWN_POINTS).fill(-1);
    const add = exports.add as () => number;
    const double = exports.double as () => number;
    return {
      addPoints: (c, p, q) => {
        left.set(p);
        right.set(q);
        if (add() === 0) return addInJavaScript(c, p, q);
        p.set(result);
        return undefined;
      },
      doublePoint: (c, p) => {
        left.set(p);
        if (double() === 0) return doubleInJavaScript(c, p);
        p.set(result);
        return undefined;
      },
    };
  } catch {
    return undefined;
  }
}
