// Which machine a command line is about, before anything is loaded.

import { chooseMachine } from '../../machine/choose.ts';
import { elfOf } from '../../machine/elf-of.ts';
import type { Arguments } from '../command.ts';

/** Whether the machine that was asked for, or that the file is for, is OpenVM's. */
export function isOpenVm({ machine, program }: Arguments, bytes: Uint8Array): boolean {
  if (machine !== 'auto') return machine === 'openvm';
  return bytes[0] === 0x7f && chooseMachine(elfOf(bytes, program)) === 'openvm';
}
