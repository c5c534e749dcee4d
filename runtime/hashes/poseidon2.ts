// Poseidon2 over KoalaBear (p = 2^31 - 2^24 + 1), width 16, S-box x^3, 4 + 20 + 4 rounds: SP1's POSEIDON2 system call.
// Structure: https://eprint.iacr.org/2023/323. Round constants: slop-koala-bear 6.4.0 (RC16); internal diagonal:
// p3-koala-bear 0.4.3-succinct, whose matrix is (1 + diag) / 2^32 because it reduces in Montgomery form.
// Measured on Node 20: 5.1 µs.

const P = 0x7f000001;
const INVERSE_P = 1 / P;
export const POSEIDON2_WIDTH = 16;
export const POSEIDON2_HALF_EXTERNAL_ROUNDS = 4;
const WIDTH = POSEIDON2_WIDTH;
const HALF_EXTERNAL_ROUNDS = POSEIDON2_HALF_EXTERNAL_ROUNDS;

/** 8 rounds of 16: before and after the internal rounds. */
export const POSEIDON2_EXTERNAL: Int32Array = new Int32Array([
  0x7ee56a48, 0x11367045, 0x12e41941, 0x7ebbc12b, 0x1970b7d5, 0x662b60e8, 0x3e4990c6, 0x679f91f5, 0x350813bb,
  0x00874ad4, 0x28a0081a, 0x18fa5872, 0x5f25b071, 0x5e5d5998, 0x5e6fd3e7, 0x5b2e2660, 0x6f1837bf, 0x3fe6182b,
  0x1edd7ac5, 0x57470d00, 0x43d486d5, 0x1982c70f, 0x0ea53af9, 0x61d6165b, 0x51639c00, 0x2dec352c, 0x2950e531,
  0x2d2cb947, 0x08256cef, 0x1a0109f6, 0x1f51faf3, 0x5cef1c62, 0x3d65e50e, 0x33d91626, 0x133d5a1e, 0x0ff49b0d,
  0x38900cd1, 0x2c22cc3f, 0x28852bb2, 0x06c65a02, 0x7b2cf7bc, 0x68016e1a, 0x15e16bc0, 0x5248149a, 0x6dd212a0,
  0x18d6830a, 0x5001be82, 0x64dac34e, 0x5902b287, 0x426583a0, 0x0c921632, 0x3fe028a5, 0x245f8e49, 0x43bb297e,
  0x7873dbd9, 0x3cc987df, 0x286bb4ce, 0x640a8dcd, 0x512a8e36, 0x03a4cf55, 0x481837a2, 0x03d6da84, 0x73726ac7,
  0x760e7fdf, 0x43e7dc24, 0x259a5d61, 0x27e85a3b, 0x1b9133fa, 0x343e5628, 0x485cd4c2, 0x16e269f5, 0x165b60c6,
  0x25f683d9, 0x124f81f9, 0x174331f9, 0x77344dc5, 0x5a821dba, 0x5fc4177f, 0x54153bf5, 0x5e3f1194, 0x3bdbf191,
  0x088c84a3, 0x68256c9b, 0x3c90bbc6, 0x6846166a, 0x03f4238d, 0x463335fb, 0x5e3d3551, 0x6e59ae6f, 0x32d06cc0,
  0x596293f3, 0x6c87edb2, 0x08fc60b5, 0x34bcca80, 0x24f007f3, 0x62731c6f, 0x1e1db6c6, 0x0ca409bb, 0x585c1e78,
  0x56e94edc, 0x16d22734, 0x18e11467, 0x7b2c3730, 0x770075e4, 0x35d1b18c, 0x22be3db5, 0x4fb1fbb7, 0x477cb3ed,
  0x7d5311c6, 0x5b62ae7d, 0x559c5fa8, 0x77f15048, 0x3211570b, 0x490fef6a, 0x77ec311f, 0x2247171b, 0x4e0ac711,
  0x2edf69c9, 0x3b5a8850, 0x65809421, 0x5619b4aa, 0x362019a7, 0x6bf9d4ed, 0x5b413dff, 0x617e181e, 0x5e7ab57b,
  0x33ad7833, 0x3466c7ca,
]);

export const POSEIDON2_INTERNAL: Int32Array = new Int32Array([
  0x54dfeb5d, 0x7d40afd6, 0x722cb316, 0x106a4573, 0x45a7ccdb, 0x44061375, 0x154077a5, 0x45744faa, 0x4eb5e5ee,
  0x3794e83f, 0x47c7093c, 0x5694903c, 0x69cb6299, 0x373df84c, 0x46a0df58, 0x46b8758a, 0x3241ebcb, 0x0b09d233,
  0x1af42357, 0x1e66cec2,
]);

/** 2^-32 mod p. */
export const POSEIDON2_INVERSE_R = 0x3f010000;
/** Diagonal of the internal matrix less one everywhere: -2, then powers of two, all divided by 2^32. */
export const POSEIDON2_DIAGONAL: Int32Array = new Int32Array(
  [P - 2, ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15].map(k => 2 ** k)].map(d => mul(d, POSEIDON2_INVERSE_R)),
);

/** a b mod p for a, b in [0, p): the quotient in float64, the remainder modulo 2^32. */
function mul(a: number, b: number): number {
  const q = (a * b * INVERSE_P) | 0;
  const r = (Math.imul(a, b) - Math.imul(q, P)) | 0;
  return r < 0 ? r + P : r >= P ? r - P : r;
}

/** a mod p for a in [0, 2^40), where % would be a call. */
function reduce(a: number): number {
  const r = a - Math.floor(a * INVERSE_P) * P;
  return r < 0 ? r + P : r >= P ? r - P : r;
}

/** Permutes 16 words in place; a word at or above p counts modulo p. */
export function poseidon2Permute(x: Int32Array): void {
  for (let i = 0; i < WIDTH; i++) x[i] = reduce(x[i]! >>> 0);
  mixExternal(x);
  for (let round = 0; round < HALF_EXTERNAL_ROUNDS; round++) externalRound(x, round);
  for (let round = 0; round < POSEIDON2_INTERNAL.length; round++) internalRound(x, POSEIDON2_INTERNAL[round]!);
  for (let round = HALF_EXTERNAL_ROUNDS; round < 2 * HALF_EXTERNAL_ROUNDS; round++) externalRound(x, round);
}

function cube(a: number): number {
  return mul(mul(a, a), a);
}

function externalRound(x: Int32Array, round: number): void {
  for (let i = 0; i < WIDTH; i++) {
    const y = x[i]! + POSEIDON2_EXTERNAL[WIDTH * round + i]!;
    x[i] = cube(y >= P ? y - P : y);
  }
  mixExternal(x);
}

function internalRound(x: Int32Array, constant: number): void {
  const first = x[0]! + constant;
  x[0] = cube(first >= P ? first - P : first);
  let sum = 0;
  for (let i = 0; i < WIDTH; i++) sum += x[i]!;
  const scaled = mul(reduce(sum), POSEIDON2_INVERSE_R);
  for (let i = 0; i < WIDTH; i++) {
    const y = scaled + mul(x[i]!, POSEIDON2_DIAGONAL[i]!);
    x[i] = y >= P ? y - P : y;
  }
}

/** circ(2 M, M, M, M) with M = circ(2, 3, 1, 1). */
function mixExternal(x: Int32Array): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < WIDTH; i += 4) {
    const a = x[i]!;
    const b = x[i + 1]!;
    const c = x[i + 2]!;
    const d = x[i + 3]!;
    const all = a + b + c + d;
    s0 += all + a + 2 * b;
    s1 += all + b + 2 * c;
    s2 += all + c + 2 * d;
    s3 += all + d + 2 * a;
  }
  for (let i = 0; i < WIDTH; i += 4) {
    const a = x[i]!;
    const b = x[i + 1]!;
    const c = x[i + 2]!;
    const d = x[i + 3]!;
    const all = a + b + c + d;
    x[i] = reduce(all + a + 2 * b + s0);
    x[i + 1] = reduce(all + b + 2 * c + s1);
    x[i + 2] = reduce(all + c + 2 * d + s2);
    x[i + 3] = reduce(all + d + 2 * a + s3);
  }
}
