// node bench/sp1-guests/build.mjs [--record] [name…]: rebuilds the guests of bench:trace, and records what must come of
// them. Kernels print what QEMU's user mode says that the RV64 build of the same source prints; what `block` commits is
// restated here over OpenSSL's hashes and secp256k1.
import { spawnSync } from 'node:child_process';
import { createECDH, createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { main } from '../../examples/guests/toolchain.mjs';

const underQemu = (name, arg) => {
  const elf = fileURLToPath(new URL(`../guests/bin/${name}.rv64.elf`, import.meta.url));
  const { status, stdout, error } = spawnSync('qemu-riscv64', [elf, arg]);
  if (error) throw error;
  return { inputs: [Buffer.from(arg)], stdout, publicValues: Buffer.alloc(0), exit: status };
};

/**
 * Pairs of runs, of n and 3 n passes each, so that the difference is without warm-up: for tests of the harness, for the
 * interpreter, for JavaScript and for WebAssembly. Runs of compiled code are from 100 M instructions up, more where they are
 * fast: the difference must be large against what warm-up varies by.
 */
const kernel = (name, passes) => ({
  name,
  targets: ['sp1'],
  lib: ['lib.c'],
  get runs() {
    return passes.flatMap(n => [n, 3 * n]).map(n => underQemu(name, String(n)));
  },
});

const MASK = (1n << 64n) - 1n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const BN254 = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

const littleEndian = bytes => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const bytesOf = (value, length) => Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex').reverse();
const modulo = (value, modulus) => ((value % modulus) + modulus) % modulus;

function power(base, exponent, modulus) {
  let [result, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** x of k G on BN254, y^2 = x^3 + 3, G = (1, 2). */
function bn254Multiple(k) {
  const divide = (a, b) => a * power(modulo(b, BN254), BN254 - 2n, BN254);
  const add = ([x1, y1], [x2, y2]) => {
    const slope = x1 === x2 ? divide(3n * x1 * x1, 2n * y1) : divide(y2 - y1, x2 - x1);
    const x = modulo(slope * slope - x1 - x2, BN254);
    return [x, modulo(slope * (x1 - x) - y1, BN254)];
  };
  const base = [1n, 2n];
  let point = base;
  for (const bit of k.toString(2).slice(1)) {
    point = add(point, point);
    if (bit === '1') point = add(point, base);
  }
  return point[0];
}

/** x of k G on secp256k1. */
function secp256k1Multiple(k) {
  const ecdh = createECDH('secp256k1');
  ecdh.setPrivateKey(bytesOf(k, 32).reverse());
  return littleEndian(ecdh.getPublicKey().subarray(1, 33).reverse());
}

/** What src/sp1/block.c commits after so many transactions. */
function block(transactions) {
  const balance = new BigUint64Array(65536);
  let before = Buffer.alloc(8192);
  let chain = Buffer.alloc(32);
  let product = 3n;
  let x = 2463534242;
  for (let transaction = 0; transaction < transactions; transaction++) {
    const keys = Uint32Array.from({ length: 2048 }, () => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x;
    });
    for (const key of keys) balance[key % 65536] += BigInt(key);
    const sorted = Buffer.from(keys.sort().buffer);
    const payload = Buffer.from(sorted.map((byte, i) => ((i >> 3) % 2 === 0 ? byte ^ before[i] : byte)));
    before = sorted;
    const digest = createHash('sha3-256').update(payload).digest();
    const h = littleEndian(digest);
    const p = secp256k1Multiple((h & ((1n << 128n) - 1n)) | (1n << 127n));
    const q = bn254Multiple(((h >> 128n) & MASK) | (1n << 63n));
    product = (product * power(h, 64n, ORDER)) % ORDER;
    const links = [chain, digest, bytesOf(p, 32), bytesOf(q, 32)];
    chain = createHash('sha256').update(Buffer.concat(links)).digest();
  }
  const sum = balance.reduce((total, one) => (total * 31n + one) & MASK, 0n);
  const n = bytesOf(BigInt(transactions), 8);
  const publicValues = Buffer.concat([n, chain, bytesOf(product, 32), bytesOf(sum, 8)]);
  return { inputs: [n], publicValues, exit: 0 };
}

const guests = [
  kernel('sha256', [1, 4, 48, 64]),
  kernel('keccak', [10, 2200, 27000, 36000]),
  kernel('qsort', [1, 1, 1, 1]),
  kernel('mont', [10, 110, 450, 900]),
  kernel('bcinterp', [1, 2, 8, 16]),
  kernel('calls', [2, 2, 10, 20]),
  kernel('huffman', [1, 2, 6, 12]),
  kernel('regex', [1, 5, 20, 40]),
  {
    name: 'block',
    targets: ['sp1'],
    get runs() {
      return [1, 352].map(block);
    },
  },
];

main(fileURLToPath(new URL('.', import.meta.url)), guests);
