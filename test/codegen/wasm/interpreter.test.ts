// The module of the interpreter; what it computes is compared with the evaluator and with QEMU in test/engines.

import { describe, expect, it } from 'vitest';
import { isa } from '../../../codegen/isa/index.ts';
import type { Windows } from '../../../codegen/wasm/access.ts';
import type { Touch, WasmInterpreterOptions } from '../../../codegen/wasm/interpreter/frame.ts';
import { emitWasmInterpreter } from '../../../codegen/wasm/interpreter/interpreter.ts';
import { abiExports, abiNames } from '../../../runtime/contract.ts';

const SETS = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'] as const;
const TOUCHES: readonly Touch[] = ['none', 'trace', 'host'];
const PAGES = 100;

type Choice = Pick<WasmInterpreterOptions, 'hot' | 'touch'> & Pick<Windows, 'storeOrigin' | 'farBytes'>;

const CHOICES: readonly Choice[] = [undefined, 0, 2 ** 30].flatMap(hot =>
  TOUCHES.flatMap(touch =>
    [0, 8, 0x8000].flatMap(storeOrigin => [0, 0x1_0000].map(farBytes => ({ hot, touch, storeOrigin, farBytes }))),
  ),
);

const optionsOf = (
  name: (typeof SETS)[number],
  { hot, touch, storeOrigin, farBytes }: Choice,
): WasmInterpreterOptions => ({
  isa: isa(name),
  textBase: 0x8000_0000,
  textBytes: 0x1002,
  windows: {
    base: 0x8000_0000,
    bytes: 2 ** 17,
    storeOrigin,
    farBase: 0x1c_0000_0000,
    farBytes,
    farOffset: 2 ** 17,
  },
  slots: 0x10_0000,
  entries: 0x20_0000,
  stamps: touch === 'trace' ? 0x8_0000 : undefined,
  pages: PAGES,
  hot,
  touch,
});

const FUNCTIONS: Readonly<Record<string, unknown>> = Object.fromEntries(
  abiNames('wasmInterpreter').map(each => [each, () => 0]),
);

/** The module with a memory of `pages`, and what it asked its host for. */
function link(bytes: Uint8Array<ArrayBuffer>, pages: number, shared: boolean): { asked: string[]; exported: string[] } {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const asked: string[] = [];
  const give = (from: Readonly<Record<string, unknown>>, name: string): unknown => {
    asked.push(name);
    return from[name];
  };
  const host = new Proxy({ ...FUNCTIONS, memory }, { get: (from, name) => give(from, String(name)) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    host: host as Record<string, unknown>,
  });
  return { asked: asked.sort(), exported: Object.keys(exports) };
}

describe.each(SETS)('the interpreter of %s', name => {
  it.each(TOUCHES)('is a valid module that asks for its ABI and no more, whatever is chosen (touch %s)', touch => {
    for (const choice of CHOICES.filter(each => each.touch === touch)) {
      const { asked, exported } = link(emitWasmInterpreter(optionsOf(name, choice)), PAGES, true);
      expect(asked).toEqual([...abiNames('wasmInterpreter')].sort());
      expect(exported).toEqual(abiExports('wasmInterpreter'));
    }
  });

  it('links with a shared memory of as many pages as were named and with no other', () => {
    const bytes = emitWasmInterpreter(optionsOf(name, CHOICES[0]!));
    expect(() => link(bytes, PAGES - 1, true)).toThrow(/memory/);
    expect(() => link(bytes, PAGES + 1, true)).toThrow(/memory/);
    expect(() => link(bytes, PAGES, false)).toThrow(/memory/);
  });

  it('is the same bytes each time', () => {
    for (const choice of CHOICES) {
      const [one, other] = [0, 1].map(() => Buffer.from(emitWasmInterpreter(optionsOf(name, choice))));
      expect(one!.equals(other!)).toBe(true);
    }
  });

  it('is other bytes for every choice that means something', () => {
    // Neither is there a far window in 32 bits.
    const distinct = CHOICES.filter(({ farBytes }) => isa(name).xlen === 64 || farBytes === 0);
    const texts = distinct.map(choice => Buffer.from(emitWasmInterpreter(optionsOf(name, choice))).toString('latin1'));
    expect(new Set(texts).size).toBe(texts.length);
  });
});
