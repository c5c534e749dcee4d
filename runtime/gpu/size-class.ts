// Sizes that buffers of a pool have: powers of two with one step between, so that at most a third is wasted.

const SMALLEST = 256;

/** The smallest class that holds that many bytes, or these themselves (in whole words) where the class exceeds `most`. */
export function sizeClass(bytes: number, most: number = Number.MAX_SAFE_INTEGER): number {
  let size = SMALLEST;
  while (size < bytes) size *= 2;
  const between = (size / 4) * 3;
  if (between >= bytes && between >= SMALLEST) size = between;
  return size <= most ? size : Math.ceil(bytes / 4) * 4;
}
