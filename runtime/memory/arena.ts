// What lies where in the one buffer of a run, which every engine, WebAssembly module and thread of it sees.
//
//   offset        bytes                    what
//   0             64 KiB                   control page: registers, fuel, pc … (CONTROL in layout.ts), page map (PAGE_MAP)
//   64 KiB        area, below 2^31         guest area: main window | margin | far window | pool of pages (memory.ts)
//   + area        16 × slots of the text   slots: predecoded instructions, P
//   + slots       4 × slots of the text    heat: entries of the code there, H
//   + heat        4 × slots, or 0          flow: where straight runs of instructions began and ended, D   } metered
//   + flow        4 × slots, or 0          weights: of the instructions before a slot, W                  } runs
//   + weights     4 × cells, or 0          cells: entries of compiled blocks, B                           }
//   + cells       4 × touches, or 0        touches: first ones of a period since the host looked, Q       }
//   + touches     slots, or 0              transfers: what the jump at a slot does, for the interpreter   } runs whose
//   + transfers   CALL_STACK, or 0         stack: of calls that have not returned                         } calls are
//   + stack       CALL_LINKS, or 0         links: which node a call from another one leads to             } followed:
//   + links       CALL_NODES, or 0         nodes: what was done in each, and how often it was entered     } call-layout.ts
//   next page     area / 8, or 0           marks: of a metered run that counts touches, 1 where a doubleword was touched in this period, G
//   next page     area, or 0               stamps: clk of a doubleword's last access, as far in as the doubleword is;
//                 area / 2                 of a metered run that counts touches, the period in 4 bytes, for its host
//   + stamps      count × ring slot, or 0  ring slots of a chunk each: header, entries, what one instruction may append
//                                          beyond them; whole pages
//   + ring slots  as asked, or 0           window: entries of a chunk that is replayed, those at hand
//   end           whole pages; at most 2^32, as far as 32-bit addresses of WebAssembly reach
//
// An offset beyond 2^31 costs compiled code an instruction or two more: what it counts in comes before what is large.
// New pieces (columns, upload rings) are asked for here: the first two never move.

import { JitExecError } from '../errors.ts';
import { ENTRY_BYTES, HIGH, PAGE_BYTES } from '../layout.ts';
import { LINKS, NODES, STACK } from '../trace/call-layout.ts';
import { CHUNK_HEADER_BYTES, MAX_ENTRIES_PER_INSTRUCTION } from '../trace/chunk-layout.ts';

/** Where WebAssembly's addresses end. */
const LIMIT = HIGH;
const WORD_BYTES = 4;
const MORE_CELLS = 1024;
/** log2 of the bytes that a stamp of a metered run is of: a doubleword, unless it is told another. */
export const GRANULE = 3;

/** What is wanted beside the guest area. */
export interface ArenaNeeds {
  readonly stamps?: boolean;
  /** Ring slots for chunks of `entries` entries: as many as fit, at least one and at most `most`. */
  readonly ring?: { readonly entries: number; readonly most: number };
  /** Bytes for the entries at hand of a chunk that is replayed. */
  readonly window?: number;
  /**
   * Of a metered run: cells for compiled blocks, if not one for each slot and some for blocks of regions that overlap, and
   * how many first touches there may be before the host looks (0: they are not listed).
   */
  readonly meter?:
    | { readonly cells?: number | undefined; readonly touches: number; readonly granule?: number | undefined }
    | undefined;
  /** Whether calls are followed. */
  readonly calls?: boolean | undefined;
  /** What an engine keeps for each slot of the text. */
  readonly text?: { readonly slots: number; readonly slotWords: number };
}

/** Bytes [offset, offset + bytes) of the arena. */
export interface Span {
  readonly offset: number;
  readonly bytes: number;
}

/** `count` pieces of `bytes` bytes each from `offset` on. */
export interface RingSpan extends Span {
  readonly count: number;
}

export interface Arena {
  readonly control: Span;
  readonly area: Span;
  readonly stamps: Span;
  readonly ring: RingSpan;
  readonly window: Span;
  readonly slots: Span;
  readonly heat: Span;
  readonly flow: Span;
  readonly weights: Span;
  readonly cells: Span;
  readonly touches: Span;
  readonly transfers: Span;
  readonly stack: Span;
  readonly links: Span;
  readonly nodes: Span;
  readonly marks: Span;
  readonly pages: number;
}

const toPages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES);

/** Bytes of a ring slot for chunks of so many entries. */
export function ringSlotBytes(entries: number): number {
  const bytes = CHUNK_HEADER_BYTES['6.4'] + (entries + MAX_ENTRIES_PER_INSTRUCTION) * ENTRY_BYTES;
  return toPages(bytes) * PAGE_BYTES;
}

/** How many ring slots fit into so many bytes. Throws USAGE where none does. */
function ringCount({ entries, most }: NonNullable<ArenaNeeds['ring']>, room: number): number {
  const isCount = Number.isInteger(entries) && entries > 0;
  const count = isCount ? Math.min(most, Math.floor(room / ringSlotBytes(entries))) : 0;
  if (count > 0) return count;
  const slot = Math.floor(room / PAGE_BYTES) * PAGE_BYTES;
  const limit = Math.floor((slot - CHUNK_HEADER_BYTES['6.4']) / ENTRY_BYTES) - MAX_ENTRIES_PER_INSTRUCTION;
  throw new JitExecError('USAGE', `trace: expected 1 to ${limit} entries per chunk, got ${entries}`);
}

/** The map of an arena. Throws USAGE where chunks are too large for it. */
export function arenaOf(
  areaBytes: number,
  { stamps = false, ring, window = 0, meter, calls, text }: ArenaNeeds,
): Arena {
  const touches = meter?.touches ?? 0;
  const marked = touches > 0 ? areaBytes >>> (meter?.granule ?? GRANULE) : 0;
  const stampBytes = stamps ? areaBytes : WORD_BYTES * marked;
  const markBytes = toPages(marked) * PAGE_BYTES;
  const slotBytes = text === undefined ? 0 : WORD_BYTES * text.slotWords * text.slots;
  const heatBytes = text === undefined ? 0 : WORD_BYTES * text.slots;
  const flowBytes = meter === undefined ? 0 : heatBytes;
  const cells = meter === undefined ? 0 : (meter.cells ?? (text?.slots ?? 0) + MORE_CELLS);
  const meterBytes = 2 * flowBytes + WORD_BYTES * (cells + touches);
  const transferBytes = calls === true ? WORD_BYTES * Math.ceil((text?.slots ?? 0) / WORD_BYTES) : 0;
  const [stackBytes, linkBytes, nodeBytes] = calls === true ? [STACK.bytes, LINKS.bytes, NODES.bytes] : [0, 0, 0];
  const callBytes = transferBytes + stackBytes + linkBytes + nodeBytes;
  const small = toPages(slotBytes + heatBytes + meterBytes + callBytes) * PAGE_BYTES;
  const others = PAGE_BYTES + areaBytes + small + markBytes + stampBytes + window;
  const count = ring === undefined ? 0 : ringCount(ring, LIMIT - others);
  let end = 0;
  const next = (bytes: number, times = 1): Span => {
    const span = { offset: end, bytes };
    end += bytes * times;
    return span;
  };
  const [control, area] = [next(PAGE_BYTES), next(areaBytes)];
  const below = {
    slots: next(slotBytes),
    heat: next(heatBytes),
    flow: next(flowBytes),
    weights: next(flowBytes),
    cells: next(WORD_BYTES * cells),
    touches: next(WORD_BYTES * touches),
    transfers: next(transferBytes),
    stack: next(stackBytes),
    links: next(linkBytes),
    nodes: next(nodeBytes),
  };
  end = toPages(end) * PAGE_BYTES;
  return {
    control,
    area,
    ...below,
    marks: next(markBytes),
    stamps: next(stampBytes),
    ring: { ...next(ring === undefined ? 0 : ringSlotBytes(ring.entries), count), count },
    window: next(window),
    pages: toPages(end),
  };
}
