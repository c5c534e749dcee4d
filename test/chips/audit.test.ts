import { describe, expect, it } from 'vitest';
import { audit } from '../../codegen/chips/audit.ts';
import { chip } from '../../codegen/chips/chip.ts';
import { describeChip } from '../../codegen/chips/describe.ts';
import { sp1Chip } from '../../codegen/chips/sp1/index.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import { CORE_CHIPS } from './core-chips.ts';

describe('an audit', () => {
  it('finds columns that nothing binds, and degrees', () => {
    const made = chip(koalaBear, 'Loose', { x: 8 }, (air, { x }) => {
      const [bound, loose] = air.cells([x, x]) as [ReturnType<typeof air.cell>, ReturnType<typeof air.cell>];
      air.when(bound).zero(bound.mul(bound));
      return { bound, loose };
    });
    expect(audit(made)).toMatchObject({ loose: ['loose'], constraintDegree: 3, messageDegree: 0, constraints: 1 });
  });

  it.each(CORE_CHIPS.filter(({ fixed }) => fixed === 0).map(one => [one.name, one] as const))(
    'finds nothing loose in %s',
    (_, one) => {
      expect(audit(one).loose).toEqual([]);
    },
  );

  it('counts what a row of Add says', () => {
    expect(Object.fromEntries(audit(sp1Chip('Add')).messages)).toEqual({
      Byte: { sent: 12, received: 0 },
      Program: { sent: 1, received: 0 },
      Memory: { sent: 3, received: 3 },
      State: { sent: 1, received: 1 },
    });
  });
});

it('a page of a chip names columns, messages and rules', () => {
  const page = describeChip(sp1Chip('Add'));
  expect(page).toContain('Add: 33 columns over KoalaBear');
  expect(page).toContain('    28 add_op.value[0]');
  expect(page).toContain('send State(state.clk_high, state.clk_0_16 + state.clk_16_24 * 65536 + 8, state.pc[0] + 4,');
  expect(page).toMatch(/a flag is 0 or 1: is_real \* \(is_real - 1\) = 0/);
});
