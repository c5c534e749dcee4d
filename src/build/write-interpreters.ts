// Run by the build: writes the interpreters as a module, for hosts that forbid generated code.

import { writeFileSync } from 'node:fs';
import { type IsaName, isa } from '../../codegen/isa/index.ts';
import { emitCheckedInterpreter } from '../../codegen/javascript/checked-interpreter.ts';
import type { InterpreterKind } from '../../codegen/javascript/instruments/interpreter.ts';
import { emitInterpreter } from '../../codegen/javascript/interpreter.ts';
import { checkedInterpreterName, interpreterName } from '../engine/interpreters.ts';

const ALL: readonly IsaName[] = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc', 'openvm'];
const VARIANTS: readonly (readonly [IsaName, InterpreterKind])[] = [
  ...ALL.flatMap(name =>
    (['pure', 'metered', 'profiled', 'metered-profiled'] as const).map(kind => [name, kind] as const),
  ),
  ['rv64im', 'traced'],
];

const functions = VARIANTS.map(([name, kind]) => {
  const set = isa(name);
  return `  '${interpreterName(set, kind)}': function (abi) {\n${emitInterpreter(set, { hot: true, kind })}\n  },`;
});

const checked = isa('rv64im');
functions.push(`  '${checkedInterpreterName(checked)}': function (abi) {\n${emitCheckedInterpreter(checked)}\n  },`);

const text = `// Written by the build from the instruction table.
import { registerInterpreters } from './written-interpreters.js';

registerInterpreters({
${functions.join('\n')}
});
`;

writeFileSync(new URL('../engine/prebuilt-interpreters.js', import.meta.url), text);
writeFileSync(new URL('../engine/prebuilt-interpreters.d.ts', import.meta.url), 'export {};\n');
