// Shards of precompile calls: buses between their chips balance, with the rows of calls and of addresses.

import { describe, expect, it } from 'vitest';
import { SYSCALL_ID } from '../../codegen/chips/sp1/syscalls.ts';
import { enrichersOf, type PrecompileCall } from '../../src/machine/sp1/records/enrich/index.ts';
import { imbalance, rowsOfCalls } from './precompile-balance.ts';
import { randomCalls } from './random-calls.ts';
import { callsOfRun } from './run-calls.ts';

const SHA = ['SHA_EXTEND', 'SHA_COMPRESS'];
const isSha = ({ code }: PrecompileCall): boolean =>
  SHA.some(name => SYSCALL_ID[name as 'SHA_EXTEND'] === (code & 0xff));
/** The run gives SHA_COMPRESS words with upper halves, which execute and cannot be proven: random calls stand for it. */
const calls = [...callsOfRun('precompiles').filter(call => !isSha(call)), ...randomCalls(3, 3).filter(isSha)];
const codes = [...new Set(calls.map(({ code }) => code))];
const shards = new Map(
  codes.map(code => {
    // Clocks of registers are not in a replay: any earlier ones do here.
    const own = calls
      .filter(one => one.code === code)
      .map(one => ({ ...one, registerClks: [1, 2, 3].map(i => one.clk - 8 * i) }));
    return [`${enrichersOf(code)[0]!.chip.name} 0x${(code & 0xff).toString(16)}`, own] as const;
  }),
);

describe('a shard of precompile calls', () => {
  it.each([...shards])('balances: %s', (_, own) => {
    expect(imbalance(rowsOfCalls(own))).toEqual([]);
  });

  it('does not where a written value is another one', () => {
    const [, [call]] = [...shards].find(([name]) => name.startsWith('EdAddAssign'))! as [string, typeof calls];
    const changed = call!.entries.slice(call!.first, call!.first + 4 * 32);
    changed[4 * 31 + 2]! ^= 1; // the last new value
    expect(imbalance(rowsOfCalls([{ ...call!, entries: changed, first: 0 }]))).toHaveLength(2);
  });
});
