// Which chips the calls of a code have rows in, and what makes their events.

import type { Chip } from '../../../../../codegen/chips/chip.ts';
import { PRECOMPILE_CHIPS } from '../../../../../codegen/chips/sp1/precompiles/index.ts';
import { assert } from '../../../../../runtime/errors.ts';
import { SHA_EXTEND } from '../../syscalls/precompiles.ts';
import { type Enricher, precompileNamed } from './enricher.ts';
import {
  curveAddEnricher,
  curveDoubleEnricher,
  edAddEnricher,
  edDecompressEnricher,
  fp2AddSubEnricher,
  fp2MulEnricher,
  fpOpEnricher,
} from './fields.ts';
import {
  keccakControlEnricher,
  keccakEnricher,
  poseidon2Enricher,
  shaCompressControlEnricher,
  shaCompressEnricher,
  shaExtendControlEnricher,
  shaExtendEnricher,
} from './hashes.ts';
import { uint256MulEnricher, uint256OpsEnricher } from './uint256.ts';

export type { PrecompileCall } from './call.ts';
export type { Enricher } from './enricher.ts';

function chipNamed(name: string): Chip {
  const chip = PRECOMPILE_CHIPS.find(one => one.name === name);
  assert(chip !== undefined, `records: no chip ${name}`);
  return chip;
}

const CURVES = ['Secp256k1', 'Secp256r1', 'Bn254', 'Bls12381'] as const;
const TOWERS = ['Bn254', 'Bls12381'] as const;

/** Enrichers are made when a code is first asked for: a program uses few of them. */
const MAKERS: ReadonlyMap<number, () => Enricher[]> = new Map([
  [SHA_EXTEND, () => [shaExtendEnricher(), shaExtendControlEnricher()]],
  of('SHA_COMPRESS', () => [shaCompressEnricher(), shaCompressControlEnricher()]),
  of('ED_ADD', () => [edAddEnricher()]),
  of('ED_DECOMPRESS', () => [edDecompressEnricher()]),
  of('KECCAK_PERMUTE', () => [keccakEnricher(), keccakControlEnricher()]),
  ...CURVES.flatMap(name => [
    of(`${name}_ADD`, () => [curveAddEnricher(chipNamed(`${name}AddAssign`), name)]),
    of(`${name}_DOUBLE`, () => [curveDoubleEnricher(chipNamed(`${name}DoubleAssign`), name)]),
  ]),
  of('UINT256_MUL', () => [uint256MulEnricher()]),
  of('UINT256_ADD_CARRY', () => [uint256OpsEnricher()]),
  of('UINT256_MUL_CARRY', () => [uint256OpsEnricher()]),
  ...TOWERS.flatMap(name => [
    ...['ADD', 'SUB', 'MUL'].map(op =>
      of(`${name}_FP_${op}`, () => [fpOpEnricher(chipNamed(`${name}FpOpAssign`), name)]),
    ),
    ...['ADD', 'SUB'].map(op =>
      of(`${name}_FP2_${op}`, () => [fp2AddSubEnricher(chipNamed(`${name}Fp2AddSubAssign`), name)]),
    ),
    of(`${name}_FP2_MUL`, () => [fp2MulEnricher(chipNamed(`${name}Fp2MulAssign`), name)]),
  ]),
  of('POSEIDON2', () => [poseidon2Enricher()]),
]);

function of(name: string, make: () => Enricher[]): readonly [number, () => Enricher[]] {
  return [precompileNamed(name.toUpperCase()).code, make];
}

const made = new Map<number, readonly Enricher[]>();

/** The enrichers of a code's calls: the chip of the work, then that of the call where there are two. */
export function enrichersOf(code: number): readonly Enricher[] {
  const before = made.get(code);
  if (before !== undefined) return before;
  const make = MAKERS.get(code);
  assert(make !== undefined, `records: no chip for the system call 0x${code.toString(16)}`);
  const enrichers = make();
  made.set(code, enrichers);
  return enrichers;
}
