// The columns that all shards of a program share, as a check keeps them.

import type { Program } from '../../../../codegen/program/program.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { preprocessedColumns } from '../pipeline/preprocessed.ts';

/** By chip. */
export function keptPreprocessed(program: Program): ReadonlyMap<string, Columns> {
  const kept = new Map<string, Columns>();
  // Each is valid until the next.
  for (const columns of preprocessedColumns(program))
    kept.set(columns.name, { ...columns, data: columns.data.slice() });
  return kept;
}
