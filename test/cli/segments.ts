// Runs of `jit-exec trace` of guests of OpenVM against what OpenVM 1.4.0 made of them.

import { expect } from 'vitest';
import type { ReportedSegment } from '../../src/command/verbs/segments/report.ts';
import type { TinyProgram } from '../machine/openvm/programs.ts';

/** Options of a key such as `rows=600,check=100`; `ctxrows` is upstream's way to check more often as well. */
export function limitOptions(key: string): string[] {
  if (key === 'default') return [];
  return key.split(',').flatMap(part => {
    const [name, value] = part.split('=') as [string, string];
    if (name === 'check') return ['--check-every', value];
    if (name !== 'ctxrows') return [`--max-${name}`, value];
    return ['--max-rows', value, '--check-every', String(Math.min(1000, Number(value) >> 1))];
  });
}

export const inputOptions = ({ input }: Pick<TinyProgram, 'input'>): string[] =>
  input.flatMap(({ hex }) => ['--input-hex', hex]);

/** What the data tells of a segment, as we report it. */
type Told = TinyProgram['traces'][string]['segments'][number];

/** Compares everything that the data has. */
export function expectUpstream(segments: readonly ReportedSegment[], upstream: readonly Told[]): void {
  expect(segments.map(({ instretStart, instructions }) => [instretStart, instructions])).toEqual(
    upstream.map(({ instret_start, num_insns }) => [instret_start, num_insns]),
  );
  for (const [i, expected] of upstream.entries()) {
    const { airs, accessRecords, ...found } = segments[i]!;
    expect(found).toMatchObject({
      pcStart: `0x${expected.from_pc.toString(16)}`,
      pcEnd: `0x${expected.to_pc.toString(16)}`,
      finalTimestamp: expected.final_timestamp,
      exitCode: expected.exit_code,
      touched: expected.touched_count,
    });
    expect(accessRecords).toEqual({
      bytes: expected.adapter_record_bytes,
      sha256: expected.adapter_records_sha256,
    });
    const told = airs!.map(air => [air.name, air.rows, air.publicValues, air.rowsSortedSha256 ?? air.sha256!.main]);
    expect(told).toEqual(
      expected.airs.map(air => [
        ...[air.name, air.height, air.public_values ?? []],
        air.sha256_rows_sorted ?? air.sha256,
      ]),
    );
    const cached = airs!.flatMap(({ sha256 }) => sha256!.cached ?? []);
    expect(cached).toEqual(expected.airs.flatMap(air => (air.cached ?? []).map(({ sha256 }) => sha256)));
  }
}
