// The JavaScript that is generated for one guest function, for people to read.

import { isa } from '../../codegen/isa/index.ts';
import { windowOf } from '../../codegen/javascript/access.ts';
import { compileRegion } from '../../codegen/javascript/compile.ts';
import { makeText } from '../../codegen/program/text.ts';
import { PURE } from '../../codegen/region/instrumentation.ts';
import { JitExecError } from '../../runtime/errors.ts';
import { regionLimits } from '../engine/code/code-cache.ts';
import { loadGuest, type MachineName, makeMachine } from '../machine/guest.ts';
import { checkCall, DUMP_OPTIONS } from '../options.ts';

export interface DumpOptions {
  /** Name of the program in messages. */
  readonly name?: string;
  /** The guest machine; `auto`, the default, tells it from the file. */
  readonly machine?: 'auto' | MachineName;
  /** The text of traced runs, which records what memory held. */
  readonly traced?: boolean;
}

/**
 * The text for the function `wanted`, a symbol's name or an address.
 * @throws JitExecError for a malformed executable or a function that is not in it.
 */
export function dumpFunction(bytes: Uint8Array, wanted: string, options: DumpOptions = {}): string {
  checkCall('dumpFunction', bytes, options, DUMP_OPTIONS);
  const guest = loadGuest(bytes, options.name ?? 'program.elf', options.machine ?? 'auto', { lenient: true });
  const { program } = guest;
  const machine = makeMachine(guest, {});
  const text = makeText(isa(machine.isa), program.textBase, program.text, i => machine.refuses(i), program.gaps);
  const entry = /^0x[\da-f]+$/i.test(wanted) ? Number(wanted) : program.rangeOf(wanted)?.start;
  const end = program.textBase + program.text.length;
  if (
    entry === undefined ||
    entry < program.textBase ||
    entry >= end ||
    (entry - program.textBase) % (1 << text.slotShift) !== 0
  ) {
    throw new JitExecError('USAGE', `no function ${wanted} in ${program.name}`);
  }
  const compiled = compileRegion(program, text, windowOf(machine.memoryPlan()), entry, {
    ...regionLimits(text.isa.xlen),
    isFunctionStart: pc => program.functionBefore(pc) === pc,
    seenTargets: () => [],
    strays: () => false,
    alignedOnly: machine.alignedOnly,
    instrumentation: options.traced ? { kind: 'traced', stamps: 0 } : PURE,
  });
  return `${compiled.text}\n`;
}
