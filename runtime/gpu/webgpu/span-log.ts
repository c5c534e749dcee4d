// What a run's uploads and downloads took, as they happen.

import type { StepSpan } from '../device.ts';

const now = (): number => performance.timeOrigin + performance.now();

export class SpanLog {
  readonly spans: StepSpan[] = [];
  #submitted: number | undefined;

  /** The first submission: the device's clock is told from here on. */
  submit(): void {
    this.#submitted ??= now();
  }

  get submitted(): number {
    return this.#submitted ?? now();
  }

  async transfer(kind: 'upload' | 'download', bytes: number, make: () => Promise<void>): Promise<void> {
    const start = now();
    await make();
    this.spans.push({ kind, name: kind, start, milliseconds: now() - start, bytes });
  }
}
