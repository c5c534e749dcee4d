// Which guest machine a program was built for, as `--machine auto` guesses it.

import type { Elf } from '../../codegen/elf/elf.ts';
import { isOpenVmElf } from './openvm/elf.ts';

/** Where SP1 links the text; the segment may begin below its entry, so the entry is what tells. */
const SP1_ENTRIES = { start: 0x7800_0000, end: 0x8000_0000 };

/**
 * `sp1` for a 64-bit program with a SUCCINCT note or its entry where SP1 links text, `openvm` for a 32-bit one with a
 * terminate instruction; otherwise `bare`.
 */
export function chooseMachine(elf: Elf): 'sp1' | 'openvm' | 'bare' {
  if (elf.xlen === 32) return isOpenVmElf(elf) ? 'openvm' : 'bare';
  if (elf.notes.some(note => note.name === 'SUCCINCT')) return 'sp1';
  return elf.entry >= SP1_ENTRIES.start && elf.entry < SP1_ENTRIES.end ? 'sp1' : 'bare';
}
