// `jit-exec info`: what a program is, for people or as JSON.

import { basename } from 'node:path';
import type { Segment } from '../../../codegen/elf/elf.ts';
import { JitExecError } from '../../../runtime/errors.ts';
import { hex } from '../../../runtime/hex.ts';
import { loadGuest } from '../../machine/guest.ts';
import { VERSION } from '../../version.ts';
import type { Arguments } from '../command.ts';
import { readBytes } from '../input.ts';
import type { MachineName } from '../load.ts';
import { complain, jsonLine, printable, writeAll } from '../output.ts';
import { sha256 } from '../sha256.ts';

export async function info(args: Arguments): Promise<number> {
  const asked = [args.program !== undefined, args.gpu === true, args.chips === true].filter(Boolean).length;
  if (asked === 0)
    throw new JitExecError(
      'USAGE',
      'info: which program? (--gpu describes the GPU instead, --chips the tables of SP1)',
    );
  if (asked > 1) throw new JitExecError('USAGE', 'info: give a program, --gpu or --chips, not both');
  if (args.chips) return (await import('./info-chips.ts')).infoChips(args);
  if (args.gpu) return (await import('./info-gpu.ts')).infoGpu(args);
  return infoProgram(args);
}

function infoProgram(args: Arguments): number {
  const bytes = readBytes(args.program);
  const { elf, machine, program } = loadGuest(bytes, args.program, args.machine as 'auto' | MachineName, {
    lenient: true,
  });
  const summary = {
    schema: 1,
    version: VERSION,
    program: { name: basename(elf.name), sha256: sha256(bytes) },
    machine,
    xlen: elf.xlen,
    arch: elf.arch,
    compressed: elf.isCompressed,
    entry: hex(elf.entry),
    entrySymbol: program.symbolAt(elf.entry) && program.describeAddress(elf.entry),
    text: { address: hex(program.textBase), bytes: program.text.length, functions: program.functionStarts.length },
    symbols: elf.symbols.length,
    segments: elf.segments.map(segment => ({
      address: hex(segment.address),
      fileBytes: segment.fileBytes.length,
      memoryBytes: segment.memoryBytes,
      access: access(segment),
    })),
    notes: elf.notes.map(({ name, type, description }) => ({
      name,
      type,
      description: Buffer.from(description).toString('hex'),
    })),
    warnings: elf.warnings,
  };
  for (const warning of elf.warnings) complain(`warning: ${warning} in ${elf.name}`);
  writeAll(1, args.json ? jsonLine(summary) : printable(describe(summary, elf.name)));
  return 0;
}

function access({ readable, writable, executable }: Segment): string {
  return `${readable ? 'r' : '-'}${writable ? 'w' : '-'}${executable ? 'x' : '-'}`;
}

interface Summary {
  readonly program: { readonly sha256: string };
  readonly machine: string;
  readonly xlen: number;
  readonly arch: string | undefined;
  readonly compressed: boolean;
  readonly entry: string;
  readonly entrySymbol: string | undefined;
  readonly text: { readonly address: string; readonly bytes: number; readonly functions: number };
  readonly symbols: number;
  readonly segments: readonly { address: string; fileBytes: number; memoryBytes: number; access: string }[];
  readonly notes: readonly { name: string; type: number; description: string }[];
}

function describe(summary: Summary, name: string): string {
  const { text } = summary;
  const rows: (readonly [string, string])[] = [
    ['program', name],
    ['sha256', summary.program.sha256],
    ['machine', summary.machine],
    ['isa', summary.arch ?? `RV${summary.xlen}${summary.compressed ? ', compressed' : ''}`],
    ['entry', summary.entry + (summary.entrySymbol ? ` ${summary.entrySymbol}` : '')],
    ['text', `${text.bytes} bytes at ${text.address}, ${text.functions} functions`],
    ['symbols', String(summary.symbols)],
    ...summary.segments.map(
      ({ access, address, fileBytes, memoryBytes }) =>
        ['segment', `${access} ${address}, ${memoryBytes} bytes, ${fileBytes} of them in the file`] as const,
    ),
    ...summary.notes.map(
      ({ name, type, description }) => ['note', `${name} ${type} ${description}`.trimEnd()] as const,
    ),
  ];
  return rows.map(([label, value]) => `${label.padEnd(8)} ${value}\n`).join('');
}
