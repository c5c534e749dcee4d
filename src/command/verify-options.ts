// The options of `jit-exec verify`, as a table for yargs.

import type { Options } from 'yargs';
import { count, JSON_OPTION, RUN_OPTIONS, valued } from './options.ts';

export const VERIFY_OPTIONS: Readonly<Record<string, Options>> = {
  key: valued('Verifying key as JSON; without it that of the RV32IM machine of OpenVM 1.4.0'),
  each: { describe: 'Each proof by itself, not as the segments of one run', type: 'boolean' },
  'exe-commit': valued('What the program must commit to, 64 hexadecimal digits'),
  queries: valued('Queries of FRI', { coerce: count('queries'), default: '100' }),
  'pow-bits': valued('Bits of grinding before the queries', { coerce: count('pow-bits'), default: '16' }),
  'log-up-pow-bits': valued('Bits of grinding before the bus challenges', {
    coerce: count('log-up-pow-bits'),
    default: '16',
  }),
  'log-blowup': valued('log2 of the blow-up of traces', { coerce: count('log-blowup'), default: '1' }),
  ...JSON_OPTION,
  quiet: RUN_OPTIONS.quiet!,
};
