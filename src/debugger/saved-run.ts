// A run as it stood at one place: registers, the pages that were stored to, and what the host keeps for the guest.

import { CONTROL, PAGE_BYTES } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { Executor } from '../engine/executor.ts';

/** By number in the guest area; pages that did not change are those of an earlier save. */
export type Pages = ReadonlyMap<number, Int32Array>;

/** A guest in its start state, or on from there. */
export interface DebuggedRun {
  readonly executor: Executor;
  /** Saves where its standard input is; gives what sets it back. */
  readonly saveInput?: (() => () => void) | undefined;
}

export interface SavedRun {
  readonly pages: Pages;
  /** As often as it is wanted. */
  readonly restore: () => void;
}

const CONTROL_WORDS: number = CONTROL.callTop + 1;
const PAGE_WORDS: number = PAGE_BYTES / 4;

const pageOf = ({ i32 }: GuestMemory, page: number): Int32Array =>
  i32.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS);

function isSame(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function savePages(memory: GuestMemory, before: Pages): Pages {
  const pages = new Map<number, Int32Array>();
  const { pageMap } = memory;
  for (let page = pageMap.indexOf(1); page >= 0; page = pageMap.indexOf(1, page + 1)) {
    const words = pageOf(memory, page);
    const known = before.get(page);
    pages.set(page, known !== undefined && isSame(known, words) ? known : words.slice());
  }
  return pages;
}

function restorePages(memory: GuestMemory, pages: Pages): void {
  const { pageMap } = memory;
  for (let page = pageMap.indexOf(1); page >= 0; page = pageMap.indexOf(1, page + 1)) {
    if (pages.has(page)) continue;
    pageOf(memory, page).fill(0);
    pageMap[page] = 0;
  }
  for (const [page, words] of pages) {
    pageOf(memory, page).set(words);
    pageMap[page] = 1;
  }
  memory.residentBytes = pages.size * PAGE_BYTES;
  memory.ranOut = 'no';
}

/** Undefined where it cannot be gone back to: in unconstrained execution, or where the program may have changed its text. */
export function saveRun({ executor, saveInput }: DebuggedRun, before: Pages): SavedRun | undefined {
  const { memory, machine, meter, unconstrained } = executor;
  const mayChangeText = memory.plan.textSegments?.some(({ isWritable }) => isWritable) ?? false;
  if (unconstrained.isOn || mayChangeText || !memory.isCounting || machine.save === undefined) return undefined;
  const control = memory.control.slice(0, CONTROL_WORDS);
  const pages = savePages(memory, before);
  const restorers = [machine.save(), meter.save(), ...(saveInput === undefined ? [] : [saveInput()])];
  return {
    pages,
    restore() {
      memory.control.set(control);
      restorePages(memory, pages);
      for (const restore of restorers) restore();
    },
  };
}
