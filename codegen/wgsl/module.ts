// A kernel's module: declarations of its buffers, the number of its thread, and a body.

import type { BufferUse, HostCall, Kernel } from '../../runtime/gpu/device.ts';

export interface KernelText {
  readonly name: string;
  /** In the order of their bindings; `atomic` is an array of counters. */
  readonly buffers: Readonly<Record<string, BufferUse | 'atomic'>>;
  readonly workgroup?: number;
  /** Functions, constants and variables of workgroups, before the entry. */
  readonly declarations?: string;
  /** Statements of one thread: `thread` is its number, `threads` how many there are, `immediate(i)` from 1 on. */
  readonly body: string;
  /** Workgroups with barriers need all of their threads: the body then looks itself whether `thread < threads`. */
  readonly whole?: boolean;
  readonly host: (call: HostCall) => void;
}

/** Two warps: what upstream's kernels take. */
const WORKGROUP = 64;

const HEAD = `@group(0) @binding(0) var<uniform> immediates: array<vec4<u32>, 4>;
fn immediate(i: u32) -> u32 { return immediates[i / 4u][i % 4u]; }
`;

export function kernel({
  buffers,
  workgroup = WORKGROUP,
  declarations = '',
  body,
  whole,
  ...rest
}: KernelText): Kernel {
  const uses = Object.entries(buffers);
  const bindings = uses.map(([name, use], i) => {
    const access = use === 'read' ? 'read' : 'read_write';
    const element = use === 'atomic' ? 'atomic<u32>' : 'u32';
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${element}>;\n`;
  });
  const guard = whole ? '' : '  if (thread >= threads) { return; }\n';
  const wgsl = `${HEAD}${bindings.join('')}${declarations}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let threads = immediates[0][0];
  let thread = (group.y * groups.x + group.x) * ${workgroup}u + local;
${guard}${body}
}
`;
  return { ...rest, wgsl, buffers: uses.map(([, use]) => (use === 'read' ? 'read' : 'write')), workgroup };
}
