// The debug information of an executable: lines of its source, frames of its functions, and what was inlined in them.

import { demangle } from '../demangle/demangle.ts';
import type { Elf } from '../elf/elf.ts';
import { type FrameSection, type FrameTable, frameTable } from './frames.ts';
import { type InlinedFunction, type InlineTable, inlineTable } from './inlines.ts';
import { type LineTable, lineFiles, lineTable } from './lines.ts';

export interface DebugTables {
  readonly lines: LineTable;
  readonly frames: FrameTable;
  /** By their names in the source. */
  readonly inlines: InlineTable;
}

/** Nothing is read before somebody asks. */
export function debugTables({ sections, xlen }: Elf): DebugTables {
  const find = (name: string): Uint8Array | undefined => sections.find(section => section.name === name)?.bytes;
  const line = find('.debug_line');
  const frames = sections.flatMap(({ name, bytes, address }): FrameSection[] => {
    const kind = ({ '.eh_frame': 'eh', '.debug_frame': 'debug' } as const)[name];
    return kind === undefined ? [] : [{ bytes, address, kind, addressBytes: xlen === 64 ? 8 : 4 }];
  });
  const lines = line && { line, str: find('.debug_str'), lineStr: find('.debug_line_str') };
  return {
    lines: lines === undefined ? () => undefined : lineTable(lines),
    frames: frameTable(frames),
    inlines: named(inlinesOf(find, lines && remembered(offset => lineFiles(lines, offset)))),
  };
}

type Find = (section: string) => Uint8Array | undefined;

function inlinesOf(find: Find, filesOf: ((offset: number) => (index: number) => string) | undefined): InlineTable {
  const [info, abbrev] = [find('.debug_info'), find('.debug_abbrev')];
  const sections = info &&
    abbrev && {
      info,
      abbrev,
      str: find('.debug_str'),
      lineStr: find('.debug_line_str'),
      strOffsets: find('.debug_str_offsets'),
      addr: find('.debug_addr'),
      ranges: find('.debug_ranges'),
      rnglists: find('.debug_rnglists'),
    };
  return inlineTable(sections, filesOf ?? (() => () => ''));
}

/** Answers the same question once. */
function remembered<K, V>(answer: (question: K) => V): (question: K) => V {
  const answers = new Map<K, V>();
  return question => {
    if (!answers.has(question)) answers.set(question, answer(question));
    return answers.get(question)!;
  };
}

function named({ isKnown, at }: InlineTable): InlineTable {
  const nameOf = remembered((found: InlinedFunction) => ({ ...found, name: demangle(found.name) }));
  return { isKnown, at: address => at(address).map(nameOf) };
}
