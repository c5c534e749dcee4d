// Fillers as JavaScript: for hosts without WebAssembly, for reading, for tests. Values are int32.

import type { FillPlan } from '../plan.ts';
import { type Operators, planName, rowStatements, type Syntax, uses } from './print-text.ts';

/** What the function takes: indices and strides count u32. */
export const FILL_PARAMETERS = 'events, firstEvent, columns, firstCell, stride, counts, inverses, rows' as const;

const operators: Operators = {
  const: (_, { value }) => String(value | 0),
  event: (_, { value }) => `(events[e + ${value}] | 0)`,
  column: (_, { value }) => `(columns[c + ${value} * stride] | 0)`,
  next: (_, { value }) => `(columns[c + 1 + ${value} * stride] | 0)`,
  add: ([a, b]) => `((${a} + ${b}) | 0)`,
  sub: ([a, b]) => `((${a} - ${b}) | 0)`,
  mul: ([a, b]) => `Math.imul(${a}, ${b})`,
  divU: ([a, b]) => `(((${a} >>> 0) / (${b} >>> 0)) | 0)`,
  and: ([a, b]) => `(${a} & ${b})`,
  or: ([a, b]) => `(${a} | ${b})`,
  xor: ([a, b]) => `(${a} ^ ${b})`,
  shl: ([a], { value }) => `(${a} << ${value})`,
  shr: ([a], { value }) => `(${a} >>> ${value})`,
  sar: ([a], { value }) => `(${a} >> ${value})`,
  shlBy: ([a, b]) => `(${a} << ${b})`,
  shrBy: ([a, b]) => `((${a} >>> ${b}) | 0)`,
  eq: ([a, b]) => `(${a} === ${b} ? 1 : 0)`,
  ltU: ([a, b]) => `(${a} >>> 0 < ${b} >>> 0 ? 1 : 0)`,
  ltS: ([a, b]) => `(${a} < ${b} ? 1 : 0)`,
  select: ([a, b, c]) => `(${a} ? ${b} : ${c})`,
  inverse: ([a]) => `inverses[${a}]`,
  fieldAdd: ([a, b]) => `fieldAdd(${a}, ${b})`,
  montgomery: ([a, b]) => `montgomery(${a}, ${b})`,
};

const syntax: Syntax = {
  operators,
  declare: (name, value) => `const ${name} = ${value};`,
  store: (column, value) => `columns[c${column === 0 ? '' : ` + ${column} * stride`}] = ${value};`,
  count: (slot, times) => (times === undefined ? `counts[${slot}]++;` : `counts[${slot}] += ${times};`),
};

/** A function that fills `rows` rows from structs of events: an expression. */
export function printJavaScript(plan: FillPlan): string {
  const body = rowStatements(plan, syntax).map(line => `    ${line}`);
  return [
    `function ${planName(plan)}(${FILL_PARAMETERS}) {`,
    ...prelude(plan),
    '  for (let row = 0; row < rows; row++) {',
    `    const e = firstEvent + row * ${plan.eventWords};`,
    '    const c = firstCell + row;',
    ...body,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Of a field below 2^31: sums fit in u32, products are exact as two doubles below 2^48. */
function prelude(plan: FillPlan): string[] {
  const { modulus, negativeInverse } = plan.field;
  const fieldAdd = [
    '  const fieldAdd = (a, b) => {',
    `    const s = a + b - ${modulus};`,
    `    return s < 0 ? s + ${modulus} : s;`,
    '  };',
  ];
  const montgomery = [
    '  const high = (a, b) => Math.floor((a * (b >>> 16) + Math.floor((a * (b & 65535)) / 65536)) / 65536);',
    '  const montgomery = (a, b) => {',
    `    const m = Math.imul(Math.imul(a, b), ${-negativeInverse | 0}) >>> 0;`,
    `    const r = high(a, b) - high(${modulus}, m);`,
    `    return r < 0 ? r + ${modulus} : r;`,
    '  };',
  ];
  return [...(uses(plan, 'fieldAdd') ? fieldAdd : []), ...(uses(plan, 'montgomery') ? montgomery : [])];
}
