// A guest program: its text as one run of bytes, and names for the addresses in it.

import { assert, JitExecError } from '../runtime/errors.ts';
import type { Elf, ElfSymbol, Segment } from './elf.ts';
import { hex } from './elf-bytes.ts';
import type { Isa } from './isa/index.ts';

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
  readonly textBase: number;
  /** All executable segments from textBase on, gaps zero; starts at byte 0 of a buffer of its own. */
  readonly text: Uint8Array;
  /** Sorted addresses of the function symbols inside the text. */
  readonly functionStarts: readonly number[];
  /** The last of them at or before an address. */
  readonly functionBefore: (address: number) => number | undefined;
  /** The symbol that covers a text address. Labels without a size reach to the next symbol. */
  readonly symbolAt: (address: number) => SymbolOffset | undefined;
  /** `fib+0x10`, or the hexadecimal address where no symbol covers it. */
  readonly describeAddress: (address: number) => string;
  /** Where the code of a symbol lies. */
  readonly rangeOf: (symbol: string) => AddressRange | undefined;
}

const MAX_TEXT_BYTES = 64 * 2 ** 20;

/** Throws ELF_UNSUPPORTED if the executable segments span more than 64 MiB. */
export function loadProgram(elf: Elf, isa: Isa): Program {
  assert(elf.xlen === isa.xlen, `${elf.name} is RV${elf.xlen}, ${isa.name} is not`);
  const { textBase, text } = readText(elf);
  const labels = textLabels(elf.symbols, textBase, textBase + text.length);
  const covering = (address: number): Label | undefined => {
    const label = labels[lastAtOrBelow(labels, address)];
    return label && address < label.end ? label : undefined;
  };
  const symbolAt = (address: number): SymbolOffset | undefined => {
    const label = covering(address);
    return label && { name: label.name, offset: address - label.start };
  };
  const alignment = isa.compressed ? 2 : 4;
  const starts = labels.filter(label => label.isFunction && label.start % alignment === 0);
  let byName: Map<string, Label> | undefined;
  return {
    name: elf.name,
    isa,
    entry: elf.entry,
    segments: elf.segments,
    textBase,
    text,
    functionStarts: starts.map(label => label.start),
    functionBefore: address => starts[lastAtOrBelow(starts, address)]?.start,
    symbolAt,
    describeAddress: address => {
      const symbol = symbolAt(address);
      if (!symbol) return hex(address);
      return symbol.offset === 0 ? symbol.name : `${symbol.name}+${hex(symbol.offset)}`;
    },
    rangeOf: symbol => {
      byName ??= new Map(labels.toReversed().flatMap(label => label.aliases.map(alias => [alias, label])));
      return byName.get(symbol);
    },
  };
}

function readText(elf: Elf): { readonly textBase: number; readonly text: Uint8Array } {
  const executable = elf.segments.filter(segment => segment.executable);
  const textBase = Math.min(...executable.map(segment => segment.address));
  const textEnd = Math.max(...executable.map(segment => segment.address + segment.memoryBytes));
  if (textEnd - textBase > MAX_TEXT_BYTES) {
    const span = `[${hex(textBase)}, ${hex(textEnd)})`;
    throw new JitExecError('ELF_UNSUPPORTED', `elf: text ${span} spans more than 64 MiB in ${elf.name}`);
  }
  const text = new Uint8Array(textEnd - textBase);
  for (const segment of executable) text.set(segment.fileBytes, segment.address - textBase);
  return { textBase, text };
}

interface Label extends AddressRange {
  readonly name: string;
  readonly isFunction: boolean;
  /** Every symbol at this address. */
  readonly aliases: readonly string[];
}

/** One label per address. Of several symbols there, the name is that of a function, a global, the largest. */
function textLabels(symbols: readonly ElfSymbol[], start: number, end: number): readonly Label[] {
  // `$x`, `$d` mark code and data for disassemblers (psABI, "Mapping symbol"); `.L` are assembler-local.
  const isCode = ({ name, address, kind }: ElfSymbol): boolean =>
    (kind === 'function' || kind === 'none') && address >= start && address < end && !/^(\$[xd]|\.L)/.test(name);
  const rank = (symbol: ElfSymbol): number => (symbol.kind === 'function' ? 2 : 0) + (symbol.isGlobal ? 1 : 0);
  const sorted = symbols.filter(isCode).sort((a, b) => a.address - b.address || rank(b) - rank(a) || b.size - a.size);
  const groups: ElfSymbol[][] = [];
  for (const symbol of sorted) {
    const last = groups.at(-1);
    if (last?.[0]?.address === symbol.address) last.push(symbol);
    else groups.push([symbol]);
  }
  return groups.map((group, i) => {
    const { name, address, size, kind } = group[0]!;
    const next = groups[i + 1]?.[0]?.address ?? end;
    return {
      name,
      start: address,
      end: Math.min(size > 0 ? address + size : next, end),
      isFunction: kind === 'function',
      aliases: group.map(symbol => symbol.name),
    };
  });
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
