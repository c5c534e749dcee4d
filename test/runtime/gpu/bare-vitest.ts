// The words of vitest that the tests of GPUs use, for a machine that has Node and nothing else: bench/gpu.sh puts them in
// vitest's place. Fails the process where a test fails.

import assert from 'node:assert/strict';

type Body = (...args: never[]) => unknown;

interface Test {
  readonly title: string;
  readonly body: () => unknown;
}

interface Suite {
  readonly title: string;
  readonly before: (() => unknown)[];
  readonly after: (() => unknown)[];
  readonly parts: (Test | Suite)[];
}

const newSuite = (title: string): Suite => ({ title, before: [], after: [], parts: [] });
const root = newSuite('');
let current = root;

/** Arguments in the place of %s and %i. */
const titled = (title: string, args: readonly unknown[]): string => {
  let next = 0;
  return title.replace(/%[si]/g, () => String(args[next++]));
};
const listed = (one: unknown): readonly unknown[] => (Array.isArray(one) ? one : [one]);

type Each = (table: readonly unknown[]) => (title: string, body: Body) => void;

export const describe: ((title: string, body: () => void) => void) & { each: Each } = Object.assign(
  (title: string, body: () => void): void => {
    const outer = current;
    current = newSuite(title);
    outer.parts.push(current);
    body();
    current = outer;
  },
  {
    each: ((table: readonly unknown[]) => (title: string, body: Body) => {
      for (const one of table) describe(titled(title, listed(one)), () => body(...(listed(one) as never[])));
    }) as Each,
  },
);

export const it: ((title: string, body: () => unknown) => void) & { each: Each; skip: (title: string) => void } =
  Object.assign(
    (title: string, body: () => unknown): void => {
      current.parts.push({ title, body });
    },
    {
      skip: (title: string): void => console.log(`skipped: ${title}`),
      each: ((table: readonly unknown[]) => (title: string, body: Body) => {
        for (const one of table) it(titled(title, listed(one)), () => body(...(listed(one) as never[])));
      }) as Each,
    },
  );

export const test: typeof it = it;
export const beforeAll = (body: () => unknown): number => current.before.push(body);
export const afterAll = (body: () => unknown): number => current.after.push(body);

const matches = (is: unknown, should: unknown): boolean => {
  if (should instanceof Matching) return should.pattern.test(String(is));
  if (typeof should !== 'object' || should === null) return Object.is(is, should);
  return Object.entries(should).every(([key, value]) => matches((is as Record<string, unknown>)?.[key], value));
};

class Matching {
  readonly pattern: RegExp;
  constructor(pattern: RegExp) {
    this.pattern = pattern;
  }
}

interface Checks {
  toEqual(should: unknown): void;
  toBe(should: unknown): void;
  toContain(should: unknown): void;
  toMatch(should: RegExp): void;
  toMatchObject(should: unknown): void;
  toBeLessThan(should: number): void;
  toBeGreaterThan(should: number): void;
  toBeCloseTo(should: number): void;
  toThrow(should: string): void;
}

function checks(is: unknown, wanted: boolean): Checks {
  const check = (holds: boolean, words: string, should: unknown): void => {
    if (holds !== wanted) assert.fail(`expected ${show(is)} ${wanted ? '' : 'not '}${words} ${show(should)}`);
  };
  const equal = (should: unknown): boolean => {
    try {
      assert.deepEqual(is, should);
      return true;
    } catch {
      return false;
    }
  };
  return {
    toEqual: should => check(equal(should), 'to equal', should),
    toBe: should => check(Object.is(is, should), 'to be', should),
    toContain: should => check((is as unknown[]).includes(should), 'to contain', should),
    toMatch: should => check(should.test(String(is)), 'to match', should),
    toMatchObject: should => check(matches(is, should), 'to match', should),
    toBeLessThan: should => check((is as number) < should, 'to be less than', should),
    toBeGreaterThan: should => check((is as number) > should, 'to be greater than', should),
    toBeCloseTo: should => check(Math.abs((is as number) - should) < 0.005, 'to be close to', should),
    // Of a promise's reason.
    toThrow: should => check((is as Error).message.includes(should), 'to have in its message', should),
  };
}

const show = (value: unknown): string => {
  const text = value instanceof Error ? value.message : JSON.stringify(value);
  return String(text).slice(0, 400);
};

type Later = { [Name in keyof Checks]: (...args: Parameters<Checks[Name]>) => Promise<void> };

function rejected(is: unknown): Later {
  const reason = (is as Promise<unknown>).then(
    value => assert.fail(`expected a rejection, got ${show(value)}`),
    error => error,
  );
  const later = (name: keyof Checks) => async (should: never) => checks(await reason, true)[name](should);
  const names = Object.keys(checks(0, true)) as (keyof Checks)[];
  return Object.fromEntries(names.map(name => [name, later(name)])) as unknown as Later;
}

export const expect: ((is: unknown) => Checks & { not: Checks; rejects: Later }) & {
  stringMatching: (pattern: RegExp) => unknown;
} = Object.assign(
  (is: unknown) =>
    Object.defineProperty({ ...checks(is, true), not: checks(is, false) }, 'rejects', {
      get: () => rejected(is),
    }) as never,
  { stringMatching: (pattern: RegExp) => new Matching(pattern) },
);

let failed = 0;
let passed = 0;

async function run(suite: Suite, path: string): Promise<void> {
  for (const body of suite.before) await body();
  for (const part of suite.parts) {
    const title = path === '' ? part.title : `${path} > ${part.title}`;
    if ('parts' in part) await run(part, title);
    else await runTest(part, title);
  }
  for (const body of suite.after) await body();
}

async function runTest({ body }: Test, title: string): Promise<void> {
  const start = performance.now();
  try {
    await body();
    passed++;
    console.log(`ok ${title} (${Math.round(performance.now() - start)} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${title}\n  ${error instanceof Error ? error.stack : String(error)}`);
  }
}

setImmediate(async () => {
  try {
    await run(root, '');
  } catch (error) {
    failed++;
    console.log(`FAILED outside of a test\n  ${error instanceof Error ? error.stack : String(error)}`);
  }
  console.log(`${passed} tests passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
});
