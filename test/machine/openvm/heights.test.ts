// Traces that are too high for any proof are refused by upstream's names, in `trace` as in the flow.

import { describe, expect, it } from 'vitest';
import { AIR_ID, AIRS } from '../../../src/machine/openvm/airs.ts';
import { checkHeights, heightConstraints } from '../../../src/machine/openvm/flow/heights.ts';
import { SegmentRecorder } from '../../../src/machine/openvm/pipeline/recorder.ts';
import { plan } from '../../../src/verbs/plan.ts';
import { TINY } from './programs.ts';
import { programOf } from './segments.ts';

describe('heights of a segment', () => {
  const high = (name: keyof typeof AIR_ID, rows: number) => (): void =>
    checkHeights([{ airId: AIR_ID[name], rows }], heightConstraints());

  it('are at most 2^26, and their messages fewer than the field has elements', () => {
    expect(high('BaseAlu', 2 ** 27)).toThrow(
      `TraceHeightsLimitExceeded { air_idx: ${AIR_ID.BaseAlu}, height: 134217728, max_height: 67108864 }`,
    );
    // 20 messages a row: 1.3 billion, the field has 2.0.
    expect(high('BaseAlu', 2 ** 26)).not.toThrow();
    const all = AIRS.map((_, airId) => ({ airId, rows: 2 ** 24 }));
    expect(() => checkHeights(all, heightConstraints())).toThrow(
      /LinearTraceHeightConstraintExceeded { constraint_idx: \d/,
    );
  });

  it('are looked at when a segment is recorded', () => {
    const tiny = TINY['tiny-loop'];
    const bytes = new Uint8Array(Buffer.from(tiny.elf_base64, 'base64'));
    const { segments } = plan(bytes);
    const record = (threshold: number): unknown =>
      new SegmentRecorder(programOf(tiny), { inputs: [], keyValues: [], stdout: () => undefined }, () => '', [
        { coefficients: AIRS.map(() => 1), threshold },
      ]).record(0, segments[0]!, {});
    expect(() => record(1000)).toThrow(
      /^LinearTraceHeightConstraintExceeded { constraint_idx: 0, value: \d+, threshold: 1000 }: segments must be shorter/,
    );
    expect(record(2 ** 31)).toHaveProperty('facts');
  });
});
