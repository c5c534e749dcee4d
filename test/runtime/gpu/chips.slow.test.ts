// Every chip of SP1 on a GPU.

import { SP1_CHIPS, sp1Chip } from '../../../codegen/chips/sp1/index.ts';
import { compareChips } from './chip-traces.ts';

compareChips([sp1Chip('Add'), ...SP1_CHIPS.filter(({ name }) => name !== 'Add')]);
