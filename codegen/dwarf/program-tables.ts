// The debug information of an executable: lines of its source, and frames of its functions.

import type { Elf } from '../elf/elf.ts';
import { type FrameSection, type FrameTable, frameTable } from './frames.ts';
import { type LineTable, lineTable } from './lines.ts';

export interface DebugTables {
  readonly lines: LineTable;
  readonly frames: FrameTable;
}

/** Nothing is read before somebody asks. */
export function debugTables({ sections, xlen }: Elf): DebugTables {
  const find = (name: string): Uint8Array | undefined => sections.find(section => section.name === name)?.bytes;
  const line = find('.debug_line');
  const frames = sections.flatMap(({ name, bytes, address }): FrameSection[] => {
    const kind = ({ '.eh_frame': 'eh', '.debug_frame': 'debug' } as const)[name];
    return kind === undefined ? [] : [{ bytes, address, kind, addressBytes: xlen === 64 ? 8 : 4 }];
  });
  return {
    lines:
      line === undefined
        ? () => undefined
        : lineTable({ line, str: find('.debug_str'), lineStr: find('.debug_line_str') }),
    frames: frameTable(frames),
  };
}
