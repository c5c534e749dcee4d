// The chips of SP1's system calls with accelerators, in the order of SP1's machine.
// Reference: sp1:crates/core/machine/src/riscv/mod.rs, SP1 6.4.0.

import type { Chip } from '../../chip.ts';
import { edAddAssignChip, edDecompressChip } from './edwards.ts';
import { keccakPermuteChip, keccakPermuteControlChip } from './keccak.ts';
import { poseidon2Chip } from './poseidon2.ts';
import { shaCompressChip, shaCompressControlChip } from './sha-compress.ts';
import { shaExtendChip, shaExtendControlChip } from './sha-extend.ts';
import { fp2AddSubAssign, fp2MulAssign, fpOpAssign } from './tower.ts';
import { uint256MulModChip, uint256OpsChip } from './uint256.ts';
import { curveAdd, curveDoubling } from './weierstrass.ts';

export const PRECOMPILE_CHIPS: readonly Chip[] = [
  shaExtendChip,
  shaExtendControlChip,
  shaCompressChip,
  shaCompressControlChip,
  edAddAssignChip,
  edDecompressChip,
  curveAdd('Secp256k1'),
  curveDoubling('Secp256k1'),
  curveAdd('Secp256r1'),
  curveDoubling('Secp256r1'),
  keccakPermuteChip,
  keccakPermuteControlChip,
  curveAdd('Bn254'),
  curveDoubling('Bn254'),
  curveAdd('Bls12381'),
  curveDoubling('Bls12381'),
  uint256MulModChip,
  uint256OpsChip,
  fpOpAssign('Bls12381'),
  fp2MulAssign('Bls12381'),
  fp2AddSubAssign('Bls12381'),
  fpOpAssign('Bn254'),
  fp2MulAssign('Bn254'),
  fp2AddSubAssign('Bn254'),
  poseidon2Chip,
];
