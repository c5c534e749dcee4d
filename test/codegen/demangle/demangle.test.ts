import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demangle } from '../../../codegen/demangle/demangle.ts';
import { recorded } from '../isa/vectors.ts';

const vectors = recorded('demangled').map(line => line.split('\t') as [symbol: string, name: string]);

describe('names of symbols', () => {
  it.each([
    ['v0 of Rust', /^_R/],
    ['legacy of Rust', /17h[0-9a-f]{16}E/],
    ['C++', /^_Z(?!.*17h[0-9a-f]{16}E)/],
  ])('%s are those of rustc-demangle and c++filt', (_title, pattern) => {
    const some = vectors.filter(([symbol]) => pattern.test(symbol));
    expect(some.length).toBeGreaterThan(30);
    for (const [symbol, name] of some) expect([symbol, demangle(symbol)]).toEqual([symbol, name]);
  });

  it('are left alone where they are not mangled, or not understood', () => {
    for (const symbol of ['main', '', '_Z', '_R', '_ZN', '_ZN1aE$', '_RNvC1a', '_ZN9999999aE', '_ZN1AcvT_IiEEv']) {
      expect(demangle(symbol)).toBe(symbol);
    }
  });

  it('of any text are told without failing, and without growing beyond measure', () => {
    const pieces = fc.constantFrom(
      'N',
      'v',
      'C',
      '1',
      '3foo',
      'I',
      'E',
      'B',
      '_',
      'S_',
      'T_',
      'P',
      'Dp',
      'J',
      'K',
      'Rm',
      'p',
      'G0_',
      'F',
      'A',
      'M',
      'X',
    );
    const text = fc.tuple(fc.constantFrom('_R', '_Z', '_ZN'), fc.array(pieces, { maxLength: 40 }));
    fc.assert(
      fc.property(text, ([start, rest]) => {
        expect(demangle(start + rest.join('')).length).toBeLessThan(30_000);
      }),
      { numRuns: 1000 },
    );
  });

  it('end where references back double the name each time', () => {
    const doubling = `_RNvC1a1b${Array.from({ length: 60 }, (_, i) => `TB${i.toString(36)}_`).join('')}`;
    expect(demangle(doubling)).toBe(doubling);
  });
});
