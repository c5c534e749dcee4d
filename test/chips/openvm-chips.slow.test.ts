// The chips of OpenVM in every filler, with a mutant of each column.

import { OPENVM_CHIPS } from '../../codegen/chips/openvm/index.ts';
import { describeChip, FILLERS } from './openvm-chips.ts';

for (const chip of OPENVM_CHIPS) describeChip(chip, { fillers: Object.keys(FILLERS), eachColumn: 1, seed: 7 });
