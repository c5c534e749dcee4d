// What splicing must know of SP1's chips: their order, and which of them has a call's rows.
// Reference: sp1:crates/core/machine/src/riscv/mod.rs, SP1 6.4.0.

import { AREA } from '../../../../codegen/chips/sp1/area.ts';
import { CALL } from '../abi.ts';
import { PRECOMPILES } from '../syscalls/precompiles.ts';
import { SYSCALL_NAMES } from '../syscalls/syscalls.ts';

export type ChipName = keyof typeof AREA;

/** Chips of a Supervisor program in the order of SP1's machine. */
export const CHIP_NAMES = Object.keys(AREA) as readonly ChipName[];

/** Rows of the tables. */
export const BYTE_ROWS = 65_536;
export const RANGE_ROWS = 131_072;

export const ceil32 = (n: number): number => Math.ceil(n / 32) * 32;
export const trunc32 = (n: number): number => Math.floor(n / 32) * 32;

/** Rows of a chip with padding. */
export const paddedRows = (rows: number): number => Math.max(16, ceil32(rows));

const CHIP_OF_SYSCALL: Readonly<Record<string, ChipName>> = Object.fromEntries(
  (
    [
      ['ShaExtend', 'SHA_EXTEND'],
      ['ShaCompress', 'SHA_COMPRESS'],
      ['EdAddAssign', 'ED_ADD'],
      ['EdDecompress', 'ED_DECOMPRESS'],
      ['KeccakPermute', 'KECCAK_PERMUTE'],
      ['Secp256k1AddAssign', 'SECP256K1_ADD'],
      ['Secp256k1DoubleAssign', 'SECP256K1_DOUBLE'],
      ['Secp256r1AddAssign', 'SECP256R1_ADD'],
      ['Secp256r1DoubleAssign', 'SECP256R1_DOUBLE'],
      ['Bn254AddAssign', 'BN254_ADD'],
      ['Bn254DoubleAssign', 'BN254_DOUBLE'],
      ['Bls12381AddAssign', 'BLS12381_ADD'],
      ['Bls12381DoubleAssign', 'BLS12381_DOUBLE'],
      ['Uint256MulMod', 'UINT256_MUL'],
      ['Uint256Ops', 'UINT256_ADD_CARRY UINT256_MUL_CARRY'],
      ['Bls12381FpOpAssign', 'BLS12381_FP_ADD BLS12381_FP_SUB BLS12381_FP_MUL'],
      ['Bls12381Fp2AddSubAssign', 'BLS12381_FP2_ADD BLS12381_FP2_SUB'],
      ['Bls12381Fp2MulAssign', 'BLS12381_FP2_MUL'],
      ['Bn254FpOpAssign', 'BN254_FP_ADD BN254_FP_SUB BN254_FP_MUL'],
      ['Bn254Fp2AddSubAssign', 'BN254_FP2_ADD BN254_FP2_SUB'],
      ['Bn254Fp2MulAssign', 'BN254_FP2_MUL'],
      ['Poseidon2', 'POSEIDON2'],
    ] as const
  ).flatMap(([chip, names]) => names.split(' ').map(name => [name, chip] as const)),
);

const ROWS_PER_CALL: Partial<Record<ChipName, number>> = { ShaCompress: 80, ShaExtend: 48, KeccakPermute: 24 };

/** Calls whose rows SP1 keeps in the shard of the caller by default; others it sends to shards of their own. */
const RETAINED = /^(SHA_|POSEIDON2$|UINT256_(ADD|MUL)_CARRY$|(BLS12381|BN254)_FP_)/;

/** What splicing and records must know of a precompile. */
export interface CallShape {
  readonly name: string;
  readonly chip: ChipName;
  readonly rows: number;
  /** A chip with one row a call besides. */
  readonly control: ChipName | undefined;
  /** Its rows are in the shard of the caller; those of others in shards of their own. */
  readonly isRetained: boolean;
  /** The code under which its events are kept: sums, differences and products of a field together. */
  readonly filedUnder: number;
  /** Distinct doublewords that it accesses. */
  readonly touched: number;
}

function filedUnder(name: string, code: number): number {
  const family = /^(BLS12381|BN254)_(FP2_SUB|FP_SUB|FP_MUL)$/.exec(name);
  if (family === null) return code;
  const first = `${family[1]}_${family[2] === 'FP2_SUB' ? 'FP2' : 'FP'}_ADD`;
  return PRECOMPILES.find(p => p.name === first)!.code;
}

function touchedBy(code: number): number {
  if (code === CALL.shaExtend) return 64;
  const { accesses } = PRECOMPILES.find(p => p.code === code)!;
  const ranges = new Map(accesses.map(a => [`${a.pointer} ${a.offset}`, a.granules]));
  return [...ranges.values()].reduce((sum, n) => sum + n, 0);
}

function shapeOf(code: number): CallShape {
  const name = SYSCALL_NAMES.get(code)!;
  const chip = CHIP_OF_SYSCALL[name]!;
  const rows = ROWS_PER_CALL[chip] ?? 1;
  return {
    name,
    chip,
    rows,
    control: rows > 1 ? (`${chip}Control` as ChipName) : undefined,
    isRetained: RETAINED.test(name),
    filedUnder: filedUnder(name, code),
    touched: touchedBy(code),
  };
}

/** By code. */
export const CALL_SHAPES: ReadonlyMap<number, CallShape> = new Map(
  [CALL.shaExtend, ...PRECOMPILES.map(({ code }) => code)].map(code => [code, shapeOf(code)]),
);
