// The chips whose events are made here; those of precompiles have tests of their own.

import type { Chip } from '../../codegen/chips/chip.ts';
import { SP1_CHIPS } from '../../codegen/chips/sp1/index.ts';
import { PRECOMPILE_CHIPS } from '../../codegen/chips/sp1/precompiles/index.ts';

export const CORE_CHIPS: readonly Chip[] = SP1_CHIPS.filter(chip => !PRECOMPILE_CHIPS.includes(chip));
