// Which guest machine a program was built for, as `--machine auto` guesses it.

import type { Elf } from '../../codegen/elf/elf.ts';

const SP1_TEXT_START = 0x7800_0000;
const SP1_TEXT_END = 0x8000_0000;

/** `sp1` for a 64-bit program with a SUCCINCT note or with text where SP1 links it; otherwise `bare`. */
export function chooseMachine(elf: Elf): 'sp1' | 'bare' {
  if (elf.xlen !== 64) return 'bare';
  if (elf.notes.some(note => note.name === 'SUCCINCT')) return 'sp1';
  const executable = elf.segments.filter(segment => segment.executable);
  const textBase = Math.min(...executable.map(segment => segment.address));
  return textBase >= SP1_TEXT_START && textBase < SP1_TEXT_END ? 'sp1' : 'bare';
}
