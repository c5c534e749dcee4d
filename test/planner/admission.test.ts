// Jobs in flight never take more than there is, all are done, and what took more is done with more.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission, type Admitted } from '../../src/planner/work/admission.ts';

interface Job {
  readonly id: number;
  readonly predicted: number;
  readonly takes: number;
}

const jobs = fc.array(fc.record({ predicted: fc.nat(100), takes: fc.nat(100) }), { maxLength: 12 });

describe('admission', () => {
  it('does all jobs within the budget and the places, whatever they take', () => {
    fc.assert(
      fc.property(jobs, fc.integer({ min: 100, max: 250 }), fc.integer({ min: 1, max: 4 }), (all, budget, places) => {
        const admission = new Admission<Job>(budget, places);
        for (const [id, job] of all.entries()) admission.add({ id, ...job }, job.predicted);
        const running: Admitted<Job>[] = [];
        const done = new Set<number>();
        for (;;) {
          for (let next = admission.next(); next !== undefined; next = admission.next()) running.push(next);
          expect(running.length).toBeLessThanOrEqual(places);
          expect(running.reduce((sum, { limitBytes }) => sum + limitBytes, 0)).toBeLessThanOrEqual(budget);
          const first = running.shift();
          if (first === undefined) break;
          const { job, limitBytes } = first;
          if (job.takes > limitBytes) admission.exceeded(job, limitBytes + 1);
          else {
            admission.done(job, job.takes);
            done.add(job.id);
          }
        }
        expect([done.size, admission.isIdle]).toEqual([all.length, true]);
      }),
    );
  });

  it('begins with the heaviest that there is room for', () => {
    const admission = new Admission<string>(100, 3);
    for (const [name, bytes] of [
      ['a', 30],
      ['b', 80],
      ['c', 60],
      ['d', 20],
    ] as const)
      admission.add(name, bytes);
    const begun = [admission.next(), admission.next(), admission.next()].map(one => one?.job);
    expect(begun).toEqual(['b', 'd', undefined]);
    admission.done('b', 80);
    expect(admission.next()?.job).toBe('c');
  });

  it('expects more of all when one took more than was predicted', () => {
    const admission = new Admission<string>(100, 2);
    admission.add('a', 20);
    expect(admission.next()).toMatchObject({ job: 'a', limitBytes: 20, isMost: false });
    admission.done('a', 40);
    for (const name of ['b', 'c']) admission.add(name, 30);
    expect(admission.next()?.limitBytes).toBe(60);
    expect([admission.next(), admission.ratio]).toEqual([undefined, 2]);
  });

  it('says so where a job that has all there is needs more', () => {
    const admission = new Admission<string>(100, 2);
    admission.add('a', 80);
    admission.next();
    admission.exceeded('a', 90);
    expect(admission.next()).toMatchObject({ limitBytes: 100, isMost: true });
    expect(() => admission.exceeded('a', 120)).toThrow('work: a shard needs more than 120 bytes');
  });
});
