import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that change what all modules share: globals, V8's flags, a module in place of another, the process's GPU. */
const ALONE: readonly string[] = [
  'test/load-once.test.ts',
  'test/engines/{no-webassembly,release}.test.ts',
  'test/runtime/curves/curves.test.ts',
  'test/runtime/gpu/*.test.ts',
];

// Only a run with tests of the command waits for a build. Files of the library share a process and its warm code (a third
// less processor time). Files named *.slow.test.ts hold long data; `npm run test:slow` runs them and nothing else.
export default defineConfig(({ mode }) => {
  const slow = mode === 'slow';
  const files = slow ? '**/*.slow.test.ts' : '**/*.test.ts';
  const exclude = [...configDefaults.exclude, ...(slow ? [] : ['**/*.slow.test.ts'])];
  const common = { pool: 'forks', setupFiles: './test/seed.ts', testTimeout: slow ? 600_000 : 60_000 } as const;
  const alone = slow ? [] : [...ALONE];
  return {
    test: {
      // By default one of two cores would be left idle.
      maxWorkers: '100%',
      projects: [
        {
          test: {
            ...common,
            name: 'library',
            isolate: slow,
            include: [`test/${files}`],
            exclude: [...exclude, 'test/cli/**', ...alone],
          },
        },
        { test: { ...common, name: 'alone', include: alone, exclude } },
        { test: { ...common, name: 'command', include: [`test/cli/${files}`, 'examples/vitest/*.test.mjs'], exclude, globalSetup: './test/build.ts' } },
      ],
    },
  };
});
