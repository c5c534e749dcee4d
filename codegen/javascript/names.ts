// Names of guest registers in generated text: the ABI's, with an `h` behind for the high word.

import { REGISTER_NAMES } from '../isa/disassemble.ts';

export const lowName = (r: number): string => REGISTER_NAMES[r]!;
export const highName = (r: number): string => `${REGISTER_NAMES[r]!}h`;
