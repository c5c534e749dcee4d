import { describe, expect, it } from 'vitest';
import { Permit } from '../../../runtime/gpu/permit.ts';
import { sizeClass } from '../../../runtime/gpu/size-class.ts';

describe('a permit', () => {
  it('is given in the order of asking, a small one not before a large one', async () => {
    const permit = new Permit(100);
    const first = await permit.acquire(60);
    const order: string[] = [];
    const large = permit.acquire(80).then(release => {
      order.push('large');
      return release;
    });
    const small = permit.acquire(10).then(release => {
      order.push('small');
      return release;
    });
    await Promise.resolve();
    expect([permit.free, permit.waiting]).toEqual([40, 2]);
    first();
    (await large)();
    (await small)();
    expect(order).toEqual(['large', 'small']);
    expect([permit.free, permit.waiting]).toEqual([100, 0]);
  });

  it('comes back once, however often it is returned, and where the work fails', async () => {
    const permit = new Permit(100);
    const release = await permit.acquire(100);
    release();
    release();
    expect(permit.free).toBe(100);
    const failed = permit.with(50, async () => {
      throw new Error('no');
    });
    await expect(failed).rejects.toMatchObject({ message: 'no' });
    expect(permit.free).toBe(100);
  });

  it('is not waited for after a signal, and those behind go on', async () => {
    const permit = new Permit(100);
    const release = await permit.acquire(60);
    const controller = new AbortController();
    const aborted = permit.acquire(90, controller.signal);
    const behind = permit.acquire(40);
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toMatchObject({ message: 'enough' });
    (await behind)();
    release();
    expect([permit.free, permit.waiting]).toEqual([100, 0]);
  });
});

describe('size classes', () => {
  it('hold what is asked for and waste at most a third, or take it as it is near the limit', () => {
    for (const bytes of [1, 256, 257, 384, 385, 513, 1000, 2 ** 20 + 1, 3 * 2 ** 20, 3 * 2 ** 20 + 4]) {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThan(bytes - 1);
      if (bytes > 256) expect(size).toBeLessThan(bytes * 1.5 + 1);
    }
    expect(sizeClass(900, 1000)).toBe(900);
    expect(sizeClass(901, 1000)).toBe(904);
  });
});
