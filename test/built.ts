// Tests of the command run what users run.

import build from './build.ts';

await build();
