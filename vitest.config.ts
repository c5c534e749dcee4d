import { defineConfig } from 'vitest/config';

// Two projects, so that only a run with tests of the command waits for a build.
export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'library', include: ['test/**/*.test.ts'], exclude: ['test/cli/**'] } },
      { extends: true, test: { name: 'command', include: ['test/cli/**/*.test.ts'], globalSetup: './test/build.ts' } },
    ],
  },
});
