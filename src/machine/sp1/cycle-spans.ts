// Spans of instructions that a guest marks with cycle-tracker lines.

import type { CycleSpan } from '../../engine/machine.ts';
import type { CycleTrackerAction } from './syscalls/syscall-host.ts';

export class CycleSpans {
  /** In order of their ends. */
  readonly done: CycleSpan[] = [];
  readonly #open = new Map<string, { readonly now: number; readonly cells: number | undefined }>();

  /** A mark, when the guest has executed `now` instructions and come to `cells` if somebody counts. */
  mark(action: CycleTrackerAction, name: string, now: number, cells?: number): void {
    const key = `${action.startsWith('report') ? 'report ' : ''}${name}`;
    if (action === 'start' || action === 'report-start') {
      this.#open.set(key, { now, cells });
      return;
    }
    const from = this.#open.get(key);
    if (from === undefined) return;
    this.#open.delete(key);
    const spent = cells === undefined || from.cells === undefined ? {} : { cells: cells - from.cells };
    this.done.push({ name, instructions: now - from.now, ...spent });
  }
}
