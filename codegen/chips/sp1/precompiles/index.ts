// The chips of SP1's system calls with accelerators, in the order of SP1's machine.
// Reference: sp1:crates/core/machine/src/riscv/mod.rs, SP1 6.4.0.

import type { Chip } from '../../chip.ts';
import { edAddAssign, edDecompress } from './edwards.ts';
import { keccakPermute, keccakPermuteControl } from './keccak.ts';
import { poseidon2 } from './poseidon2.ts';
import { shaCompress, shaCompressControl } from './sha-compress.ts';
import { shaExtend, shaExtendControl } from './sha-extend.ts';
import { fp2AddSubAssign, fp2MulAssign, fpOpAssign } from './tower.ts';
import { uint256MulMod, uint256Ops } from './uint256.ts';
import { curveAdd, curveDoubling } from './weierstrass.ts';

export const PRECOMPILE_CHIPS: readonly Chip[] = [
  shaExtend,
  shaExtendControl,
  shaCompress,
  shaCompressControl,
  edAddAssign,
  edDecompress,
  curveAdd('Secp256k1'),
  curveDoubling('Secp256k1'),
  curveAdd('Secp256r1'),
  curveDoubling('Secp256r1'),
  keccakPermute,
  keccakPermuteControl,
  curveAdd('Bn254'),
  curveDoubling('Bn254'),
  curveAdd('Bls12381'),
  curveDoubling('Bls12381'),
  uint256MulMod,
  uint256Ops,
  fpOpAssign('Bls12381'),
  fp2MulAssign('Bls12381'),
  fp2AddSubAssign('Bls12381'),
  fpOpAssign('Bn254'),
  fp2MulAssign('Bn254'),
  fp2AddSubAssign('Bn254'),
  poseidon2,
];
