// What makes events of precompile calls: a function of the call alone.

import type { Chip } from '../../../../../codegen/chips/chip.ts';
import type { Struct } from '../../../../../runtime/curves/field-program.ts';
import { assert } from '../../../../../runtime/errors.ts';
import { PRECOMPILES, type Precompile } from '../../syscalls/precompiles.ts';
import { type EntryCopier, entryCopier, type GranuleFields, offsetOf, type PrecompileCall, putU64 } from './call.ts';

export interface Enricher {
  readonly chip: Chip;
  /** Of a call. */
  readonly rows: number;
  /**
   * Writes the events of a call from `at` bytes on, one after the other. Gives why the call has no rows that keep the
   * chip's constraints, or undefined.
   */
  enrich(call: PrecompileCall, struct: Struct, at: number): string | undefined;
}

export function precompileNamed(name: string): Precompile {
  const found = PRECOMPILES.find(one => one.name === name);
  assert(found !== undefined, `records: no precompile ${name}`);
  return found;
}

/** The fields of a call's only event that are no result: clock, pointers and entries. */
export function callCopier(
  chip: Chip,
  { accesses }: Precompile,
  pointers: readonly string[],
  fields: readonly (readonly GranuleFields[])[],
): EntryCopier {
  const clk = offsetOf(chip.event, 'clk');
  const places = pointers.map(name => offsetOf(chip.event, name));
  const copy = entryCopier(chip.event, accesses, fields);
  return (call, struct, at) => {
    putU64(struct, at + clk, call.clk);
    for (const [i, place] of places.entries()) putU64(struct, at + place, call.args[i]!);
    copy(call, struct, at);
  };
}
