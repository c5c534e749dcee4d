// The hashes that sets may be committed with.

import { blake3 } from '@noble/hashes/blake3.js';
import { sha256 } from '@noble/hashes/sha2.js';

export const HASHES: Readonly<Record<'sha256' | 'blake3', (bytes: Uint8Array) => Uint8Array>> = { sha256, blake3 };
export type HashName = keyof typeof HASHES;
