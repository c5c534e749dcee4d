// Fillers as WGSL: a thread fills a row, padding rows included. Bindings are declared whether a chip needs them or not, so
// that all fillers have one layout.

import type { FillPlan } from '../plan.ts';
import { type Operators, planName, rowStatements, type Syntax } from './print-text.ts';

/** Threads of a workgroup; a dispatch has at least ⌈height / this⌉ workgroups, in one dimension or two. */
export const WGSL_WORKGROUP = 64;

/**
 * The uniform's u32, in order: first the number of threads, one a row. Indices and strides count u32. Workgroups take
 * turns at `tables` tables of counts that lie `slots` apart, to be added up: many rows count the same slot.
 */
export const WGSL_PARAMETERS = ['height', 'rows', 'stride', 'firstCell', 'firstEvent', 'tables', 'slots'] as const;

/** Bindings of group 0. `columns` and `counts` are written. */
export const WGSL_BINDINGS = { parameters: 0, events: 1, columns: 2, counts: 3, inverses: 4 } as const;

const operators: Operators = {
  const: (_, { value }) => `${value}u`,
  event: (_, { value }) => `events[e + ${value}u]`,
  column: (_, { value }) => `columns[c + ${value}u * stride]`,
  next: (_, { value }) => `columns[c + 1u + ${value}u * stride]`,
  add: ([a, b]) => `(${a} + ${b})`,
  sub: ([a, b]) => `(${a} - ${b})`,
  mul: ([a, b]) => `(${a} * ${b})`,
  divU: ([a, b]) => `(${a} / ${b})`,
  and: ([a, b]) => `(${a} & ${b})`,
  or: ([a, b]) => `(${a} | ${b})`,
  xor: ([a, b]) => `(${a} ^ ${b})`,
  shl: ([a], { value }) => `(${a} << ${value}u)`,
  shr: ([a], { value }) => `(${a} >> ${value}u)`,
  sar: ([a], { value }) => `bitcast<u32>(bitcast<i32>(${a}) >> ${value}u)`,
  shlBy: ([a, b]) => `(${a} << ${b})`,
  shrBy: ([a, b]) => `(${a} >> ${b})`,
  eq: ([a, b]) => `u32(${a} == ${b})`,
  ltU: ([a, b]) => `u32(${a} < ${b})`,
  ltS: ([a, b]) => `u32(bitcast<i32>(${a}) < bitcast<i32>(${b}))`,
  select: ([a, b, c]) => `select(${c}, ${b}, ${a} == 1u)`,
  inverse: ([a]) => `inverses[${a}]`,
  fieldAdd: ([a, b]) => `fieldAdd(${a}, ${b})`,
  montgomery: ([a, b]) => `montgomery(${a}, ${b})`,
};

const syntax: Syntax = {
  operators,
  declare: (name, value) => `let ${name} = ${value};`,
  store: (column, value) => `columns[c + ${column}u * stride] = ${value};`,
  count: (slot, times) => `atomicAdd(&counts[t + ${slot}], ${times ?? '1u'});`,
};

/** A module whose entry point is the plan's `functionName`. */
export function printWgsl(plan: FillPlan): string {
  const binding = (name: keyof typeof WGSL_BINDINGS): string => `@group(0) @binding(${WGSL_BINDINGS[name]})`;
  return [
    `struct Parameters { ${WGSL_PARAMETERS.map(name => `${name}: u32`).join(', ')} }`,
    `${binding('parameters')} var<uniform> parameters: Parameters;`,
    `${binding('events')} var<storage, read> events: array<u32>;`,
    `${binding('columns')} var<storage, read_write> columns: array<u32>;`,
    `${binding('counts')} var<storage, read_write> counts: array<atomic<u32>>;`,
    `${binding('inverses')} var<storage, read> inverses: array<u32>;`,
    ...prelude(plan),
    `@compute @workgroup_size(${WGSL_WORKGROUP})`,
    `fn ${planName(plan)}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,`,
    '    @builtin(local_invocation_index) local: u32) {',
    `  let row = (group.y * groups.x + group.x) * ${WGSL_WORKGROUP}u + local;`,
    '  if (row >= parameters.height) { return; }',
    '  let stride = parameters.stride;',
    '  let c = parameters.firstCell + row;',
    '  if (row >= parameters.rows) {',
    ...paddingStatements(plan).map(line => `    ${line}`),
    '    return;',
    '  }',
    '  let t = ((group.y * groups.x + group.x) % parameters.tables) * parameters.slots;',
    `  let e = parameters.firstEvent + row * ${plan.eventWords}u;`,
    ...rowStatements(plan, syntax).map(line => `  ${line}`),
    '}',
    '',
  ].join('\n');
}

/** Zeros first. Padding in cycles of several rows is an array that the row picks from. */
function paddingStatements({ columns, padding }: FillPlan): string[] {
  const n = padding.length;
  const first = columns[0]?.index ?? 0;
  const zeros = `for (var i = ${first}u; i < ${first + columns.length}u; i++) { columns[c + i * stride] = 0u; }`;
  const statements = columns.flatMap(({ index }, at) => {
    const values = padding.map(row => `${row[at]}u`);
    if (values.every(value => value === '0u')) return [];
    const isOne = new Set(values).size === 1;
    return [syntax.store(index, isOne ? values[0]! : `array<u32, ${n}>(${values.join(', ')})[cycle]`)];
  });
  const isCycle = statements.some(statement => statement.includes('[cycle]'));
  return [zeros, ...(isCycle ? [`let cycle = (row - parameters.rows) % ${n}u;`] : []), ...statements];
}

/** Field arithmetic below 2^31; WGSL has no product of 64 bits. */
function prelude({ field: { modulus, negativeInverse } }: FillPlan): string[] {
  return `
fn fieldAdd(a: u32, b: u32) -> u32 {
  let s = a + b;
  return min(s, s - ${modulus}u);
}
fn high(a: u32, b: u32) -> u32 {
  let al = a & 65535u;
  let ah = a >> 16u;
  let bl = b & 65535u;
  let bh = b >> 16u;
  let mid = ((al * bl) >> 16u) + ((al * bh) & 65535u) + ((ah * bl) & 65535u);
  return ah * bh + ((al * bh) >> 16u) + ((ah * bl) >> 16u) + (mid >> 16u);
}
fn montgomery(a: u32, b: u32) -> u32 {
  let m = a * b * ${-negativeInverse >>> 0}u;
  let r = high(a, b) - high(m, ${modulus}u);
  return min(r, r + ${modulus}u);
}`
    .trim()
    .split('\n');
}
