// Generated programs for as long as one likes: npm run fuzz -- --seconds 600 [--seed N] [--engine js]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, engine: { type: 'string' } },
});
const seed = values.seed ?? String(Date.now() % 2 ** 31);
console.error(`fuzz: seed ${seed}, ${values.seconds} s`);
const { status } = spawnSync('npx', ['vitest', 'run', 'test/engines/random-programs.test.ts'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: {
    ...process.env,
    FUZZ_SECONDS: values.seconds,
    FUZZ_SEED: seed,
    ...(values.engine === undefined ? {} : { FUZZ_ENGINE: values.engine }),
  },
});
process.exit(status ?? 1);
