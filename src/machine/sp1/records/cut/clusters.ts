// Which sets of chips SP1 proves together, and so which chips a shard's proof has without rows.
// Reference: sp1:crates/core/machine/src/riscv/mod.rs (clusters), SP1 6.4.0.

import { CALL_SHAPES, CHIP_NAMES, type ChipName } from '../chips.ts';

const TABLES: readonly ChipName[] = ['Program', 'Byte', 'Range'];
const isBetween = (first: ChipName, last: ChipName): readonly ChipName[] =>
  CHIP_NAMES.slice(CHIP_NAMES.indexOf(first), CHIP_NAMES.indexOf(last) + 1);
const CORE: readonly ChipName[] = [
  ...TABLES,
  'SyscallCore',
  ...isBetween('DivRem', 'StateBump'),
  'MemoryLocal',
  'Global',
];
const MEMORY: readonly ChipName[] = ['MemoryGlobalInit', 'MemoryGlobalFinalize'];
const SHA: readonly ChipName[] = ['ShaExtend', 'ShaExtendControl', 'ShaCompress', 'ShaCompressControl'];
const EXTENSIONS: readonly (readonly ChipName[])[] = [
  MEMORY,
  ['Bls12381FpOpAssign'],
  ['Bn254FpOpAssign'],
  SHA,
  ['Uint256Ops'],
  ['Poseidon2'],
];

const CLUSTERS: readonly ReadonlySet<ChipName>[] = [
  CORE,
  ...EXTENSIONS.map(extension => [...CORE, ...extension]),
  [...CORE, ...EXTENSIONS.flat()],
  [...CORE, ...MEMORY, ...SHA, 'Uint256Ops' as const],
  [...TABLES, ...MEMORY, 'Global' as const],
  ...[...CALL_SHAPES.values()].map(({ chip, control }) => [
    ...TABLES,
    'SyscallPrecompile' as const,
    'MemoryLocal' as const,
    'Global' as const,
    chip,
    ...(control === undefined ? [] : [control]),
  ]),
].map(names => new Set(names));

/** Chips of the smallest set that has all of these, without them; by name. */
export function absentChips(names: readonly ChipName[]): readonly ChipName[] {
  const fitting = CLUSTERS.filter(cluster => names.every(name => cluster.has(name)));
  const smallest = fitting.reduce((best, one) => (one.size < best.size ? one : best), fitting[0]!);
  return [...(smallest ?? [])].filter(name => !names.includes(name)).sort();
}
