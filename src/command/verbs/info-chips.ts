// `jit-exec info --chips`: the tables of SP1's Supervisor machine, with what holds in each and what it tells others.

import { audit } from '../../../codegen/chips/audit.ts';
import type { Chip } from '../../../codegen/chips/chip.ts';
import { SP1_CHIPS } from '../../../codegen/chips/sp1/index.ts';
import { PRECOMPILE_CHIPS } from '../../../codegen/chips/sp1/precompiles/index.ts';
import { publicValuesChip } from '../../../codegen/chips/sp1/public-values.ts';
import { VERSION } from '../../version.ts';
import type { Arguments } from '../command.ts';
import { jsonLine, writeAll } from '../output.ts';

interface ChipInfo {
  readonly name: string;
  readonly kind: 'core' | 'precompile' | 'table' | 'public values';
  /** Preprocessed ones included, which come first. */
  readonly columns: readonly string[];
  readonly preprocessed: number;
  readonly constraints: number;
  readonly degree: number;
  readonly buses: Readonly<Record<string, { readonly sent: number; readonly received: number }>>;
}

export function infoChips(args: Arguments): number {
  const chips = [...SP1_CHIPS, publicValuesChip].map(infoOf);
  writeAll(1, args.json ? jsonLine({ schema: 1, version: VERSION, machine: 'sp1', chips }) : describe(chips));
  return 0;
}

function infoOf(chip: Chip): ChipInfo {
  const { constraints, constraintDegree, messages } = audit(chip);
  return {
    name: chip.name,
    kind: kindOf(chip),
    columns: chip.columns.map(({ name }) => name),
    preprocessed: chip.fixed,
    constraints,
    degree: constraintDegree,
    buses: Object.fromEntries(messages),
  };
}

function kindOf(chip: Chip): ChipInfo['kind'] {
  if (chip === publicValuesChip) return 'public values';
  if (chip.fixed > 0) return 'table';
  return PRECOMPILE_CHIPS.includes(chip) ? 'precompile' : 'core';
}

function describe(chips: readonly ChipInfo[]): string {
  const head = ['chip', 'kind', 'columns', 'constraints', 'degree', 'buses (sent/received)'];
  const rows = chips.map(({ name, kind, columns, preprocessed, constraints, degree, buses }) => [
    name,
    kind,
    preprocessed === 0 ? `${columns.length}` : `${columns.length} (${preprocessed} preprocessed)`,
    `${constraints}`,
    `${degree}`,
    Object.entries(buses)
      .map(([bus, { sent, received }]) => `${bus} ${sent}/${received}`)
      .join(', '),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)));
  const lines = [head, ...rows].map(row =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  // Tables are what their preprocessed columns say: nothing else holds in them.
  const open = chips.filter(({ kind, constraints }) => kind !== 'table' && constraints === 0).map(({ name }) => name);
  const note =
    open.length === 0 ? 'every chip but the tables has its constraints' : `without constraints yet: ${open.join(', ')}`;
  return `${[...lines, '', note].join('\n')}\n`;
}
