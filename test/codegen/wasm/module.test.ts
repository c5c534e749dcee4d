import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteWriter } from '../../../codegen/wasm/binary/bytes.ts';
import { type CodeWriter, codeWriter } from '../../../codegen/wasm/binary/code.ts';
import { access, op, valueType } from '../../../codegen/wasm/binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../../../codegen/wasm/binary/module.ts';

const { i32, i64, funcref } = valueType;
type Imports = Record<string, Record<string, unknown>>;
type HostFunction = (...values: (number | bigint)[]) => number | bigint | undefined;

function exportsOf(module: ModuleWriter, imports: Imports = {}): Record<string, unknown> {
  const bytes = module.finish();
  expect(WebAssembly.validate(bytes)).toBe(true);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}

function instantiate(module: ModuleWriter, imports: Imports = {}): Record<string, HostFunction> {
  return exportsOf(module, imports) as Record<string, HostFunction>;
}

const trap: unknown = expect.objectContaining({ name: 'RuntimeError' });

function addFunction(
  module: ModuleWriter,
  name: string,
  parameters: readonly (typeof i32 | typeof i64)[],
  results: readonly (typeof i32 | typeof i64)[],
  write: (code: CodeWriter) => void,
): number {
  const index = module.declareFunction(module.type(parameters, results), name);
  const code = codeWriter(parameters.length);
  write(code);
  module.defineFunction(index, code);
  module.export(name, 'function', index);
  return index;
}

describe('LEB128', () => {
  const decode = (bytes: Uint8Array, signed: boolean): bigint => {
    let value = 0n;
    bytes.forEach((byte, i) => {
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      expect(byte >> 7).toBe(i === bytes.length - 1 ? 0 : 1);
    });
    return signed ? BigInt.asIntN(7 * bytes.length, value) : value;
  };
  const written = (write: (out: ReturnType<typeof byteWriter>) => void): Uint8Array => {
    const out = byteWriter(1);
    write(out);
    return out.view();
  };

  test('unsigned numbers of 64 bits decode to themselves, as bigint and as number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.nat({ max: 63 }), (wide, shift) => {
        const value = wide >> BigInt(shift);
        expect(
          decode(
            written(out => out.unsigned(value)),
            false,
          ),
        ).toBe(value);
        if (value <= BigInt(Number.MAX_SAFE_INTEGER))
          expect(written(out => out.unsigned(Number(value)))).toEqual(written(out => out.unsigned(value)));
      }),
    );
  });

  test('signed numbers of 64 bits decode to themselves, as bigint and as number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.nat({ max: 63 }), (wide, shift) => {
        const value = wide >> BigInt(shift);
        const bytes = written(out => out.signed(value));
        expect(decode(bytes, true)).toBe(value);
        expect(bytes.length).toBeLessThanOrEqual(10);
        if (Number.isSafeInteger(Number(value))) expect(written(out => out.signed(Number(value)))).toEqual(bytes);
      }),
    );
  });

  test.each([
    [0, [0x00]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-128, [0x80, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
  ])('signed %i has no byte more than it needs', (value, bytes) => {
    expect([...written(out => out.signed(value))]).toEqual(bytes);
  });
});

describe('instructions', () => {
  const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
  const low = (value: bigint): bigint => BigInt.asUintN(64, value);
  const binary: Record<string, (a: bigint, b: bigint) => bigint> = {
    i64Add: (a, b) => a + b,
    i64Sub: (a, b) => a - b,
    i64Mul: (a, b) => a * b,
    i64And: (a, b) => a & b,
    i64Or: (a, b) => a | b,
    i64Xor: (a, b) => a ^ b,
    i64Shl: (a, b) => a << (low(b) % 64n),
    i64ShrS: (a, b) => a >> (low(b) % 64n),
    i64ShrU: (a, b) => low(a) >> (low(b) % 64n),
    i64Rotl: (a, b) => (low(a) << (low(b) % 64n)) | (low(a) >> (64n - (low(b) % 64n))),
    i64Rotr: (a, b) => (low(a) >> (low(b) % 64n)) | (low(a) << (64n - (low(b) % 64n))),
    i64DivU: (a, b) => low(a) / (low(b) || 1n),
    i64RemU: (a, b) => low(a) % (low(b) || 1n),
    i64RemS: (a, b) => a % (b || 1n),
  };
  const compare: Record<string, (a: bigint, b: bigint) => boolean> = {
    i64Eq: (a, b) => a === b,
    i64Ne: (a, b) => a !== b,
    i64LtS: (a, b) => a < b,
    i64LtU: (a, b) => low(a) < low(b),
    i64GtS: (a, b) => a > b,
    i64GtU: (a, b) => low(a) > low(b),
    i64LeS: (a, b) => a <= b,
    i64LeU: (a, b) => low(a) <= low(b),
    i64GeS: (a, b) => a >= b,
    i64GeU: (a, b) => low(a) >= low(b),
  };

  test('i64 operators compute what bigint does', () => {
    const module = moduleWriter();
    for (const name of [...Object.keys(binary), ...Object.keys(compare)]) {
      addFunction(module, name, [i64, i64], [name in compare ? i32 : i64], code => {
        code.localGet(0);
        code.localGet(1);
        code.op(op[name as keyof typeof op]);
      });
    }
    const exports = instantiate(module);
    const word = fc.oneof(
      fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      fc.constantFrom(-1n, 1n, 2n, 63n, 64n, -(1n << 63n), (1n << 63n) - 1n),
    );
    fc.assert(
      fc.property(
        word,
        word.filter(b => b !== 0n),
        (a, b) => {
          for (const [name, expected] of Object.entries(binary)) {
            expect([name, exports[name]!(a, b)]).toEqual([name, wrap(expected(a, b))]);
          }
          for (const [name, expected] of Object.entries(compare)) {
            expect([name, exports[name]!(a, b)]).toEqual([name, expected(a, b) ? 1 : 0]);
          }
        },
      ),
    );
  });

  test.each<[keyof typeof op, number, number]>([
    ['i32Eqz', 0, 1],
    ['i32Clz', 1, 31],
    ['i32Ctz', 8, 3],
    ['i32Popcnt', -1, 32],
    ['i32Extend8S', 0x80, -128],
    ['i32Extend16S', 0x8000, -32768],
  ])('%s of %i is %i', (name, operand, expected) => {
    const module = moduleWriter();
    addFunction(module, 'f', [], [i32], code => {
      code.i32Const(operand);
      code.op(op[name]);
    });
    expect(instantiate(module).f!()).toBe!(expected);
  });

  test.each<[keyof typeof op, bigint, bigint]>([
    ['i64Clz', 1n, 63n],
    ['i64Ctz', 8n, 3n],
    ['i64Popcnt', -1n, 64n],
    ['i64Extend8S', 0x80n, -128n],
    ['i64Extend16S', 0x8000n, -32768n],
    ['i64Extend32S', 0x8000_0000n, -2147483648n],
  ])('%s of %i is %i', (name, operand, expected) => {
    const module = moduleWriter();
    addFunction(module, 'f', [], [i64], code => {
      code.i64Const(operand);
      code.op(op[name]);
    });
    expect(instantiate(module).f!()).toBe!(expected);
  });

  const i32Cases: [keyof typeof op, number, number, number][] = [
    ['i32Add', 0x7fff_ffff, 1, -0x8000_0000],
    ['i32Sub', 0, 1, -1],
    ['i32Mul', 0x10001, 0x10001, 0x20001],
    ['i32DivS', -7, 2, -3],
    ['i32DivU', -1, 2, 0x7fff_ffff],
    ['i32RemS', -7, 2, -1],
    ['i32RemU', -1, 10, 5],
    ['i32And', 12, 10, 8],
    ['i32Or', 12, 10, 14],
    ['i32Xor', 12, 10, 6],
    ['i32Shl', 1, 33, 2],
    ['i32ShrS', -8, 1, -4],
    ['i32ShrU', -8, 1, 0x7fff_fffc],
    ['i32Rotl', -0x8000_0000, 1, 1],
    ['i32Rotr', 1, 1, -0x8000_0000],
    ['i32Eq', 1, 1, 1],
    ['i32Ne', 1, 1, 0],
    ['i32LtS', -1, 1, 1],
    ['i32LtU', -1, 1, 0],
    ['i32GtS', -1, 1, 0],
    ['i32GtU', -1, 1, 1],
    ['i32LeS', 1, 1, 1],
    ['i32LeU', -1, 1, 0],
    ['i32GeS', -1, 1, 0],
    ['i32GeU', -1, 1, 1],
  ];
  test.each(i32Cases)('%s of %i and %i is %i', (name, a, b, expected) => {
    const module = moduleWriter();
    addFunction(module, 'f', [], [i32], code => {
      code.i32Const(a);
      code.i32Const(b);
      code.op(op[name]);
    });
    expect(instantiate(module).f!()).toBe!(expected);
  });

  test('conversions between i32 and i64 keep or extend the low half', () => {
    const module = moduleWriter();
    for (const name of ['i64ExtendI32S', 'i64ExtendI32U'] as const) {
      addFunction(module, name, [i64], [i64], code => {
        code.localGet(0);
        code.op(op.i32WrapI64);
        code.op(op[name]);
      });
    }
    const exports = instantiate(module);
    expect(exports.i64ExtendI32S!(0x1_8000_0000n)).toBe(-0x8000_0000n);
    expect(exports.i64ExtendI32U!(0x1_8000_0000n)).toBe(0x8000_0000n);
  });
});

describe('control flow', () => {
  test('a loop with a branch out of it counts', () => {
    const module = moduleWriter();
    addFunction(module, 'sum', [i64], [i64], code => {
      const total = code.addLocal(i64);
      const out = code.block();
      const head = code.loop();
      code.localGet(0);
      code.op(op.i64Eqz);
      code.brIf(out);
      code.localGet(total);
      code.localGet(0);
      code.op(op.i64Add);
      code.localSet(total);
      code.localGet(0);
      code.i64Const(1);
      code.op(op.i64Sub);
      code.localSet(0);
      code.br(head);
      code.end();
      code.end();
      code.localGet(total);
    });
    expect(instantiate(module).sum!(100n)).toBe!(5050n);
  });

  test('if and else give a result, and locals of mixed types keep their order', () => {
    const module = moduleWriter();
    addFunction(module, 'pick', [i32], [i64], code => {
      const [a, b, c] = [code.addLocal(i64), code.addLocal(i32), code.addLocal(i64)];
      expect([a, b, c]).toEqual([1, 2, 3]);
      code.i32Const(1);
      code.localSet(b);
      code.i64Const(7n);
      code.localSet(c);
      code.localGet(0);
      code.if(i64);
      code.localGet(c);
      code.else();
      code.localGet(a);
      code.end();
    });
    const pick = instantiate(module).pick!;
    expect([pick(1), pick(0)]).toEqual([7n, 0n]);
  });

  test('a branch table picks a label by number and the last for all others', () => {
    const module = moduleWriter();
    addFunction(module, 'choose', [i32], [i32], code => {
      const labels = [code.block(), code.block(), code.block()];
      code.localGet(0);
      code.brTable([labels[2]!, labels[1]!], labels[0]!);
      code.end();
      code.i32Const(10);
      code.op(op.return);
      code.end();
      code.i32Const(11);
      code.op(op.return);
      code.end();
      code.i32Const(12);
    });
    const choose = instantiate(module).choose!;
    expect([choose(0), choose(1), choose(2), choose(99)]).toEqual([10, 11, 12, 12]);
  });

  test('an unclosed block, a foreign label and a missing body are our bugs', () => {
    const open = codeWriter(0);
    open.block();
    expect(() => open.finish()).toThrow('1 blocks are open');
    expect(() => codeWriter(0).br(1)).toThrow('label 1');
    expect(() => codeWriter(0).end()).toThrow('without a block');
    const module = moduleWriter();
    module.declareFunction(module.type([], []), 'missing');
    expect(() => module.finish()).toThrow('missing is declared but not defined');
  });
});

describe('modules', () => {
  test('functions call each other before they are defined, and tail calls do not use the stack', () => {
    const module = moduleWriter();
    const type = module.type([i32], [i32]);
    expect(module.type([i32], [i32])).toBe(type);
    const isEven = module.declareFunction(type, 'isEven');
    const isOdd = module.declareFunction(type, 'isOdd');
    for (const [index, other, atZero] of [
      [isEven, isOdd, 1],
      [isOdd, isEven, 0],
    ] as const) {
      const code = codeWriter(1);
      code.localGet(0);
      code.if();
      code.localGet(0);
      code.i32Const(1);
      code.op(op.i32Sub);
      code.returnCall(other);
      code.end();
      code.i32Const(atZero);
      module.defineFunction(index, code);
    }
    module.export('isEven', 'function', isEven);
    expect(instantiate(module).isEven!(1_000_001)).toBe!(0);
  });

  test('an imported table is filled by elements and called through', () => {
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: 10 });
    const module = moduleWriter();
    const type = module.type([i32], [i32]);
    const tableIndex = module.importTable('host', 'table', funcref, { min: 10 });
    const increment = addFunction(module, 'increment', [i32], [i32], code => {
      code.localGet(0);
      code.i32Const(1);
      code.op(op.i32Add);
    });
    const double = addFunction(module, 'double', [i32], [i32], code => {
      code.localGet(0);
      code.i32Const(1);
      code.op(op.i32Shl);
    });
    addFunction(module, 'at', [i32, i32], [i32], code => {
      code.localGet(1);
      code.localGet(0);
      code.callIndirect(type, tableIndex);
    });
    addFunction(module, 'tailAt', [i32, i32], [i32], code => {
      code.localGet(1);
      code.localGet(0);
      code.returnCallIndirect(type, tableIndex);
    });
    addFunction(module, 'store', [i32], [], code => {
      code.localGet(0);
      code.refFunc(double);
      code.tableSet(tableIndex);
    });
    module.elements(tableIndex, 4, [increment, double]);
    const exports = instantiate(module, { host: { table } });
    expect([exports.at!(4, 20), exports.at!(5, 20), exports.tailAt!(5, 3)]).toEqual([21, 40, 6]);
    expect(table.get(4)).toBe(exports.increment);
    exports.store!(0);
    expect(exports.at!(0, 4)).toBe(8);
    expect(() => exports.at!(9, 0)).toThrow(trap);
  });

  test('a shared imported memory is read and written in all widths', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const view = new DataView(memory.buffer);
    const module = moduleWriter();
    module.importMemory('host', 'memory', { min: 1, max: 2, shared: true });
    const names = Object.keys(access) as (keyof typeof access)[];
    for (const name of names.filter(name => name.startsWith('i'))) {
      const type = name.startsWith('i32') ? i32 : i64;
      if (name.includes('Load')) {
        addFunction(module, name, [i32], [type], code => {
          code.localGet(0);
          code.access(access[name], 16);
        });
      } else {
        addFunction(module, name, [i32, type], [], code => {
          code.localGet(0);
          code.localGet(1);
          code.access(access[name], 16, 0);
        });
      }
    }
    addFunction(module, 'copy16', [i32, i32], [], code => {
      code.localGet(0);
      code.localGet(1);
      code.access(access.v128Load, 0, 0);
      code.access(access.v128Store, 0, 0);
    });
    addFunction(module, 'clear', [i32, i32], [], code => {
      code.localGet(0);
      code.i32Const(0);
      code.localGet(1);
      code.memoryFill();
    });
    addFunction(module, 'grow', [], [i32], code => {
      code.i32Const(1);
      code.memoryGrow();
      code.op(op.drop);
      code.memorySize();
    });
    const exports = instantiate(module, { host: { memory } });
    exports.i64Store!(0, -2n);
    expect(view.getBigInt64(16, true)).toBe(-2n);
    const loads = Object.fromEntries(
      names.filter(name => /^i.*Load/.test(name)).map(name => [name, exports[name]!(0)]),
    );
    expect(loads).toEqual({
      i32Load: -2,
      i64Load: -2n,
      i32Load8S: -2,
      i32Load8U: 0xfe,
      i32Load16S: -2,
      i32Load16U: 0xfffe,
      i64Load8S: -2n,
      i64Load8U: 0xfen,
      i64Load16S: -2n,
      i64Load16U: 0xfffen,
      i64Load32S: -2n,
      i64Load32U: 0xffff_fffen,
    });
    for (const [name, bytes] of Object.entries({
      i32Store: 4,
      i32Store8: 1,
      i32Store16: 2,
      i64Store8: 1,
      i64Store16: 2,
      i64Store32: 4,
    })) {
      exports.i64Store!(0, 0n);
      exports[name]!(0, name.startsWith('i32') ? -1 : -1n);
      expect([name, view.getBigUint64(16, true)]).toEqual([name, (1n << BigInt(8 * bytes)) - 1n]);
    }
    view.setBigUint64(104, 5n, true);
    exports.copy16!(200, 96);
    expect(view.getBigUint64(208, true)).toBe(5n);
    exports.clear!(200, 16);
    expect(view.getBigUint64(208, true)).toBe(0n);
    expect(exports.grow!()).toBe(2);
  });

  test('imported and own globals are shared with the host', () => {
    const count = new WebAssembly.Global({ value: 'i64', mutable: true }, 40n);
    const module = moduleWriter();
    const imported = module.importGlobal('host', 'count', { type: i64, mutable: true });
    const own = module.global({ type: i64, mutable: true }, -(1n << 63n));
    module.export('own', 'global', own);
    addFunction(module, 'bump', [], [], code => {
      for (const index of [imported, own]) {
        code.globalGet(index);
        code.i64Const(2);
        code.op(op.i64Add);
        code.globalSet(index);
      }
    });
    const exports = exportsOf(module, { host: { count } }) as { bump: () => void; own: WebAssembly.Global };
    exports.bump();
    expect([count.value, exports.own.value]).toEqual([42n, 2n - (1n << 63n)]);
  });

  test('an imported function is called, and comes before the own ones', () => {
    const seen: number[] = [];
    const module = moduleWriter();
    const log = module.importFunction('host', 'log', module.type([i32], []));
    addFunction(module, 'run', [], [], code => {
      code.i32Const(-5);
      code.call(log);
    });
    expect(() => module.importFunction('host', 'late', 0)).toThrow('host.late after a definition');
    instantiate(module, { host: { log: (value: number) => seen.push(value) } }).run!();
    expect(seen).toEqual([-5]);
  });

  test('own memory and table are made, and a 64-bit memory says so in its limits', () => {
    const module = moduleWriter();
    module.export('memory', 'memory', module.memory({ min: 3, max: 300 }));
    module.export('table', 'table', module.table(funcref, { min: 7 }));
    const exports = exportsOf(module) as { memory: WebAssembly.Memory; table: WebAssembly.Table };
    expect(exports.memory.buffer.byteLength).toBe(3 * 65536);
    expect(exports.table.length).toBe(7);
    const wide = moduleWriter();
    wide.memory({ min: 1, max: 0x1_0000_0000, shared: true, index64: true });
    // Section 5, 8 bytes, 1 memory, flags, 1 page, 2^32 pages.
    expect([...wide.finish().subarray(8)]).toEqual([5, 8, 1, 7, 1, 0x80, 0x80, 0x80, 0x80, 0x10]);
  });

  test('stack traces show the names of functions', () => {
    const module = moduleWriter();
    module.importFunction('host', 'unused', module.type([], []));
    addFunction(module, 'fib_80001234', [], [], code => code.op(op.unreachable));
    const fib_80001234 = instantiate(module, { host: { unused: () => {} } }).fib_80001234!;
    expect(() => fib_80001234()).toThrow(trap);
    try {
      fib_80001234();
    } catch (error) {
      expect(String((error as Error).stack)).toContain('fib_80001234');
    }
  });

  test('ten thousand functions are written in order', () => {
    const module = moduleWriter();
    const type = module.type([], [i32]);
    const indices = Array.from({ length: 10_000 }, (_, i) => module.declareFunction(type, `f${i}`));
    for (const index of indices.toReversed()) {
      const code = codeWriter(0);
      code.i32Const(index * 7);
      module.defineFunction(index, code);
    }
    module.export('last', 'function', 9_999);
    expect(instantiate(module).last!()).toBe!(69_993);
  });
});
