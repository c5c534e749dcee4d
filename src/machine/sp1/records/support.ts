// Which guests have shards, and with which thresholds.

import { JitExecError } from '../../../../runtime/errors.ts';
import type { Guest } from '../../guest.ts';
import { sp1UserMode } from '../elf.ts';
import { checkThresholds, type ShardThresholds } from './cut/shape.ts';

/** @throws ELF_UNSUPPORTED for a guest without shards, ENVIRONMENT without WebAssembly, USAGE for thresholds too small. */
export function checkShardGuest({ machine, elf, program }: Guest, thresholds: ShardThresholds): void {
  if (machine !== 'sp1') throw new JitExecError('ELF_UNSUPPORTED', `shards: the machine ${machine} has none`);
  if (sp1UserMode(elf) !== undefined) {
    throw new JitExecError('ELF_UNSUPPORTED', 'shards: programs that run untrusted code are not supported yet');
  }
  if (typeof WebAssembly !== 'object') throw new JitExecError('ENVIRONMENT', 'shards: the host has no WebAssembly');
  checkThresholds(thresholds, program.text.length >>> 2);
}
