// What HintLoadByKey finds: by key, a list of inputs, as OpenVM's serialisation of field elements has them.

import { JitExecError } from '../../../runtime/errors.ts';

const hex = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

/** u32 count; for each input u32 length and that many u32, of which a byte is kept: hints are bytes. */
function parseInputs(key: string, value: Uint8Array): Uint8Array[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  let at = 0;
  const u32 = (): number => {
    if (at + 4 > value.length) throw new JitExecError('INPUT_INVALID', `value of key ${key}: truncated at byte ${at}`);
    at += 4;
    return view.getUint32(at - 4, true);
  };
  const list = <T>(element: () => T): T[] => {
    const length = u32();
    if (4 * length > value.length - at)
      throw new JitExecError('INPUT_INVALID', `value of key ${key}: a list of ${length} is longer than the value`);
    return Array.from({ length }, element);
  };
  const inputs = list(() => Uint8Array.from(list(u32)));
  if (at < value.length)
    throw new JitExecError('INPUT_INVALID', `value of key ${key}: ${value.length - at} bytes too many`);
  return inputs;
}

export class KeyValueStore {
  readonly #inputs: ReadonlyMap<string, readonly Uint8Array[]>;

  /** Throws INPUT_INVALID where a value is malformed. */
  constructor(entries: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]) {
    this.#inputs = new Map(entries.map(({ key, value }) => [hex(key), parseInputs(hex(key), value)]));
  }

  get(key: Uint8Array): readonly Uint8Array[] | undefined {
    return this.#inputs.get(hex(key));
  }
}
