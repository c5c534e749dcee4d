// Punycode (RFC 3492), as Rust's v0 names hold identifiers that are not ASCII.

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const MOST_CHARACTERS = 128;

function digitOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 97;
  return code >= 48 && code <= 57 ? code - 48 + 26 : -1;
}

/** Section 6.1. */
function adapted(delta: number, count: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? DAMP : 2));
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}

/** Section 6.2, `basic` being what stands before the delimiter; undefined for what is no punycode. */
export function decodePunycode(basic: string, encoded: string): string | undefined {
  const out = [...basic];
  let [code, bias, i] = [128, 72, 0];
  for (let at = 0; at < encoded.length; ) {
    const before = i;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = at < encoded.length ? digitOf(encoded.charCodeAt(at++)) : -1;
      if (digit < 0) return undefined;
      i += digit * weight;
      const t = Math.min(Math.max(k - bias, T_MIN), T_MAX);
      if (digit < t) break;
      weight *= BASE - t;
      if (weight > 2 ** 32) return undefined;
    }
    const length = out.length + 1;
    bias = adapted(i - before, length, before === 0);
    code += Math.floor(i / length);
    i %= length;
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || length > MOST_CHARACTERS) return undefined;
    out.splice(i++, 0, String.fromCodePoint(code));
  }
  return out.join('');
}
