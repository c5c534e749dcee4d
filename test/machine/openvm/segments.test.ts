// A run is cut into segments as OpenVM 1.4.0's metered mode cuts it, at the same instructions and with the same heights.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AIRS } from '../../../src/machine/openvm/airs.ts';
import { heightConstraints } from '../../../src/machine/openvm/flow/heights.ts';
import { TouchedPages } from '../../../src/machine/openvm/metering/pages.ts';
import { type OpenVmVersion, SEGMENT_RULES } from '../../../src/machine/openvm/metering/rules.ts';
import { readVerifyingKey } from '../../../src/proof/stark/key-json.ts';
import { type Engine, guestOf } from '../../../src/verbs/execute.ts';
import { type PlanOptions, type PlanResult, plan } from '../../../src/verbs/plan.ts';
import { countedSegments } from './counting-meter.ts';
import { asMetered, cutsOf } from './cuts.ts';
import { ERROR_PROGRAMS, elfOf, TINY, type TinyProgram } from './programs.ts';

const KEY = readVerifyingKey(
  readFileSync(new URL('../../../src/proof/keys/openvm-1.4.0-rv32im.json', import.meta.url), 'utf8'),
);

const planOf = ({ elf_base64, input }: TinyProgram, options: PlanOptions): PlanResult =>
  plan(new Uint8Array(Buffer.from(elf_base64, 'base64')), {
    inputs: input.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex'))),
    ...options,
  });

describe('the AIRs', () => {
  it('have the widths and interactions of the verifying key', () => {
    const widths = KEY.airs.map(
      ({ preprocessed, cachedWidths, commonWidth, permutationWidth }) =>
        (preprocessed?.width ?? 0) + cachedWidths.reduce((a, b) => a + b, 0) + commonWidth + 4 * permutationWidth,
    );
    expect(AIRS.map(({ width }) => width)).toEqual(widths);
    expect(heightConstraints()).toEqual(KEY.heightConstraints);
    // The last constraint of heights is over all interactions.
    expect(AIRS.map(({ interactions }) => interactions)).toEqual(KEY.heightConstraints.at(-1)!.coefficients);
  });
});

const ENGINES: readonly Engine[] = ['interpreter', 'js', 'wasm'];

describe.each(ENGINES.flatMap(engine => Object.entries(TINY).map(([name, program]) => ({ engine, name, program }))))(
  '$name on engine $engine',
  ({ engine, program }) => {
    it.each(Object.entries(program.metered))('with limits %s', (key, segments) => {
      const result = planOf(program, { engine, hot: 1, ...cutsOf(key) });
      expect(result.segments.map(asMetered)).toEqual(segments);
      expect(result.cost).toBe(program.metered_cost.cost);
      expect(result.segments.at(-1)!.reason).toBe('end');
      const cuts = new Set(result.segments.slice(0, -1).map(({ reason }) => reason));
      const [limit] = key.replace('ctx', '').split('=');
      expect([...cuts]).toEqual(segments.length > 1 ? [limit] : []);
    });
  },
);
describe('a program that ends oddly', () => {
  const metered = Object.entries(ERROR_PROGRAMS).filter(([, one]) => Array.isArray(one.metered));
  // OpenVM runs on at an address that is 2 mod 4; this machine does not.
  it.each(metered.filter(([name]) => name !== 'jalr-plus2'))('%s has the heights of metered mode', (_name, one) => {
    const inputs = [Uint8Array.of(1, 2, 3)];
    const { segments, cost } = plan(elfOf(one.words), { machine: 'openvm', inputs });
    const found = segments.map(({ instretStart, instructions, heights }) => [
      instretStart,
      instructions,
      AIRS.map(({ name }) => heights[name] ?? 0),
    ]);
    expect(found).toEqual(one.metered);
    expect(cost).toBe(one.metered_cost!.cost);
  });
});

describe('a release that cuts at checkpoints', () => {
  const versions: readonly OpenVmVersion[] = ['1.4.2', '1.4.3'];
  it.each(versions)('%s: segments tile the run, and none that could be cut earlier is over a limit', version => {
    fc.assert(
      fc.property(fc.integer({ min: 7, max: 12 }), fc.integer({ min: 20, max: 400 }), (log, checkEvery) => {
        const limits = { rows: 2 ** log };
        const { segments, instructions } = planOf(TINY['tiny-loop'], { openvmVersion: version, limits, checkEvery });
        let start = 0;
        for (const segment of segments) {
          expect(segment.instretStart).toBe(start);
          start += segment.instructions;
          if (segment.reason === 'end') continue;
          expect(segment.instructions % checkEvery).toBe(0);
          // 1.4.2 has no checkpoint at the first check behind a cut, which lies one check back.
          const uncut = version === '1.4.2' ? 2 * checkEvery : checkEvery;
          if (segment.instructions > uncut) expect(segment.utilisation.rows).toBeLessThanOrEqual(1);
        }
        expect(start).toBe(instructions);
      }),
      { numRuns: 6 },
    );
  });

  it('has the rows of instructions that all segments of another have, whatever the release', () => {
    const sum = (options: PlanOptions, name: string): number =>
      planOf(TINY['tiny-loop'], options).segments.reduce((all, { heights }) => all + (heights[name] ?? 0), 0);
    for (const name of ['BaseAlu', 'LoadStore', 'BranchEqual', 'JalLui']) {
      const whole = sum({}, name);
      for (const openvmVersion of versions)
        expect(sum({ openvmVersion, limits: { rows: 512 }, checkEvery: 100 }, name)).toBe(whole);
    }
  });

  it('compares heights rounded up to powers of two, and knows the length of the program', () => {
    const { rows } = SEGMENT_RULES['1.4.3'].limits;
    const { segments } = planOf(TINY['tiny-loop'], { openvmVersion: '1.4.3' });
    const [{ heights, utilisation }] = segments as [(typeof segments)[0]];
    expect(heights.Program).toBe(TINY['tiny-loop'].words.length);
    const highest = Math.max(
      ...AIRS.filter(({ name, fixedRows }) => fixedRows === undefined && name !== 'Program').map(
        ({ name }) => heights[name] ?? 0,
      ),
    );
    expect(utilisation.rows * rows).toBe(2 ** Math.ceil(Math.log2(highest)));
  });
});

describe('a run that is looked at where it might be over a limit', () => {
  const bytes = new Uint8Array(Buffer.from(TINY['tiny-loop'].elf_base64, 'base64'));

  it.each<OpenVmVersion>(['1.4.0', '1.4.2', '1.4.3'])(
    'is cut where it would be if it were looked at always: %s',
    version => {
      fc.assert(
        fc.property(
          fc.integer({ min: 7, max: 14 }),
          fc.integer({ min: 9_600_000, max: 11_500_000 }),
          fc.integer({ min: 920_000, max: 1_100_000 }),
          fc.constantFrom(13, 100, 1000),
          (log, cells, interactions, checkEvery) => {
            const limits = { rows: 2 ** log, cells: version === '1.4.0' ? cells : 2 * cells, interactions };
            const { segments } = plan(bytes, { openvmVersion: version, limits, checkEvery, hot: 10 });
            const expected = countedSegments(guestOf(bytes, {}), [], {
              rules: SEGMENT_RULES[version],
              limits,
              checkEvery,
            });
            expect(segments.map(one => [one.instretStart, one.instructions, one.reason, one.heights])).toEqual(
              expected,
            );
          },
        ),
        { numRuns: 12 },
      );
    },
  );
});

describe('a run that does not end by itself', () => {
  it('has no last segment', () => {
    const { words } = ERROR_PROGRAMS['lh-misaligned']!;
    const { exit, segments } = plan(elfOf(words), { machine: 'openvm' });
    expect(exit.kind).toBe('fault');
    expect(segments).toEqual([]);
    expect(planOf(TINY['tiny-loop'], { maxCycles: 3000, limits: { rows: 1000 } }).segments.length).toBe(2);
  });

  it('is not planned for another machine, nor with limits of nothing', () => {
    const { elf_base64 } = TINY['tiny-ops'];
    const elf = new Uint8Array(Buffer.from(elf_base64, 'base64'));
    expect(() => plan(elf, { machine: 'bare' })).toThrow('is for machine bare');
    expect(() => plan(elf, { checkEvery: 0 })).toThrow('plan: option checkEvery: expected a whole number from 1');
    expect(() => plan(elf, { limits: { cells: -1 } })).toThrow(
      'plan: option limits: expected an object of rows, cells and interactions',
    );
  });
});

describe('touched pages', () => {
  it('are counted once a segment, and once a check', () => {
    const pages = new TouchedPages(16);
    for (const page of [1, 2, 1]) pages.touch(page);
    pages.touchPublic(0);
    expect([pages.count, pages.sinceCheck]).toEqual([3, 3]);
    pages.next(false, true);
    pages.touch(2);
    expect([pages.count, pages.sinceCheck]).toEqual([3, 1]);
    pages.touch(5);
    pages.next(true, true);
    expect([pages.count, pages.sinceCheck]).toEqual([2, 0]);
    pages.touch(2);
    pages.touch(1);
    expect([pages.count, pages.sinceCheck]).toEqual([3, 2]);
    pages.next(true, false);
    expect(pages.count).toBe(0);
  });
});
