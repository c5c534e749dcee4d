// Region → the text of one JavaScript function, with what the host must hand it.

import { abiNames } from '../../runtime/contract.ts';
import { functionName, type Program } from '../program/program.ts';
import type { GuestText } from '../program/text.ts';
import type { Instrumentation } from '../region/instrumentation.ts';
import { formRegion, type Region, type RegionOptions } from '../region/region.ts';
import type { Window } from './access.ts';
import type { JavaScriptRegionOptions } from './emit-block.ts';
import { emitRegion } from './emit-region.ts';
import { instrumentOf } from './instruments/choose.ts';
import { print } from './print.ts';

export interface CompileOptions extends RegionOptions, Pick<JavaScriptRegionOptions, 'alignedOnly' | 'strays'> {
  readonly instrumentation: Instrumentation;
}

export interface CompiledText {
  readonly name: string;
  readonly region: Region;
  /** Ways out, which V8 should see before it optimises: called with depth -1 - i, the function leaves by way i. */
  readonly stubs: number;
  /** The body of a function of `abi` that gives the region's function. */
  readonly text: string;
}

export function compileRegion(
  program: Program,
  text: GuestText,
  window: Window,
  entry: number,
  options: CompileOptions,
): CompiledText {
  const region = formRegion(text, entry, options);
  const name = functionName(program, entry);
  const slotOf = (pc: number): number => (pc - text.base) >> text.slotShift;
  const instrument = instrumentOf(options.instrumentation, text);
  const { statements, stubs } = emitRegion(region, {
    name,
    xlen: text.isa.xlen,
    window,
    alignedOnly: options.alignedOnly,
    strays: options.strays,
    instrument,
    slotOf,
  });
  const source = print({
    type: 'FunctionDeclaration',
    id: { type: 'Identifier', name },
    params: [{ type: 'Identifier', name: 'depth' }],
    body: { type: 'BlockStatement', body: statements },
  });
  const names = abiNames('region', { ...instrument.mode, paged: window.countsPages, xlen: text.isa.xlen });
  return {
    name,
    region,
    stubs,
    text: `const {${names.join(', ')}} = abi;\nreturn ${source};\n//# sourceURL=guest/${name}.js`,
  };
}
