// A guest program: its text as one run of bytes, and names for the addresses in it.

import { assert, JitExecError } from '../../runtime/errors.ts';
import { hex } from '../../runtime/hex.ts';
import { demangle } from '../demangle/demangle.ts';
import { type DebugTables, debugTables } from '../dwarf/program-tables.ts';
import type { Elf, ElfSymbol, Segment } from '../elf/elf.ts';
import type { Isa } from '../isa/index.ts';

export interface SymbolOffset {
  readonly name: string;
  /** Bytes from the symbol's address. */
  readonly offset: number;
}

/** Addresses [start, end). */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

export interface Program {
  readonly name: string;
  readonly isa: Isa;
  readonly entry: number;
  readonly segments: readonly Segment[];
  /** What was wrong with the file, none of which stops it from running. */
  readonly warnings: readonly string[];
  readonly textBase: number;
  /** All executable segments from textBase on, gaps zero; starts at byte 0 of a buffer of its own. */
  readonly text: Uint8Array;
  /** What lies between executable segments there, ascending. */
  readonly gaps: readonly AddressRange[];
  /** Sorted addresses of the function symbols inside the text. */
  readonly functionStarts: readonly number[];
  /** The last of them at or before an address. */
  readonly functionBefore: (address: number) => number | undefined;
  /** The symbol that covers a text address. Labels without a size reach to the next symbol. */
  readonly symbolAt: (address: number) => SymbolOffset | undefined;
  /** `fib+0x10`, by the name in its source, or the hexadecimal address where no symbol covers it. */
  readonly describeAddress: (address: number) => string;
  /** What the file says of source lines and frames. */
  readonly debug: DebugTables;
  /** Where the code of a symbol lies, given as the file has it or by its name in the source. */
  readonly rangeOf: (symbol: string) => AddressRange | undefined;
}

const MAX_TEXT_BYTES = 64 * 2 ** 20;

/** Throws ELF_UNSUPPORTED if the executable segments span more than 64 MiB. */
export function loadProgram(elf: Elf, isa: Isa): Program {
  assert(elf.xlen === isa.xlen, `${elf.name} is RV${elf.xlen}, ${isa.name} is not`);
  const { textBase, text, gaps } = readText(elf);
  let sorted: Labels | undefined;
  const labelsOf = (): Labels => {
    sorted ??= readLabels(elf.symbols, textBase, textBase + text.length, isa.compressed ? 2 : 4);
    return sorted;
  };
  const covering = (address: number): Label | undefined => {
    const { labels } = labelsOf();
    const label = labels[lastAtOrBelow(labels, address)];
    return label && address < label.end ? label : undefined;
  };
  const symbolAt = (address: number): SymbolOffset | undefined => {
    const label = covering(address);
    return label && { name: label.name, offset: address - label.start };
  };
  let byName: Map<string, Label> | undefined;
  let bySourceName: Map<string, Label> | undefined;
  return {
    name: elf.name,
    isa,
    entry: elf.entry,
    segments: elf.segments,
    warnings: elf.warnings,
    textBase,
    text,
    gaps,
    get functionStarts() {
      return labelsOf().starts.map(label => label.start);
    },
    functionBefore: address => {
      const { starts } = labelsOf();
      return starts[lastAtOrBelow(starts, address)]?.start;
    },
    symbolAt,
    debug: debugTables(elf),
    describeAddress: address => {
      const symbol = symbolAt(address);
      if (!symbol) return hex(address);
      const name = demangle(symbol.name);
      return symbol.offset === 0 ? name : `${name}+${hex(symbol.offset)}`;
    },
    rangeOf: symbol => {
      if (byName === undefined) {
        const { labels, symbols } = labelsOf();
        const labelAt = (address: number): Label => labels[lastAtOrBelow(labels, address)]!;
        // Of several symbols of a name, the first counts.
        byName = new Map(symbols.toReversed().map(({ name, address }) => [name, labelAt(address)]));
      }
      const exact = byName.get(symbol);
      if (exact !== undefined) return exact;
      bySourceName ??= new Map([...byName].map(([name, label]) => [demangle(name), label]));
      return bySourceName.get(symbol);
    },
  };
}

/** An identifier that says which guest code this is: symbol and address. */
export function functionName(program: Program, pc: number): string {
  const symbol = program.symbolAt(pc)?.name ?? 'code';
  return `${symbol.replace(/[^A-Za-z0-9_$]+/g, '_').replace(/^(?=\d)/, '_')}_${pc.toString(16)}`;
}

function readText(elf: Elf): Pick<Program, 'textBase' | 'text' | 'gaps'> {
  const executable = elf.segments.filter(segment => segment.executable).toSorted((a, b) => a.address - b.address);
  const textBase = Math.min(...executable.map(segment => segment.address));
  const textEnd = Math.max(...executable.map(segment => segment.address + segment.memoryBytes));
  if (textEnd - textBase > MAX_TEXT_BYTES) {
    const span = `[${hex(textBase)}, ${hex(textEnd)})`;
    throw new JitExecError('ELF_UNSUPPORTED', `elf: text ${span} spans more than 64 MiB in ${elf.name}`);
  }
  const text = new Uint8Array(textEnd - textBase);
  for (const segment of executable) text.set(segment.fileBytes, segment.address - textBase);
  const gaps = executable.slice(1).flatMap(({ address }, i) => {
    const start = executable[i]!.address + executable[i]!.memoryBytes;
    return start < address ? [{ start, end: address }] : [];
  });
  return { textBase, text, gaps };
}

interface Label extends AddressRange {
  readonly name: string;
  readonly isFunction: boolean;
}

interface Labels {
  /** One per address. Of several symbols there, the name is that of a function, a global, the largest. */
  readonly labels: readonly Label[];
  /** Those of functions that start where an instruction can. */
  readonly starts: readonly Label[];
  /** Every symbol in the text, by address. */
  readonly symbols: readonly ElfSymbol[];
}

/** `$x`, `$d` mark code and data for disassemblers (psABI, "Mapping symbol"); `.L` are assembler-local. */
const isMark = (name: string): boolean => name.startsWith('$x') || name.startsWith('$d') || name.startsWith('.L');

const rank = (symbol: ElfSymbol): number => (symbol.kind === 'function' ? 2 : 0) + (symbol.isGlobal ? 1 : 0);

/** Labels of the text at [start, end). A program may have tens of thousands of symbols: this makes one object a label. */
function readLabels(all: readonly ElfSymbol[], start: number, end: number, alignment: 2 | 4): Labels {
  const symbols = all
    .filter(
      ({ name, address, kind }) =>
        (kind === 'function' || kind === 'none') && address >= start && address < end && !isMark(name),
    )
    .sort((a, b) => a.address - b.address || rank(b) - rank(a) || b.size - a.size);
  const labels: Label[] = [];
  for (let i = 0; i < symbols.length; ) {
    const { name, address, size, kind } = symbols[i]!;
    do i++;
    while (symbols[i]?.address === address);
    const labelEnd = size > 0 ? address + size : (symbols[i]?.address ?? end);
    labels.push({ name, start: address, end: Math.min(labelEnd, end), isFunction: kind === 'function' });
  }
  return { labels, starts: labels.filter(label => label.isFunction && label.start % alignment === 0), symbols };
}

/** Index of the last label that starts at or below the address; -1 if none. */
function lastAtOrBelow(labels: readonly Label[], address: number): number {
  let low = 0;
  let high = labels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (labels[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
