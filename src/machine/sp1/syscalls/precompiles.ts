// SP1's precompiles: for each code its memory traffic in the order of the trace, its argument checks, and its function
// (spec/sp1/syscalls.md, section 2). The traffic is data, so that execution and replay read the same rows.

import * as ed25519 from '../../../../runtime/curves/ed25519.ts';
import * as fp from '../../../../runtime/curves/tower.ts';
import * as uint256 from '../../../../runtime/curves/uint256.ts';
import * as curves from '../../../../runtime/curves/weierstrass.ts';
import { poseidon2Permute } from '../../../../runtime/hashes/poseidon2.ts';
import { scheduleWord, sha256Compress } from '../../../../runtime/hashes/sha256.ts';
import { CALL } from '../abi.ts';
import { PERMISSION } from '../user/page-permissions.ts';
import { curveFunctions } from './curves.ts';
import { fastKeccakPermute } from './keccak.ts';
import {
  type ArgumentIndex,
  fault,
  type PageHost,
  refuseArgument,
  type SyscallHost,
  type SyscallOutcome,
} from './syscall-host.ts';

const { read: READ, write: WRITE } = PERMISSION;

/** Operands are buffers of two words a doubleword, one for each number that `Traffic.operand` takes. */
type Compute = (operands: readonly Int32Array[], a1: number) => string | undefined;

export interface Traffic {
  /** `unsafe`: traced but not stamped. */
  readonly kind: 'unsafe' | 'read' | 'write';
  /** The argument that holds the address. */
  readonly pointer: ArgumentIndex;
  /** Bytes added to the address. */
  readonly offset: number;
  readonly granules: number;
  /** The stamp is C + phase. */
  readonly phase: number;
  /** Which operand is filled or written back. */
  readonly operand: number;
}

export interface Precompile {
  readonly code: number;
  readonly name: string;
  readonly accesses: readonly Traffic[];
  /** What a1 must be where it is no pointer. */
  readonly a1?: 'zero' | 'bit';
  readonly compute: Compute;
}

const unsafe = (pointer: ArgumentIndex, granules: number, operand: number): Traffic => ({
  kind: 'unsafe',
  pointer,
  offset: 0,
  granules,
  phase: 0,
  operand,
});
const read = (pointer: ArgumentIndex, granules: number, phase: number, operand: number, offset = 0): Traffic => ({
  kind: 'read',
  pointer,
  offset,
  granules,
  phase,
  operand,
});
const write = (pointer: ArgumentIndex, granules: number, phase: number, operand: number): Traffic => ({
  kind: 'write',
  pointer,
  offset: 0,
  granules,
  phase,
  operand,
});

/** x (a0) := x op y (a1). */
const assign = (n: number, yGranules: number = n): Traffic[] => [
  unsafe(0, n, 0),
  read(1, yGranules, 0, 1),
  write(0, n, 1, 0),
];
const inPlace = (n: number): Traffic[] => [unsafe(0, n, 0), write(0, n, 0, 0)];

const row = (code: number, name: string, accesses: Traffic[], compute: Compute, a1?: 'zero' | 'bit'): Precompile =>
  a1 === undefined ? { code, name, accesses, compute } : { code, name, accesses, compute, a1 };

const curveRows = (name: string, add: number, double: number, n: number, c: curves.WeierstrassCurve): Precompile[] => {
  const functions = curveFunctions(c);
  return [
    row(add, `${name}_ADD`, assign(n), o => functions.add(o[0]!, o[1]!)),
    row(double, `${name}_DOUBLE`, inPlace(n), o => functions.double(o[0]!)),
  ];
};

/** Codes follow each other: ADD, SUB, MUL. */
const fieldRows = (name: string, base: number, base2: number, n: number, t: fp.TowerField): Precompile[] => [
  row(base, `${name}_FP_ADD`, assign(n), o => void fp.fpAdd(t, o[0]!, o[1]!)),
  row(base + 1, `${name}_FP_SUB`, assign(n), o => void fp.fpSub(t, o[0]!, o[1]!)),
  row(base + 2, `${name}_FP_MUL`, assign(n), o => void fp.fpMul(t, o[0]!, o[1]!)),
  row(base2, `${name}_FP2_ADD`, assign(2 * n), o => void fp.fp2Add(t, o[0]!, o[1]!)),
  row(base2 + 1, `${name}_FP2_SUB`, assign(2 * n), o => fp.fp2Sub(t, o[0]!, o[1]!)),
  row(base2 + 2, `${name}_FP2_MUL`, assign(2 * n), o => void fp.fp2Mul(t, o[0]!, o[1]!)),
];

const CARRY: Traffic[] = [read(0, 4, 0, 0), read(1, 4, 1, 1), read(2, 4, 2, 2), write(3, 4, 3, 3), write(4, 4, 4, 4)];

const schedule = new Int32Array(64);
const hash = new Int32Array(8);

/** SHA-256 keeps 32-bit words in 8-byte slots: upper halves are ignored when read and zero when written. */
function compressSlots([h, w]: readonly Int32Array[]): undefined {
  for (let i = 0; i < 64; i++) schedule[i] = w![2 * i]!;
  for (let i = 0; i < 8; i++) hash[i] = h![2 * i]!;
  sha256Compress(hash, schedule);
  for (let i = 0; i < 8; i++) {
    h![2 * i] = hash[i]!;
    h![2 * i + 1] = 0;
  }
}

function decompress([y, x]: readonly Int32Array[], sign: number): string | undefined {
  return ed25519.edwardsDecompress(y!, sign, x!) ? undefined : 'there is no point with this y';
}

/** SHA_EXTEND, which interleaves its reads and writes, is `shaExtend` instead of a row. */
export const PRECOMPILES: readonly Precompile[] = [
  row(0x00010106, 'SHA_COMPRESS', [read(1, 8, 0, 0), read(0, 64, 1, 1), write(1, 8, 2, 0)], compressSlots),
  row(0x00010107, 'ED_ADD', assign(8), o => void ed25519.edwardsAdd(o[0]!, o[1]!)),
  row(0x00000108, 'ED_DECOMPRESS', [read(0, 4, 0, 0, 32), write(0, 4, 1, 1)], decompress, 'bit'),
  row(
    0x00010109,
    'KECCAK_PERMUTE',
    [read(0, 25, 0, 0), write(0, 25, 1, 0)],
    o => void fastKeccakPermute(o[0]!),
    'zero',
  ),
  ...curveRows('SECP256K1', 0x0001010a, 0x0000010b, 8, curves.secp256k1),
  ...curveRows('SECP256R1', 0x0001012c, 0x0000012d, 8, curves.secp256r1),
  ...curveRows('BN254', 0x0001010e, 0x0000010f, 8, curves.bn254),
  ...curveRows('BLS12381', 0x0001011e, 0x0000011f, 12, curves.bls12381),
  row(0x0001011d, 'UINT256_MUL', assign(4, 8), o => void uint256.mulMod(o[0]!, o[1]!)),
  row(CALL.uint256AddCarry, 'UINT256_ADD_CARRY', CARRY, o => void uint256.addCarry(o[0]!, o[1]!, o[2]!, o[3]!, o[4]!)),
  row(CALL.uint256MulCarry, 'UINT256_MUL_CARRY', CARRY, o => void uint256.mulCarry(o[0]!, o[1]!, o[2]!, o[3]!, o[4]!)),
  ...fieldRows('BLS12381', 0x00010120, 0x00010123, 6, fp.bls12381Tower),
  ...fieldRows('BN254', 0x00010126, 0x00010129, 4, fp.bn254Tower),
  row(0x00000133, 'POSEIDON2', inPlace(8), o => void poseidon2Permute(o[0]!), 'zero'),
];

/** A function that runs the row on a host: checks, reads, computes, writes. */
export function precompileRunner(p: Precompile): (host: SyscallHost) => SyscallOutcome {
  const done: SyscallOutcome = { kind: 'value', t0: BigInt(p.code) };
  const { accesses, compute, name } = p;
  const operands = buffersFor(accesses);
  const pointers = [0, 0, 0, 0, 0];
  const extents = [0, 0, 0, 0, 0];
  for (const a of accesses) extents[a.pointer] = Math.max(extents[a.pointer]!, a.offset + 8 * a.granules);
  return host => {
    for (let i: ArgumentIndex = 0; i < 5; i = (i + 1) as ArgumentIndex) {
      if (extents[i] === 0) continue;
      const refused = refuseArgument(host, name, i, extents[i]!);
      if (refused !== undefined) return refused;
      pointers[i] = host.address(i);
    }
    let a1 = 0;
    if (p.a1 !== undefined) {
      const given = host.arg(1);
      if (given > (p.a1 === 'bit' ? 1n : 0n)) return fault(`${name}: a1 is ${given}, expected ${EXPECTED_A1[p.a1]}`);
      a1 = Number(given);
    }
    if (host.pages !== undefined) {
      const code = checkAccesses(host.pages, accesses, pointers);
      if (code !== 0) return { kind: 'trap', code };
    }
    let computed = false;
    for (const { kind, pointer, offset, granules, phase, operand } of accesses) {
      const address = pointers[pointer]! + offset;
      if (kind === 'unsafe') host.readUnsafe(address, granules, operands[operand]!);
      else if (kind === 'read') host.read(address, granules, phase, operands[operand]!);
      else {
        if (!computed) {
          const refusal = compute(operands, a1);
          if (refusal !== undefined) return fault(`${name}: ${refusal}`);
          computed = true;
        }
        host.write(address, granules, phase, operands[operand]!);
      }
    }
    return done;
  };
}

/** All checks come before all traffic, in its order; what is read unsafely is checked as part of its write. */
function checkAccesses(pages: PageHost, accesses: readonly Traffic[], pointers: readonly number[]): number {
  for (const { kind, pointer, offset, granules, phase, operand } of accesses) {
    if (kind === 'unsafe') continue;
    const isUpdate = kind === 'write' && accesses.some(a => a.kind === 'unsafe' && a.operand === operand);
    const need = kind === 'read' ? READ : isUpdate ? READ | WRITE : WRITE;
    const code = pages.check(pointers[pointer]! + offset, granules, need, phase);
    if (code !== 0) return code;
  }
  return 0;
}

const EXPECTED_A1 = { zero: '0', bit: '0 or 1' } as const;

function buffersFor(accesses: readonly Traffic[]): Int32Array[] {
  const buffers: Int32Array[] = [];
  for (const { operand, granules } of accesses) buffers[operand] ??= new Int32Array(2 * granules);
  return buffers;
}

const EXTENDED: SyscallOutcome = { kind: 'value', t0: BigInt(CALL.shaExtend) };
const pair = new Int32Array(2);

/** For i = 16..63: reads w[i - 15], w[i - 2], w[i - 16], w[i - 7] and writes w[i], all at phase i - 15. */
export function shaExtend(host: SyscallHost): SyscallOutcome {
  const refused = refuseArgument(host, 'SHA_EXTEND', 0, 8 * 64);
  if (refused !== undefined) return refused;
  if (host.address(1) !== 0) return fault(`SHA_EXTEND: a1 is ${host.arg(1)}, expected 0`);
  const w = host.address(0);
  if (host.pages !== undefined) {
    const code = host.pages.check(w, 16, READ, 0) || host.pages.check(w + 8 * 16, 48, READ | WRITE, 1);
    if (code !== 0) return { kind: 'trap', code };
  }
  for (let i = 16; i < 64; i++) {
    const phase = i - 15;
    host.read(w + 8 * (i - 15), 1, phase, pair);
    const w15 = pair[0]!;
    host.read(w + 8 * (i - 2), 1, phase, pair);
    const w2 = pair[0]!;
    host.read(w + 8 * (i - 16), 1, phase, pair);
    const w16 = pair[0]!;
    host.read(w + 8 * (i - 7), 1, phase, pair);
    pair[0] = scheduleWord(w2, pair[0]!, w15, w16);
    pair[1] = 0;
    host.write(w + 8 * i, 1, phase, pair);
  }
  return EXTENDED;
}
