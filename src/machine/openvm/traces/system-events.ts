// Events of the AIRs that no instruction records for: the program, where a segment begins and ends, memory at its edges, the
// tree above it, hashes. Reference: openvm:crates/vm/src/system, v1.4.0.

import { openVmChip } from '../../../../codegen/chips/openvm/index.ts';
import type { TreeDigest } from '../../../../runtime/hashes/baby-bear-tree.ts';
import { readRecords } from '../../../../runtime/openvm/access-record.ts';
import { cellsOfBytes } from '../../../../runtime/openvm/address-map.ts';
import { POINTER_BITS } from '../../../../runtime/openvm/address-spaces.ts';
import type { TouchedBlock } from '../../../../runtime/openvm/equipartition.ts';
import { type ChangedNode, type Parent, TREE_HEIGHT, type TreeChange } from '../../../../runtime/openvm/memory-tree.ts';
import { readRecord } from '../../../../runtime/openvm/record-layout.ts';
import { HINT_WORD, NO_POINTER, RECORDS } from '../../../../runtime/openvm/records.ts';
import type { RecordedSegment } from '../preflight/preflight.ts';
import { Structs } from './structs.ts';

/** What a connector says of a segment that another one follows. */
export const SUSPENDED_EXIT_CODE = 42;
const CHUNK = 8;
/** Levels of the tree within an address space. */
const SPACE_HEIGHT = 26;

/** `rows`: of the program's matrix, pc, opcode and operands. */
export function programEvents(rows: readonly (readonly number[])[]): Structs {
  const events = new Structs(openVmChip('Program'));
  for (const [pc, opcode, ...operands] of rows) events.push({ pc: pc!, opcode: opcode!, operands, count: 0 });
  return events;
}

export function connectorEvents({ fromPc, toPc, finalTimestamp, exitCode }: RecordedSegment): Structs {
  const events = new Structs(openVmChip('Connector'));
  events.push({ row: 0, pc: fromPc, timestamp: 1, is_terminate: 0, exit_code: 0 });
  events.push({
    ...{ row: 1, pc: toPc, timestamp: finalTimestamp },
    ...{ is_terminate: exitCode === undefined ? 0 : 1, exit_code: exitCode ?? SUSPENDED_EXIT_CODE },
  });
  return events;
}

/** The rows of a hint: one a word, the first of which has what the instruction read. */
export function hintEvents(bytes: Uint8Array): Structs {
  const events = new Structs(openVmChip('HintStore'));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const { timestamp, ...head } = readRecord(RECORDS.HintStore, view, at) as Record<string, number>;
    const { num_words, mem_ptr, num_words_ptr } = head as Record<string, number>;
    const isBuffer = num_words_ptr !== NO_POINTER;
    at += RECORDS.HintStore.bytes;
    for (let i = 0; i < num_words!; i++, at += HINT_WORD.bytes) {
      const isStart = i === 0;
      const first = isStart ? head : { mem_ptr_prev_timestamp: 0, num_words_ptr: 0, num_words_prev_timestamp: 0 };
      const count = isBuffer ? {} : { num_words_ptr: 0, num_words_prev_timestamp: 0 };
      events.push({
        ...{ ...head, ...first, ...count, ...(readRecord(HINT_WORD, view, at) as Record<string, number>) },
        ...{ is_buffer: Number(isBuffer), is_start: Number(isStart), rem_words: num_words! - i },
        ...{ from_timestamp: timestamp! + 3 * i, mem_ptr: mem_ptr! + 4 * i },
      });
    }
  }
  return events;
}

/** By size of blocks: the rows of access adapters, and by chunk what its cells were before the segment. */
export interface AccessEvents {
  readonly adapters: ReadonlyMap<number, Structs>;
  /** By address space and pointer. */
  readonly before: ReadonlyMap<number, readonly number[]>;
}

export const placeOf = (space: number, pointer: number): number => 2 ** POINTER_BITS * space + pointer;

export function accessEvents(records: Uint8Array): AccessEvents {
  const adapters = new Map<number, Structs>();
  const before = new Map<number, readonly number[]>();
  const latest = (times: readonly number[]): number => times.reduce((a, b) => Math.max(a, b), 0);
  for (const { isMerge, timestamp, space, pointer, block, lowest, cellBytes, timestamps, data } of readRecords(
    records,
  )) {
    const cells = cellsOfBytes(data, cellBytes);
    // What is first touched is taken apart as it was.
    if (!isMerge && timestamp === 0 && block === CHUNK) before.set(placeOf(space, pointer), cells);
    for (let n = 2 * lowest; n <= block; n *= 2) {
      if (!adapters.has(n)) adapters.set(n, new Structs(openVmChip(`Adapter${n}`)));
      for (let at = 0; at < block; at += n) {
        const pieces = n / 2 / lowest;
        const times = (from: number): number =>
          isMerge ? latest(timestamps.slice(at / lowest + from, at / lowest + from + pieces)) : timestamp;
        adapters.get(n)!.push({
          ...{
            is_split: isMerge ? 0 : 1,
            address_space: space,
            pointer: pointer + at,
            values: cells.slice(at, at + n),
          },
          ...{ left_timestamp: times(0), right_timestamp: times(pieces) },
        });
      }
    }
  }
  return { adapters, before };
}

export interface MemoryEvents {
  readonly boundary: Structs;
  readonly merkle: Structs;
  readonly poseidon2: Structs;
}

/** Chunks, nodes above them, and what was hashed for both. */
export function memoryEvents(
  touched: readonly TouchedBlock[],
  before: AccessEvents['before'],
  change: TreeChange,
): MemoryEvents {
  const hashes = new Hashes();
  const boundary = new Structs(openVmChip('Boundary'));
  for (const [i, { space, pointer, timestamp, values }] of touched.entries()) {
    const leaf_label = pointer / CHUNK;
    const old = before.get(placeOf(space, pointer))!;
    const { before: hash, after } = change.leaves[i]!;
    boundary.push({ address_space: space, leaf_label, is_final: 0, values: old, hash, timestamp: 0 });
    boundary.push({ address_space: space, leaf_label, is_final: 1, values, hash: after, timestamp });
    hashes.add(old, ZEROS);
    hashes.add(values, ZEROS);
  }
  const merkle = new Structs(openVmChip('Merkle'));
  for (const row of merkleRows(change.nodes)) merkle.push(row);
  for (const { before: was, after: is } of change.nodes) {
    hashes.add(was.left, was.right);
    hashes.add(is.left, is.right);
  }
  return { boundary, merkle, poseidon2: hashes.events() };
}

const ZEROS: TreeDigest = new Array<number>(CHUNK).fill(0);

/** The roots, then nodes from the highest down and from the last to the first, each as it is and as it was. */
function merkleRows(nodes: readonly ChangedNode[]): Fields[] {
  const rows = nodes.flatMap(node => [rowOf(node, 0, node.before), rowOf(node, 1, node.after)]).reverse();
  return [rows[1]!, rows[0]!, ...rows.slice(2)];
}

type Fields = Parameters<Structs['push']>[0];

function rowOf({ node, height, leftStays, rightStays }: ChangedNode, isFinal: 0 | 1, hashes: Parent): Fields {
  const labels = 2 ** Math.max(SPACE_HEIGHT - height, 0);
  const index = node - 2 ** (TREE_HEIGHT - height);
  return {
    is_final: isFinal,
    height,
    is_root: height === TREE_HEIGHT ? 1 : 0,
    as_label: Math.floor(index / labels),
    address_label: index % labels,
    left_different: leftStays ? isFinal : 0,
    right_different: rightStays ? isFinal : 0,
    parent: hashes.parent,
    left: hashes.left,
    right: hashes.right,
  };
}

/** A mix of a word into what was mixed before, of 32 bits. */
const mixed = (before: number, word: number): number => Math.imul((before ^ word) + 0x7f4a_7c15, 0x9e37_79b1) | 0;

interface Hashed {
  readonly left: readonly number[];
  readonly right: readonly number[];
  count: number;
  /** Another of the same mix. */
  readonly next: Hashed | undefined;
}

/** What was hashed, and how often, in the order in which it first was. */
class Hashes {
  /** By the mix of the words. */
  readonly #known = new Map<number, Hashed>();
  readonly #all: Hashed[] = [];

  add(left: readonly number[], right: readonly number[]): void {
    let mix = 0;
    for (let i = 0; i < CHUNK; i++) mix = mixed(mixed(mix, left[i]!), right[i]!);
    const next = this.#known.get(mix);
    for (let known = next; known !== undefined; known = known.next)
      if (same(known.left, left) && same(known.right, right)) {
        known.count++;
        return;
      }
    const one = { left, right, count: 1, next };
    this.#known.set(mix, one);
    this.#all.push(one);
  }

  events(): Structs {
    const events = new Structs(openVmChip('Poseidon2'));
    for (const { left, right, count } of this.#all) events.push({ input: [...left, ...right], count });
    return events;
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < CHUNK; i++) if (a[i] !== b[i]) return false;
  return true;
}
