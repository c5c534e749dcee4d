// `trace --verify`: what threads found of their shards, and what shards must agree on, are told as one.

import { expect, test } from 'vitest';
import { madeChecks } from '../../src/command/verbs/trace/check/made-checks.ts';
import type { ReportedShard } from '../../src/command/verbs/trace/report-shard.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import type { Sp1Guest } from '../../src/machine/sp1/machine.ts';
import { guestBytes } from '../machine/sp1/guest-runs.ts';

const guest = loadGuest(guestBytes('fibonacci'), 'fibonacci', 'sp1') as Sp1Guest;
const shard = (index: number): ReportedShard =>
  ({ index, publicValues: new Array(160).fill(0) }) as unknown as ReportedShard;
const failure = { shard: 1, chip: 'Add', row: 3, columns: ['is_real'], rule: 'a rule', values: [7] };

test('failures of threads are listed and counted, with those of the run', () => {
  const found = new Map([
    [0, { list: [], count: 0 }],
    [1, { list: [failure], count: 5 }],
  ]);
  // The third was not made: nothing can be added up.
  const { shards, failures, failureCount, isWhole } = madeChecks(
    guest,
    undefined,
    [shard(0), shard(1), shard(2)],
    found,
    false,
  );
  expect({ shards, isWhole }).toEqual({ shards: 2, isWhole: false });
  expect(failures).toContainEqual(failure);
  const ofRun = failures.filter(({ chip }) => chip === 'PublicValues');
  expect(ofRun.map(({ rule }) => rule).join()).toContain('system calls are at the entry');
  expect(failureCount).toBe(5 + ofRun.length);
});
