/**
 * Memory that threads share, where the host has such: a page that is not isolated has none, and no threads to share it with.
 * Zeros.
 */
export const sharedBuffer = (bytes: number): SharedArrayBuffer =>
  typeof SharedArrayBuffer === 'function'
    ? new SharedArrayBuffer(bytes)
    : (new ArrayBuffer(bytes) as unknown as SharedArrayBuffer);
