// Units of .debug_info and the entries in them (DWARF 5, sections 7.5.1 to 7.5.3; 2 to 4 likewise).

import { bytesOfForm, type FormEncoding, type FormValue, readValue } from './forms.ts';
import { Damaged, DwarfReader } from './reader.ts';

export interface Unit extends FormEncoding {
  /** Where its header and its entries start, and where it ends. */
  readonly start: number;
  readonly entriesAt: number;
  readonly end: number;
  readonly abbreviationsAt: number;
}

export interface Entry {
  /** In the section. */
  readonly offset: number;
  readonly depth: number;
  readonly tag: number;
  /** By attribute; of entries that nobody wanted, none. */
  readonly values: ReadonlyMap<number, FormValue>;
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Attribute, form and what an implicit constant is. */
  readonly attributes: readonly (readonly [attribute: number, form: number, implicit: number])[];
  /** Bytes of all values, where it is always as many. */
  readonly bytes: number | undefined;
}

const UNIT_TYPE = { compile: 1, partial: 3 } as const;
const FORM_IMPLICIT_CONST = 0x21;
const NO_VALUES: ReadonlyMap<number, FormValue> = new Map();

/** Headers of the units that have code; what is behind a damaged one is lost. */
export function readUnits(info: Uint8Array): Unit[] {
  const units: Unit[] = [];
  const reader = new DwarfReader(info);
  try {
    while (!reader.isAtEnd) {
      const start = reader.at;
      const { length, offsetBytes } = reader.initialLength();
      const end = reader.at + length;
      if (end > info.length) throw new Damaged();
      const unit = readHeader(new DwarfReader(info, reader.at, end), start, offsetBytes);
      if (unit !== undefined) units.push(unit);
      reader.at = end;
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
  }
  return units;
}

function readHeader(reader: DwarfReader, start: number, offsetBytes: 4 | 8): Unit | undefined {
  const version = reader.u16();
  if (version < 2 || version > 5) return undefined;
  const type = version === 5 ? reader.u8() : UNIT_TYPE.compile;
  if (type !== UNIT_TYPE.compile && type !== UNIT_TYPE.partial) return undefined;
  const early = version === 5 ? reader.u8() : 0;
  const abbreviationsAt = reader.unsigned(offsetBytes);
  const addressBytes = version === 5 ? early : reader.u8();
  if (addressBytes !== 4 && addressBytes !== 8) return undefined;
  return { start, entriesAt: reader.at, end: reader.end, version, offsetBytes, addressBytes, abbreviationsAt };
}

function readAbbreviations(section: Uint8Array, unit: Unit): ReadonlyMap<number, Abbreviation> {
  const reader = new DwarfReader(section, unit.abbreviationsAt);
  const abbreviations = new Map<number, Abbreviation>();
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    const tag = reader.uleb();
    const hasChildren = reader.u8() !== 0;
    const attributes: [number, number, number][] = [];
    for (;;) {
      const [attribute, form] = [reader.uleb(), reader.uleb()];
      const implicit = form === FORM_IMPLICIT_CONST ? reader.sleb() : 0;
      if (attribute === 0 && form === 0) break;
      attributes.push([attribute, form, implicit]);
    }
    let bytes: number | undefined = 0;
    for (const [, form] of attributes) {
      const one = bytesOfForm(form, unit);
      bytes = bytes === undefined || one === undefined ? undefined : bytes + one;
    }
    abbreviations.set(code, { tag, hasChildren, attributes, bytes });
  }
  return abbreviations;
}

/** The entries of a section. */
export class DebugEntries {
  readonly #info: Uint8Array;
  readonly #abbrev: Uint8Array;
  readonly #tables = new Map<number, ReadonlyMap<number, Abbreviation>>();

  constructor(info: Uint8Array, abbrev: Uint8Array) {
    this.#info = info;
    this.#abbrev = abbrev;
  }

  #tableOf(unit: Unit): ReadonlyMap<number, Abbreviation> {
    // Sizes of forms follow from the unit.
    const key = 32 * unit.abbreviationsAt + 4 * unit.version + (unit.offsetBytes >> 2) + (unit.addressBytes >> 3);
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table = readAbbreviations(this.#abbrev, unit);
    this.#tables.set(key, table);
    return table;
  }

  /** The entry at an offset of the section. */
  at(unit: Unit, offset: number): Entry {
    for (const entry of this.walk(unit, () => true, offset)) return entry;
    throw new Damaged();
  }

  /** Entries in order from `offset` on; only of those whose tag is wanted values are read, and they alone are told. */
  *walk(unit: Unit, wants: (tag: number) => boolean, offset: number = unit.entriesAt): Generator<Entry> {
    const table = this.#tableOf(unit);
    if (offset < unit.entriesAt || offset >= unit.end) throw new Damaged();
    const reader = new DwarfReader(this.#info, offset, unit.end);
    for (let depth = 0; !reader.isAtEnd; ) {
      const from = reader.at;
      const code = reader.uleb();
      if (code === 0) {
        if (--depth <= 0) return;
        continue;
      }
      const abbreviation = table.get(code);
      if (abbreviation === undefined) throw new Damaged();
      const { tag, hasChildren, attributes, bytes } = abbreviation;
      if (wants(tag)) yield { offset: from, depth, tag, values: valuesOf(reader, attributes, unit) };
      else if (bytes !== undefined) reader.skip(bytes);
      else for (const [, form, implicit] of attributes) readValue(reader, form, unit, implicit);
      if (hasChildren) depth++;
      else if (depth === 0) return;
    }
  }
}

function valuesOf(
  reader: DwarfReader,
  attributes: Abbreviation['attributes'],
  unit: Unit,
): ReadonlyMap<number, FormValue> {
  if (attributes.length === 0) return NO_VALUES;
  return new Map(
    attributes.map(([attribute, form, implicit]) => [attribute, readValue(reader, form, unit, implicit)] as const),
  );
}
