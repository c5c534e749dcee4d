// The entries of `--kv`, which an openvm guest loads hints from.

import { JitExecError } from '../../runtime/errors.ts';
import type { KeyValue } from '../engine/machine.ts';
import { readBytes } from './input.ts';

/** `given`: KEYHEX=FILE, one or several. Throws USAGE or FILE_UNREADABLE. */
export function readKeyValues(given: unknown): readonly KeyValue[] {
  const entries = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return entries.map(entry => {
    const match = /^((?:[\da-f]{2})+)=(.+)$/i.exec(String(entry));
    if (match === null)
      throw new JitExecError('USAGE', `--kv: expected KEYHEX=FILE such as 0a0b=value.bin, got ${String(entry)}`);
    return { key: new Uint8Array(Buffer.from(match[1]!, 'hex')), value: readBytes(match[2]!) };
  });
}
