// What values of a unit stand for: texts, addresses and ranges of addresses that lie in other sections
// (DWARF 5, sections 2.17, 7.26 to 7.28; of 4 and before, .debug_ranges).

import type { Entry, Unit } from './entries.ts';
import { FORM, type FormValue } from './forms.ts';
import { Damaged, DwarfReader } from './reader.ts';

export interface InfoSections {
  readonly info: Uint8Array;
  readonly abbrev: Uint8Array;
  readonly str?: Uint8Array | undefined;
  readonly lineStr?: Uint8Array | undefined;
  readonly strOffsets?: Uint8Array | undefined;
  readonly addr?: Uint8Array | undefined;
  readonly ranges?: Uint8Array | undefined;
  readonly rnglists?: Uint8Array | undefined;
}

/** Addresses [start, end). */
export type Range = readonly [start: number, end: number];

export const AT = {
  name: 0x03,
  stmtList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  abstractOrigin: 0x31,
  declFile: 0x3a,
  declLine: 0x3b,
  specification: 0x47,
  ranges: 0x55,
  callFile: 0x58,
  callLine: 0x59,
  linkageName: 0x6e,
  strOffsetsBase: 0x72,
  addrBase: 0x73,
  rnglistsBase: 0x74,
  mipsLinkageName: 0x2007,
} as const;

const RLE = {
  end: 0,
  baseAddressx: 1,
  startxEndx: 2,
  startxLength: 3,
  offsetPair: 4,
  baseAddress: 5,
  startEnd: 6,
  startLength: 7,
} as const;
/** Of one list: where there are more, it says nothing true. */
const MOST_RANGES = 2 ** 16;
/** Headers of these sections up to their first entry, where a unit says nothing of its own (sections 7.26, 7.27). */
const HEADER = { 4: 8, 8: 16 } as const;

const ADDRESSES: ReadonlySet<number> = new Set([FORM.addrx, FORM.addrx1, FORM.addrx2, FORM.addrx3, FORM.addrx4]);
const TEXTS: ReadonlySet<number> = new Set([FORM.strx, FORM.strx1, FORM.strx2, FORM.strx3, FORM.strx4]);
const REFERENCES: ReadonlySet<number> = new Set([FORM.ref1, FORM.ref2, FORM.ref4, FORM.ref8, FORM.refUdata]);

function sectionAt(section: Uint8Array | undefined, offset: number): DwarfReader {
  if (section === undefined) throw new Damaged();
  return new DwarfReader(section, offset);
}

export class UnitValues {
  readonly unit: Unit;
  /** Of the unit itself. */
  readonly root: ReadonlyMap<number, FormValue>;
  readonly #sections: InfoSections;

  constructor(unit: Unit, { values }: Entry, sections: InfoSections) {
    this.unit = unit;
    this.root = values;
    this.#sections = sections;
  }

  #base(attribute: number): number {
    return this.root.get(attribute)?.number ?? HEADER[this.unit.offsetBytes];
  }

  text({ form, number, text }: FormValue): string | undefined {
    const { str, lineStr, strOffsets } = this.#sections;
    if (text !== undefined) return text;
    if (form === FORM.strp) return sectionAt(str, number).text();
    if (form === FORM.lineStrp) return sectionAt(lineStr, number).text();
    if (!TEXTS.has(form)) return undefined;
    const { offsetBytes } = this.unit;
    const at = this.#base(AT.strOffsetsBase) + number * offsetBytes;
    return sectionAt(str, sectionAt(strOffsets, at).unsigned(offsetBytes)).text();
  }

  /** Undefined where it is none. */
  address({ form, number }: FormValue): number | undefined {
    if (form === FORM.addr) return number;
    return ADDRESSES.has(form) ? this.#indexed(number) : undefined;
  }

  #indexed(index: number): number {
    const { addressBytes } = this.unit;
    return sectionAt(this.#sections.addr, this.#base(AT.addrBase) + index * addressBytes).unsigned(addressBytes);
  }

  /** Offset of the entry that is referred to. */
  reference({ form, number }: FormValue): number | undefined {
    if (form === FORM.refAddr) return number;
    return REFERENCES.has(form) ? this.unit.start + number : undefined;
  }

  /** The code of an entry, if it has any. */
  rangesOf(values: ReadonlyMap<number, FormValue>): readonly Range[] {
    const list = values.get(AT.ranges);
    if (list !== undefined) return this.unit.version < 5 ? this.#oldList(list.number) : this.#list(list);
    const [low, high] = [values.get(AT.lowPc), values.get(AT.highPc)];
    const start = low && this.address(low);
    if (start === undefined || high === undefined) return [];
    const end = this.address(high) ?? start + high.number;
    return end > start ? [[start, end]] : [];
  }

  get #lowPc(): number {
    const low = this.root.get(AT.lowPc);
    return (low && this.address(low)) ?? 0;
  }

  #oldList(offset: number): Range[] {
    const { addressBytes } = this.unit;
    const reader = sectionAt(this.#sections.ranges, offset);
    const ranges: Range[] = [];
    const highest = 2 ** (8 * addressBytes) - 1;
    for (let base = this.#lowPc; ranges.length < MOST_RANGES; ) {
      const [start, end] = [reader.unsigned(addressBytes), reader.unsigned(addressBytes)];
      if (start === 0 && end === 0) return ranges;
      if (start >= highest) base = end;
      else if (end > start) ranges.push([base + start, base + end]);
    }
    throw new Damaged();
  }

  #list({ form, number }: FormValue): Range[] {
    const { offsetBytes, addressBytes } = this.unit;
    const { rnglists } = this.#sections;
    const base = this.#base(AT.rnglistsBase);
    const offset =
      form === FORM.rnglistx ? base + sectionAt(rnglists, base + number * offsetBytes).unsigned(offsetBytes) : number;
    const reader = sectionAt(rnglists, offset);
    const address = (): number => reader.unsigned(addressBytes);
    const ranges: Range[] = [];
    const add = (start: number, end: number): void => {
      if (end > start) ranges.push([start, end]);
    };
    let from = this.#lowPc;
    while (ranges.length < MOST_RANGES) {
      const kind = reader.u8();
      if (kind === RLE.end) return ranges;
      if (kind === RLE.baseAddressx) from = this.#indexed(reader.uleb());
      else if (kind === RLE.baseAddress) from = address();
      else if (kind === RLE.startxEndx) add(this.#indexed(reader.uleb()), this.#indexed(reader.uleb()));
      else if (kind === RLE.offsetPair) add(from + reader.uleb(), from + reader.uleb());
      else if (kind === RLE.startEnd) add(address(), address());
      else if (kind === RLE.startxLength || kind === RLE.startLength) {
        const start = kind === RLE.startLength ? address() : this.#indexed(reader.uleb());
        add(start, start + reader.uleb());
      } else throw new Damaged();
    }
    throw new Damaged();
  }
}
