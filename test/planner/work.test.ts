// A planned run as artefacts: its memory is closed however it is cut, what is there is not made twice, and what was changed is not used.

import { describe, expect, it } from 'vitest';
import { JitExecError } from '../../runtime/errors.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { readJob, writeJob } from '../../src/machine/sp1/jobs/portable-job.ts';
import { imageMemory } from '../../src/machine/sp1/profile/image-memory.ts';
import { claimOf } from '../../src/planner/fold/claim.ts';
import { ItemSet } from '../../src/planner/fold/item-set.ts';
import type { ReadRunPlan } from '../../src/planner/run/plan-file.ts';
import type { Artefact } from '../../src/planner/store/artefact.ts';
import { foldRun } from '../../src/planner/store/fold-run.ts';
import { Store, type StoredRecord } from '../../src/planner/store/store.ts';
import { guestBytes, inputBytes } from '../machine/sp1/guest-runs.ts';
import { memoryFiles } from './memory-files.ts';
import { type Case, jobsOf, planKeeping, plansOf, storeKeeps, workOn } from './worked.ts';

const CASE: Case = { guest: 'fibonacci', inputs: [inputBytes('u64:40')], slice: 60 };

describe('artefacts', () => {
  const one = CASE;
  const [three, whole] = plansOf(one, [3, 1]) as [ReadRunPlan, ReadRunPlan];
  const files = new Map<string, Uint8Array>();
  const first = workOn(one, three, files);

  it('that are there are not made again, and one that was changed is', () => {
    expect(first.made).toBe(first.artefacts.length);
    const [record] = new Store(memoryFiles(files), 'test').list().filter(({ title }) => title.startsWith('core shard'));
    const object = `objects/${record!.sha256.slice(0, 2)}/${record!.sha256}`;
    files.set(object, files.get(object)!.slice(1));
    const again = workOn(one, three, files);
    expect(again.made).toBe(1);
    expect(again.folded.claim).toEqual(first.folded.claim);
  });

  it('that are there are planned with, but not one that was changed or is of another place', () => {
    const intact = new Map(files);
    const kept = (): number => planKeeping(one, storeKeeps(intact)).kept;
    const before = kept();
    expect(before).toBeGreaterThan(0);
    const store = new Store(memoryFiles(intact), 'test');
    const [head, next] = store.list().filter(({ title }) => title.startsWith('core shard')) as [
      StoredRecord,
      StoredRecord,
    ];
    const content = store.get(head.key)!;
    // Under its own digest, so that only what it says of itself tells.
    store.put(head.key, head.title, store.get(next.key)!);
    expect(kept()).toBe(0);
    const facts = content.slice();
    const place = Buffer.from(facts).indexOf('"clkStart":');
    facts[place + 11]! ^= 3;
    store.put(head.key, head.title, facts);
    expect(kept()).toBe(0);
    const subjects = content.slice();
    subjects[subjects.length - 1]! ^= 1;
    store.put(head.key, head.title, subjects);
    expect(kept()).toBe(0);
    store.put(head.key, head.title, content);
    expect(kept()).toBe(before);
  });

  it('of the whole run assume the same of the image', () => {
    const { folded } = workOn(one, whole, files);
    expect([first.folded.outstanding.size, folded.outstanding.size]).toEqual([0, 0]);
    expect(folded.claim.assumptions.equals(first.folded.claim.assumptions)).toBe(true);
  });

  it('that vouch for less, or are of another place, do not close', () => {
    const image = imageMemory(loadGuest(guestBytes(one.guest), one.guest, 'sp1').elf);
    const [head, ...rest] = first.artefacts as [Artefact, ...Artefact[]];
    const fewer = ItemSet.of(head.claim.subjects.bytes.slice(32));
    const changed = { ...head, claim: claimOf(fewer, head.claim.assumptions, 'sha256') };
    expect(foldRun([changed, ...rest], image, 4, 'sha256').outstanding.size).toBe(1);
    expect(foldRun(first.artefacts, { has: () => false }, 4, 'sha256').outstanding.size).toBeGreaterThan(0);
    expect(() => foldRun([...rest, head], image, 4, 'sha256')).toThrow('fold: expected shard');
    const forged = { ...head, claim: { ...head.claim, subjects: fewer } };
    expect(() => foldRun([forged, ...rest], image, 4, 'sha256')).toThrow('fold: expected subjects of root');
  });

  it('of a shard that takes more memory than there is are folds of its pieces, and all others stay', () => {
    const cut = workOn(one, three, new Map(), { limitBytes: first.peakBytes - 1 });
    expect(cut.pieces).toBeGreaterThan(cut.made);
    expect(cut.artefacts.length).toBe(first.artefacts.length);
    expect(cut.folded.outstanding.size).toBe(0);
    expect(cut.folded.claim.assumptions.equals(first.folded.claim.assumptions)).toBe(true);
    expect(() => workOn(one, three, new Map(), { limitBytes: 5_000_000 })).toThrow('a shard needs');
  });
});

describe('a job', () => {
  it('is the same from its bytes, and no cut or other bytes are one', () => {
    const { files } = jobsOf(CASE);
    for (const bytes of files) {
      const again = writeJob(readJob(bytes, 'job'), 'one');
      expect(Buffer.compare(again, bytes)).toBe(0);
      for (const length of [0, 7, 11, 40, bytes.length - 1])
        expect(() => readJob(bytes.slice(0, length), 'job')).toThrow(JitExecError);
    }
  });
});
