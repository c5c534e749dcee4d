// A chip's trace: canonical u32 by columns, which lie `stride` words apart, a distance off powers of two.

export interface Columns {
  readonly name: string;
  /** With padding. */
  readonly rows: number;
  readonly realRows: number;
  readonly width: number;
  /** Words from one column to the next. */
  readonly stride: number;
  /** width × stride words; those behind a column's rows mean nothing. */
  readonly data: Uint32Array;
}

/** Rows [from, to) one after the other. */
export function rowMajor({ width, stride, data }: Columns, from: number, to: number, out: Uint32Array): Uint32Array {
  const rows = to - from;
  for (let column = 0; column < width; column++) {
    const base = column * stride + from;
    for (let row = 0, at = column; row < rows; row++, at += width) out[at] = data[base + row]!;
  }
  return out.subarray(0, rows * width);
}
