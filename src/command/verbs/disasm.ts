// `jit-exec disasm`: the text of a program as assembly, one instruction a line, under the names of symbols.

import { type Instruction, makeDecoder } from '../../../codegen/isa/decode.ts';
import { disassemble } from '../../../codegen/isa/disassemble.ts';
import { opReads } from '../../../codegen/isa/summary.ts';
import type { AddressRange, Program } from '../../../codegen/program/program.ts';
import { JitExecError } from '../../../runtime/errors.ts';
import { hex } from '../../../runtime/hex.ts';
import { opcodeName } from '../../../runtime/openvm/opcodes.ts';
import { transpile } from '../../machine/openvm/transpiler.ts';
import type { Arguments } from '../command.ts';
import { loadFile, type MachineName } from '../load.ts';
import { bufferedStdout, printable } from '../output.ts';

export function disasm(args: Arguments): number {
  const { program } = loadFile(args.program, args.machine as 'auto' | MachineName);
  const stdout = bufferedStdout();
  for (const line of lines(program, rangeOf(program, args))) stdout.write(`${printable(line)}\n`);
  stdout.flush();
  return 0;
}

function rangeOf(program: Program, args: Arguments): AddressRange {
  const usage = (text: string): JitExecError => new JitExecError('USAGE', `${text} in ${program.name}`);
  const name = args.function;
  if (typeof name === 'string') {
    const range = program.rangeOf(name);
    if (!range) throw usage(`--function: no code symbol ${name}`);
    return range;
  }
  const text: AddressRange = { start: program.textBase, end: program.textBase + program.text.length };
  const start = (args.from as number | undefined) ?? text.start;
  const end = (args.to as number | undefined) ?? text.end;
  if (start < text.start || end > text.end || start > end || start % 2 !== 0) {
    const asked = `[${hex(start)}, ${hex(end)})`;
    throw usage(`--from, --to: ${asked} is not an even range of the text [${hex(text.start)}, ${hex(text.end)})`);
  }
  return { start, end };
}

/** Where what OpenVM makes of an instruction is shown. */
const OPENVM_COLUMN = 56;

function openVmForm(instruction: Instruction): string {
  const { opcode, operands } = transpile(instruction);
  return `${opcodeName(opcode)} ${operands.join(' ')}`;
}

/** Zeros are shown as `...` from this many bytes on: no instruction is zero. */
const MIN_GAP_BYTES = 8;

function* lines(program: Program, { start, end }: AddressRange): Generator<string> {
  const { text, textBase, isa } = program;
  const view = new DataView(text.buffer, text.byteOffset, text.byteLength);
  const decode = makeDecoder(isa);
  for (let pc = start; pc < end; ) {
    const at = pc - textBase;
    const symbol = program.symbolAt(pc);
    if (symbol?.offset === 0 || pc === start) yield `\n${hex(pc)} <${program.describeAddress(pc)}>:`;
    const gap = zerosFrom(text, at, end - textBase, a => program.symbolAt(textBase + a)?.offset === 0);
    if (gap >= MIN_GAP_BYTES) {
      yield '        ...';
      pc += gap;
      continue;
    }
    const half = at + 2 <= text.length ? view.getUint16(at, true) : text[at]!;
    const word = at + 4 <= text.length ? view.getUint32(at, true) : half;
    const instruction = decode(word);
    const fits = instruction && at + instruction.size <= text.length;
    const size = fits ? instruction.size : isa.compressed && (half & 3) !== 3 ? 2 : 4;
    const digits = (size === 4 ? word : half).toString(16).padStart(size * 2, '0');
    const assembly = fits ? disassemble(instruction, BigInt(pc)) : `${size === 4 ? '.word' : '.half'} 0x${digits}`;
    const target = fits ? targetOf(instruction, pc) : undefined;
    const note = target !== undefined && program.symbolAt(target) ? ` <${program.describeAddress(target)}>` : '';
    const line = `${hex(pc).padStart(12)}: ${digits.padEnd(8)}  ${assembly}${note}`;
    yield fits && isa.name === 'openvm' ? `${line.padEnd(OPENVM_COLUMN)}  ${openVmForm(instruction)}` : line;
    pc += size;
  }
}

/** How many zero bytes follow, in whole words of 4 and up to the next symbol. */
function zerosFrom(text: Uint8Array, start: number, end: number, isSymbol: (at: number) => boolean): number {
  let at = start;
  while (at + 4 <= end && (text[at]! | text[at + 1]! | text[at + 2]! | text[at + 3]!) === 0) {
    if (at > start && isSymbol(at)) break;
    at += 4;
  }
  return at - start;
}

/** Where a jump or branch relative to pc goes. */
function targetOf({ row, imm }: Instruction, pc: number): number | undefined {
  const { kind } = row.effect;
  return kind === 'branch' || (kind === 'jump' && !opReads(row).rs1) ? pc + imm : undefined;
}
