// Region → the text of one JavaScript function, with what the host must hand it.

import type { Text } from '../program/predecode.ts';
import type { Program } from '../program/program.ts';
import { formRegion, type Region, type RegionOptions } from '../region/region.ts';
import type { Window } from './access.ts';
import type { RegionOptions as EmitOptions } from './emit-block.ts';
import { emitRegion } from './emit-region.ts';
import { print } from './print.ts';

export interface CompileOptions extends RegionOptions, Pick<EmitOptions, 'alignedOnly' | 'isMissing' | 'traced'> {}

export interface CompiledText {
  readonly name: string;
  readonly region: Region;
  /** Ways out, which V8 should see before it optimises: called with depth -1 - i, the function leaves by way i. */
  readonly stubs: number;
  /** The body of a function of `abi` that gives the region's function. */
  readonly text: string;
}

/** The names that a region's text takes from its ABI object. */
export const REGION_ABI: readonly string[] =
  'R F T K M I8 U8 I16 U16 I32 S8 S16 S32 imul mulh32 mulhu32 mulhsu32 mulhU64 mulhS64 mulhSU64 divU64 remU64 divS64 remS64 refuel ecallAt callAt jumpAt interpretAt far loadAt storeAt loadSlowly storeSlowly'.split(
    ' ',
  );

/** A JavaScript identifier that says which guest code this is: symbol and address. */
export function functionName(program: Program, pc: number): string {
  const symbol = program.symbolAt(pc)?.name ?? 'code';
  return `${symbol.replace(/[^A-Za-z0-9_$]+/g, '_').replace(/^(?=\d)/, '_')}_${pc.toString(16)}`;
}

export function compileRegion(
  program: Program,
  text: Text,
  window: Window,
  entry: number,
  options: CompileOptions,
): CompiledText {
  const region = formRegion(text, entry, options);
  const name = functionName(program, entry);
  const { statements, stubs } = emitRegion(region, {
    name,
    xlen: text.isa.xlen,
    window,
    alignedOnly: options.alignedOnly,
    isMissing: options.isMissing,
    traced: options.traced,
    slotOf: pc => (pc - text.base) >> text.slotShift,
  });
  const source = print({
    type: 'FunctionDeclaration',
    id: { type: 'Identifier', name },
    params: [{ type: 'Identifier', name: 'depth' }],
    body: { type: 'BlockStatement', body: statements },
  });
  return {
    name,
    region,
    stubs,
    text: `const {${REGION_ABI.join(', ')}} = abi;\nreturn ${source};\n//# sourceURL=guest/${name}.js`,
  };
}
