// Every chip of SP1 on a GPU; OpenVM's: openvm-airs.slow.test.ts. SwiftShader would compile for minutes: of what it can do chips.test.ts has some.

import { test } from 'vitest';
import { SP1_CHIPS, sp1Chip } from '../../../codegen/chips/sp1/index.ts';
import { compareChips } from './chip-traces.ts';

const adapter = process.env.TEST_GPU_ADAPTER ?? 'swiftshader';

if (adapter === 'swiftshader') test.skip('every chip on a GPU: none is named by TEST_GPU_ADAPTER', () => undefined);
else {
  compareChips([sp1Chip('Add'), ...SP1_CHIPS.filter(({ name }) => name !== 'Add')]);
}
