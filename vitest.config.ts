import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that change what all modules share: globals, V8's flags, a module in place of another, the process's GPU. */
const ALONE: readonly string[] = [
  'test/load-once.test.ts',
  'test/engines/no-webassembly.test.ts',
  'test/runtime/curves/curves.test.ts',
  'test/runtime/gpu/*.test.ts',
];

/** Tests of a sample that the slow run has whole: test/depth.ts. */
const DEEPER: readonly string[] = [
  'test/chips/{sp1-fillers,sp1-mutants}.test.ts',
  'test/cli/bad-input.test.ts',
  'test/cli/info-chips.test.ts',
  'test/cli/inspect.test.ts',
  'test/cli/pipeline.test.ts',
  'test/cli/plan.test.ts',
  'test/cli/prove.test.ts',
  'test/cli/sabotage.test.ts',
  'test/cli/trace-shards.test.ts',
  'test/cli/trace.test.ts',
  'test/codegen/region/structure.test.ts',
  'test/engines/{edges,guests,operands,random-programs,stops,two-interpreters}.test.ts',
  'test/examples.test.ts',
  'test/machine/memory-limit.test.ts',
  'test/machine/openvm/preflight.test.ts',
  'test/machine/sp1/{emitted-walks,report,trace}.test.ts',
  'test/profile/profile.test.ts',
];

/** Those of the command last: by then there is a build. */
class CommandLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLast = ({ project }: TestSpecification): boolean => project.name === 'command';
    return [...sorted.filter(one => !isLast(one)), ...sorted.filter(isLast)];
  }
}

// Tests of the command wait for a build, which runs beside those of the library. Files of the library share a process and its
// warm code (a third less processor time). Files named *.slow.test.ts hold long data; `npm run test:slow` runs them and DEEPER.
export default defineConfig(({ mode }) => {
  const slow = mode === 'slow';
  const [ofCommand, ofLibrary] = [true, false].map(command => DEEPER.filter(name => name.startsWith('test/cli/') === command));
  const include = (folder: string, deeper: readonly string[]): string[] =>
    slow ? [`${folder}/**/*.slow.test.ts`, ...deeper] : [`${folder}/**/*.test.ts`];
  const exclude = [...configDefaults.exclude, ...(slow ? [] : ['**/*.slow.test.ts'])];
  const common = {
    pool: 'forks',
    setupFiles: './test/seed.ts',
    testTimeout: slow ? 600_000 : 60_000,
    env: { TEST_DEPTH: slow ? 'all' : 'sample' },
  } as const;
  const alone = slow ? [] : [...ALONE];
  return {
    test: {
      // By default one of two cores would be left idle.
      maxWorkers: '100%',
      sequence: { sequencer: CommandLast },
      projects: [
        {
          test: {
            ...common,
            name: 'library',
            isolate: slow,
            include: include('test', ofLibrary!),
            exclude: [...exclude, 'test/cli/**', ...alone],
          },
        },
        { test: { ...common, name: 'alone', include: alone, exclude } },
        {
          test: {
            ...common,
            name: 'command',
            // The built command is loaded as Node loads it.
            server: { deps: { external: [/\/dist\//] } },
            include: [...include('test/cli', ofCommand!), 'examples/vitest/*.test.mjs'],
            exclude,
            globalSetup: './test/begin-build.ts',
            setupFiles: ['./test/seed.ts', './test/built.ts'],
          },
        },
      ],
    },
  };
});
