// Where records go: bytes with a bound that is checked. Reference: openvm:crates/vm/src/arch/record_arena.rs, v1.4.0.

import { JitExecError } from '../errors.ts';

const full = (name: string, has: number, needed: number): JitExecError =>
  new JitExecError('USAGE', `TraceBufferOutOfBounds: the arena of ${name} has ${has} bytes, ${needed} are needed`);

/** Records one after the other. Upstream's starts at a multiple of 32 of its memory; this one at 0 of its own. */
export class DenseRecordArena {
  readonly name: string;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly view: DataView;
  /** Bytes that are taken. */
  used = 0;

  constructor(name: string, capacity: number) {
    this.name = name;
    const buffer = new ArrayBuffer(Math.ceil(capacity / 4) * 4);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.view = new DataView(buffer);
  }

  get capacity(): number {
    return this.u8.length;
  }

  /** Room for so many bytes, a multiple of 4: where it is. @throws USAGE where there is none */
  alloc(bytes: number): number {
    const at = this.used;
    if (at + bytes > this.u8.length) throw full(this.name, this.u8.length, at + bytes);
    this.used = at + bytes;
    return at;
  }

  /** What was recorded. */
  get allocated(): Uint8Array {
    return this.u8.subarray(0, this.used);
  }

  /** Forgets the records; the next ones find zeros. */
  reset(): void {
    this.u8.fill(0, 0, this.used);
    this.used = 0;
  }
}
