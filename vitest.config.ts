import { configDefaults, defineConfig } from 'vitest/config';

// Two projects, so that only a run with tests of the command waits for a build. Files named *.slow.test.ts hold long data;
// `npm run test:slow` runs them and nothing else.
export default defineConfig(({ mode }) => {
  const slow = mode === 'slow';
  const files = slow ? '**/*.slow.test.ts' : '**/*.test.ts';
  const exclude = [...configDefaults.exclude, ...(slow ? [] : ['**/*.slow.test.ts'])];
  const common = { pool: 'forks', testTimeout: slow ? 600_000 : 60_000 } as const;
  return {
    test: {
      // By default one of two cores would be left idle.
      maxWorkers: '100%',
      projects: [
        { test: { ...common, name: 'library', include: [`test/${files}`], exclude: [...exclude, 'test/cli/**'] } },
        { test: { ...common, name: 'command', include: [`test/cli/${files}`], exclude, globalSetup: './test/build.ts' } },
      ],
    },
  };
});
