// The chips of OpenVM with some mutants and the fillers that runs use; the rest is in the slow one.

import { OPENVM_CHIPS } from '../../codegen/chips/openvm/index.ts';
import { describeChip } from './openvm-chips.ts';

/** Its functions of 300 columns take a second to compile. */
const isWide = (name: string): boolean => name === 'Poseidon2';

for (const chip of OPENVM_CHIPS) {
  const fillers = isWide(chip.name) ? ['JavaScript'] : ['JavaScript', 'WebAssembly'];
  describeChip(chip, { fillers, eachColumn: isWide(chip.name) ? 97 : 11, seed: 1 });
}
