// What a store asks of whatever keeps its files, so that a test can have each step fail.

export interface StoreFiles {
  /** SHA-256 in hexadecimal, where the host has a faster one than JavaScript. */
  readonly digest?: (bytes: Uint8Array) => string;
  /** Undefined where there is none. */
  read(path: string): Uint8Array | undefined;
  /** All of it, on the disk when this returns. */
  write(path: string, bytes: Uint8Array): void;
  /** At once, over what is there. */
  rename(from: string, to: string): void;
  /** Paths of files below a folder, none where it is not there. */
  list(folder: string): readonly string[];
  remove(path: string): void;
}
