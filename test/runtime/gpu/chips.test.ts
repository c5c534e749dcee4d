// A chip of each kind on a GPU; all of them in chips.slow.test.ts.

import { openVmChip } from '../../../codegen/chips/openvm/index.ts';
import { sp1Chip } from '../../../codegen/chips/sp1/index.ts';
import { compareChips } from './chip-traces.ts';

compareChips([...['Add', 'Bitwise', 'Mul', 'LoadDouble', 'Branch', 'MemoryLocal'].map(sp1Chip), openVmChip('DivRem')]);
