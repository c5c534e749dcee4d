// The rounds of Keccak-f[1600] (FIPS 202, 3.3) one by one, on 25 lanes of two words, low word first: what proofs' tables need.
// Lane x + 5 y.

const LANES = 25;
export const KECCAK_ROUNDS = 24;
const WORDS = 2 * LANES;

/** Round constants by the linear feedback shift register of FIPS 202, 3.2.5: bit 2^j - 1 of round i is rc(j + 7 i). */
export function keccakConstants(): BigUint64Array {
  const constants = new BigUint64Array(KECCAK_ROUNDS);
  let register = 1;
  for (let round = 0; round < KECCAK_ROUNDS; round++) {
    for (let j = 0; j <= 6; j++) {
      if (register & 1) constants[round]! |= 1n << BigInt(2 ** j - 1);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
  }
  return constants;
}

const CONSTANTS = new Int32Array(keccakConstants().buffer);

/** Steps ρ and π as one walk over lanes: each goes to the next place of the walk, rotated (FIPS 202, 3.2.2 and 3.2.3). */
const PLACES = new Int32Array(KECCAK_ROUNDS);
const ROTATIONS = new Int32Array(KECCAK_ROUNDS);
/** By how much ρ rotates lane x + 5 y. */
export const KECCAK_OFFSETS: Int32Array = new Int32Array(LANES);
for (let t = 0, x = 1, y = 0; t < KECCAK_ROUNDS; t++) {
  PLACES[t] = x + 5 * y;
  ROTATIONS[t] = (((t + 1) * (t + 2)) / 2) % 64;
  KECCAK_OFFSETS[PLACES[t]!] = ROTATIONS[t]!;
  [x, y] = [y, (2 * x + 3 * y) % 5];
}

const parity = new Int32Array(10);
const moved = new Int32Array(WORDS);

/** One round of the 50 words at `from`, to those at `to`, which may be the same. */
export function keccakRound(round: number, words: Int32Array, from: number, to: number): void {
  theta(words, from);
  moved[0] = words[from]! ^ parity[0]!;
  moved[1] = words[from + 1]! ^ parity[1]!;
  for (let t = 0; t < KECCAK_ROUNDS; t++) {
    const source = PLACES[t]!;
    const target = 2 * PLACES[(t + 1) % KECCAK_ROUNDS]!;
    const column = 2 * (source % 5);
    const low = words[from + 2 * source]! ^ parity[column]!;
    const high = words[from + 2 * source + 1]! ^ parity[column + 1]!;
    const by = ROTATIONS[t]! & 31;
    const isSwapped = ROTATIONS[t]! >= 32;
    const a = isSwapped ? high : low;
    const b = isSwapped ? low : high;
    moved[target] = by === 0 ? a : (a << by) | (b >>> (32 - by));
    moved[target + 1] = by === 0 ? b : (b << by) | (a >>> (32 - by));
  }
  for (let y = 0; y < WORDS; y += 10) {
    for (let x = 0; x < 10; x++) {
      words[to + y + x] = moved[y + x]! ^ (~moved[y + ((x + 2) % 10)]! & moved[y + ((x + 4) % 10)]!);
    }
  }
  words[to]! ^= CONSTANTS[2 * round]!;
  words[to + 1]! ^= CONSTANTS[2 * round + 1]!;
}

/** parity := what θ adds to the lanes of each column. */
function theta(words: Int32Array, from: number): void {
  for (let x = 0; x < 10; x++) {
    moved[x] =
      words[from + x]! ^ words[from + x + 10]! ^ words[from + x + 20]! ^ words[from + x + 30]! ^ words[from + x + 40]!;
  }
  for (let x = 0; x < 10; x += 2) {
    const [left, right] = [(x + 8) % 10, (x + 2) % 10];
    parity[x] = moved[left]! ^ ((moved[right]! << 1) | (moved[right + 1]! >>> 31));
    parity[x + 1] = moved[left + 1]! ^ ((moved[right + 1]! << 1) | (moved[right]! >>> 31));
  }
}

/** The states before each round. */
export function keccakRounds(input: BigUint64Array): BigUint64Array[] {
  const lanes = BigUint64Array.from(input);
  const words = new Int32Array(lanes.buffer);
  return Array.from({ length: KECCAK_ROUNDS }, (_, round) => {
    const before = lanes.slice();
    keccakRound(round, words, 0, 0);
    return before;
  });
}
