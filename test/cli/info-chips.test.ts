import { expect, test } from 'vitest';
import { AREA } from '../../codegen/chips/sp1/area.ts';
import { CHIP_NAMES } from '../../src/machine/sp1/records/chips.ts';
import { IS_DEEP } from '../depth.ts';
import { jitExecHere } from './command.ts';

interface Listed {
  readonly name: string;
  readonly kind: string;
  readonly columns: readonly string[];
  readonly constraints: number;
  readonly buses: Readonly<Record<string, unknown>>;
}

test('info --chips lists every chip with its columns, constraints and buses, of no program', async () => {
  const { status, stdout } = await jitExecHere(['info', '--chips', '--json']);
  expect(status).toBe(0);
  const chips: readonly Listed[] = JSON.parse(stdout).chips;
  expect(chips.map(({ name }) => name).sort()).toEqual([...CHIP_NAMES, 'PublicValues'].sort());
  for (const { name, kind, columns, constraints, buses } of chips) {
    if (name !== 'PublicValues') expect([name, columns.length]).toEqual([name, AREA[name as 'Add']]);
    expect(constraints > 0).toBe(kind !== 'table');
    expect(Object.keys(buses).length).toBeGreaterThan(0);
  }
  if (!IS_DEEP) return;
  const text = (await jitExecHere(['info', '--chips'])).stdout;
  expect(text).toMatch(/^Add +core +33 +10 +3 +Byte 12\/0, /m);
  expect(text).toContain('every chip but the tables has its constraints');
});
