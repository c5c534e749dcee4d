import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FlowGraph, type Structured, type StructureResult, structure } from '../../../codegen/region/structure.ts';
import { IS_DEEP } from '../../depth.ts';

function graphOf(edges: readonly (readonly number[])[], entry = 0): FlowGraph {
  return { entry, nodes: edges.length, successors: node => edges[node]! };
}

/** A compact text: `n0`, `->1` fall, `break L1`, `loop L0{}`; fix-up sources are left out. */
function show(s: Structured): string {
  switch (s.kind) {
    case 'seq':
      return s.body.map(show).join(' ');
    case 'block':
    case 'loop':
      return `${s.kind} L${s.label}{ ${show(s.body)} }`;
    case 'node':
      return `n${s.node}`;
    case 'if':
      return `if ${s.node}{ ${show(s.then)} }{ ${show(s.else)} }`;
    case 'switch':
      return `switch ${s.node}[ ${s.cases.map(show).join(' | ')} ]`;
    case 'dispatch':
      return `dispatch v${s.variable}[ ${s.cases.map(show).join(' | ')} ]`;
    case 'jump':
      return `${s.to} L${s.label}`;
    case 'fall':
      return `->${s.target}`;
    case 'leave':
      return 'leave';
    case 'setDispatch':
      return `v${s.variable}=${s.value}`;
  }
}

const shapes: { title: string; edges: number[][]; entry?: number; expected: string }[] = [
  { title: 'a single node leaves', edges: [[]], expected: 'n0 leave' },
  { title: 'a chain is one sequence', edges: [[1], [2], []], expected: 'n0 ->1 n1 ->2 n2 leave' },
  {
    title: 'if, else and join need no label',
    edges: [[1, 2], [3], [3], []],
    expected: 'n0 if 0{ ->1 n1 ->3 }{ ->2 n2 ->3 } n3 leave',
  },
  {
    title: 'an if without else needs no label',
    edges: [[1, 2], [2], []],
    expected: 'n0 if 0{ ->1 n1 ->2 }{ ->2 } n2 leave',
  },
  {
    title: 'equal successors of a condition both fall',
    edges: [[1, 1], []],
    expected: 'n0 if 0{ ->1 }{ ->1 } n1 leave',
  },
  {
    title: 'an arm that leaves lets the other arm stand behind the if',
    edges: [[1, 2], [], [3, 4], [], []],
    expected: 'n0 if 0{ ->1 n1 leave }{ ->2 } n2 if 2{ ->3 n3 leave }{ ->4 } n4 leave',
  },
  {
    title: 'a loop tested at its end keeps a leaving exit inside',
    edges: [[1], [1, 2], []],
    expected: 'n0 ->1 loop L0{ n1 if 1{ continue L0 }{ ->2 } n2 leave }',
  },
  {
    title: 'code after a loop stands behind the loop',
    edges: [[1, 2], [0], [3], []],
    expected: 'block L1{ loop L0{ n0 if 0{ ->1 }{ break L1 } n1 continue L0 } } n2 ->3 n3 leave',
  },
  {
    title: 'code after an inner loop stands inside the outer loop only',
    edges: [[1], [2], [2, 3], [1, 4], [5], []],
    expected:
      'n0 ->1 block L3{ loop L0{ n1 ->2 block L2{ loop L1{ n2 if 2{ continue L1 }{ break L2 } } } n3 if 3{ continue L0 }{ break L3 } } } n4 ->5 n5 leave',
  },
  { title: 'an endless self loop has no exit', edges: [[0]], expected: 'loop L0{ n0 continue L0 }' },
  {
    title: 'switch targets that several cases share follow the switch',
    edges: [[1, 2, 1, 3], [3], [3], []],
    expected: 'block L0{ n0 switch 0[ ->1 | ->2 n2 break L0 | ->1 | break L0 ] n1 ->3 } n3 leave',
  },
  {
    title: 'a loop entered at two nodes dispatches where it is entered and once a turn',
    edges: [[1, 2], [2], [1, 3], []],
    expected:
      'n0 if 0{ v0=1 ->1 }{ v0=0 ->2 } loop L0{ dispatch v0[ ->2 n2 if 2{ ->1 }{ ->3 n3 leave } | ->1 ] n1 v0=0 continue L0 }',
  },
  {
    title: 'a loop of several entries inside a loop that the region enters',
    edges: [[1, 2], [2], [1, 0]],
    expected:
      'loop L0{ n0 if 0{ v0=1 ->1 }{ v0=0 ->2 } loop L1{ dispatch v0[ ->2 n2 if 2{ ->1 }{ continue L0 } | ->1 ] n1 v0=0 continue L1 } }',
  },
  { title: 'unreachable nodes are left out', edges: [[2], [0], []], expected: 'n0 ->2 n2 leave' },
];

test.each(shapes)('$title', ({ edges, entry, expected }) => {
  expect(show(structure(graphOf(edges, entry)).body)).toBe(expected);
});

/** Nodes as the graph visits them when the i-th decision takes successor `decisions[i] % count`. */
function walkGraph(graph: FlowGraph, decisions: readonly number[]): number[] {
  const visited: number[] = [];
  let node = graph.entry;
  for (const decision of decisions) {
    visited.push(node);
    const successors = graph.successors(node);
    if (successors.length === 0) break;
    node = successors[decision % successors.length]!;
  }
  return visited;
}

/** Runs the structured form by the same decisions, checking that every edge was announced just before it is taken. */
function walkStructured(graph: FlowGraph, body: Structured, decisions: readonly number[]): number[] {
  const visited: number[] = [];
  const variables: number[] = [];
  let edge: { from: number; target: number } | undefined;
  type Outcome = 'next' | 'end' | { label: number; to: 'break' | 'continue' };
  const take = (from: number, target: number): void => {
    if (from === -1) expect(edge?.target).toBe(target);
    else {
      expect(edge).toBeUndefined();
      expect(from).toBe(visited.at(-1));
      edge = { from, target };
    }
  };
  const decided = (): number => decisions[visited.length - 1]! % graph.successors(visited.at(-1)!).length;
  const run = (s: Structured): Outcome => {
    switch (s.kind) {
      case 'seq':
        for (const part of s.body) {
          const outcome = run(part);
          if (outcome !== 'next') return outcome;
        }
        return 'next';
      case 'block': {
        const outcome = run(s.body);
        return typeof outcome === 'object' && outcome.to === 'break' && outcome.label === s.label ? 'next' : outcome;
      }
      case 'loop':
        for (;;) {
          const outcome = run(s.body);
          if (outcome === 'next') throw new Error(`the body of loop ${s.label} ended`);
          if (typeof outcome !== 'object' || outcome.to !== 'continue' || outcome.label !== s.label) return outcome;
        }
      case 'node':
        if (visited.length > 0) {
          expect(edge).toEqual({ from: visited.at(-1), target: s.node });
        }
        edge = undefined;
        if (visited.length === decisions.length) return 'end';
        visited.push(s.node);
        return 'next';
      case 'if':
        expect(s.node).toBe(visited.at(-1));
        return run(decided() === 0 ? s.then : s.else);
      case 'switch':
        expect(s.node).toBe(visited.at(-1));
        return run(s.cases[decided()]!);
      case 'jump':
        take(s.from, s.target);
        return { label: s.label, to: s.to };
      case 'fall':
        take(s.from, s.target);
        return 'next';
      case 'leave':
        expect(s.node).toBe(visited.at(-1));
        return 'end';
      case 'setDispatch':
        variables[s.variable] = s.value;
        return 'next';
      case 'dispatch':
        return run(s.cases[variables[s.variable]!]!);
    }
  };
  run(body);
  return visited;
}

/** Every part with the labels around it, outermost first, without recursion. */
function* parts(root: Structured): Generator<{ part: Structured; around: readonly { kind: string; label: number }[] }> {
  const stack: { part: Structured; around: { kind: string; label: number }[] }[] = [{ part: root, around: [] }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    yield top;
    const { part, around } = top;
    if (part.kind === 'seq') for (const inner of part.body) stack.push({ part: inner, around });
    else if (part.kind === 'block' || part.kind === 'loop')
      stack.push({ part: part.body, around: [...around, { kind: part.kind, label: part.label }] });
    else if (part.kind === 'if') stack.push({ part: part.then, around }, { part: part.else, around });
    else if (part.kind === 'switch' || part.kind === 'dispatch')
      for (const inner of part.cases) stack.push({ part: inner, around });
  }
}

function checkForm(graph: FlowGraph, { body, order, loopHeads, dispatchVariables }: StructureResult): void {
  const nodes: number[] = [];
  const edges: string[] = [];
  const labels: number[] = [];
  const jumped = new Set<number>();
  let size = 0;
  for (const { part, around } of parts(body)) {
    size++;
    if (part.kind === 'node') nodes.push(part.node);
    if (part.kind === 'block' || part.kind === 'loop') labels.push(part.label);
    if (part.kind === 'jump') {
      jumped.add(part.label);
      const kind = part.to === 'break' ? 'block' : 'loop';
      if (!around.some(a => a.kind === kind && a.label === part.label))
        throw new Error(`label ${part.label} is not around`);
    }
    if ((part.kind === 'jump' || part.kind === 'fall') && part.from !== -1) edges.push(`${part.from}->${part.target}`);
    if (part.kind === 'dispatch') expect(part.variable).toBeLessThan(dispatchVariables);
  }
  const expectedEdges = order.flatMap(from => graph.successors(from).map(to => `${from}->${to}`));
  expect(nodes.toSorted((a, b) => a - b)).toEqual(order.toSorted((a, b) => a - b));
  expect(edges.toSorted()).toEqual(expectedEdges.toSorted());
  expect(new Set(labels).size).toBe(labels.length);
  expect(labels.filter(label => !jumped.has(label))).toEqual([]);
  expect(size).toBeLessThanOrEqual(8 * (order.length + expectedEdges.length) + 8);
  expect(isAcyclicWithout(graph, order, loopHeads)).toBe(true);
}

function isAcyclicWithout(graph: FlowGraph, order: readonly number[], removed: ReadonlySet<number>): boolean {
  const kept = order.filter(node => !removed.has(node));
  const waiting = new Map(kept.map(node => [node, 0]));
  const inner = (node: number): number[] => graph.successors(node).filter(to => waiting.has(to));
  for (const node of kept) for (const to of inner(node)) waiting.set(to, waiting.get(to)! + 1);
  const free = kept.filter(node => waiting.get(node) === 0);
  let done = 0;
  for (let node = free.pop(); node !== undefined; node = free.pop()) {
    done++;
    for (const to of inner(node)) {
      waiting.set(to, waiting.get(to)! - 1);
      if (waiting.get(to) === 0) free.push(to);
    }
  }
  return done === kept.length;
}

/** Any graph: mostly one or two successors, some multi-way, some leaving. */
const anyGraph = fc.integer({ min: 1, max: 24 }).chain(nodes => {
  const node = fc.nat({ max: nodes - 1 });
  const successors = fc.oneof(
    { weight: 3, arbitrary: fc.array(node, { minLength: 1, maxLength: 1 }) },
    { weight: 5, arbitrary: fc.array(node, { minLength: 2, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(node, { minLength: 3, maxLength: 7 }) },
    { weight: 1, arbitrary: fc.constant<number[]>([]) },
  );
  return fc.record({
    edges: fc.array(successors, { minLength: nodes, maxLength: nodes }),
    entry: node,
  });
});

/** As compilers lay code out: mostly forward jumps over a little, sometimes a jump back. */
const compiledGraph = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: -6, max: 6 }), fc.nat({ max: 9 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map(rows => ({
    entry: 0,
    edges: rows.map(([step, far, kind], i) => {
      const clamp = (n: number): number => Math.min(rows.length - 1, Math.max(0, n));
      if (i === rows.length - 1 || kind === 0) return [];
      return kind < 4 ? [clamp(i + step)] : [clamp(i + far), clamp(i + 1)];
    }),
  }));

const decisions = fc.array(fc.nat({ max: 419 }), { minLength: 200, maxLength: 200 });

test.each([
  { title: 'any graph', arbitrary: anyGraph },
  { title: 'a graph as compilers make it', arbitrary: compiledGraph },
])('$title and its structured form visit the same nodes by the same edges', ({ arbitrary }) => {
  fc.assert(
    fc.property(arbitrary, decisions, ({ edges, entry }, decisions) => {
      const graph = graphOf(edges, entry);
      const result = structure(graph);
      checkForm(graph, result);
      expect(walkStructured(graph, result.body, decisions)).toEqual(walkGraph(graph, decisions));
    }),
    { numRuns: IS_DEEP ? 1000 : 200 },
  );
});

/** The largest number of statements that a printer finds itself inside of. */
function nesting(root: Structured): number {
  let deepest = 0;
  const stack: [Structured, number][] = [[root, 0]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [part, depth] = top;
    deepest = Math.max(deepest, depth);
    if (part.kind === 'seq') for (const inner of part.body) stack.push([inner, depth]);
    else if (part.kind === 'block' || part.kind === 'loop') stack.push([part.body, depth + 1]);
    else if (part.kind === 'if') stack.push([part.then, depth + 1], [part.else, depth + 1]);
    else if (part.kind === 'switch' || part.kind === 'dispatch')
      for (const inner of part.cases) stack.push([inner, depth + 1]);
  }
  return deepest;
}

function randomGraph(nodes: number, seed: number): FlowGraph {
  const random = fc.sample(fc.nat({ max: nodes - 1 }), { seed, numRuns: 2 * nodes });
  return graphOf(Array.from({ length: nodes }, (_, i) => random.slice(2 * i, 2 * i + (i % 9 === 0 ? 1 : 2))));
}

const large: { title: string; graph: FlowGraph; deepest?: number }[] = [
  { title: 'a random graph', graph: randomGraph(3000, 7) },
  {
    title: 'a chain of conditions that leave',
    deepest: 1,
    graph: graphOf(Array.from({ length: 3001 }, (_, i) => (i % 2 || i === 3000 ? [] : [i + 1, i + 2]))),
  },
  {
    title: 'a chain of conditions to one exit',
    deepest: 40,
    graph: graphOf(Array.from({ length: 3001 }, (_, i) => (i === 3000 ? [] : [3000, i + 1]))),
  },
  {
    title: 'a ladder of arms that share one exit',
    deepest: 40,
    graph: graphOf(Array.from({ length: 3001 }, (_, i) => (i === 3000 ? [] : i % 2 ? [3000] : [i + 1, i + 2]))),
  },
  {
    title: 'a sequence of loops',
    deepest: 3,
    graph: graphOf(Array.from({ length: 3001 }, (_, i) => (i === 3000 ? [] : [i, i + 1]))),
  },
  {
    title: 'loops in loops',
    graph: graphOf(Array.from({ length: 3001 }, (_, i) => (i === 3000 ? [] : i < 1500 ? [i + 1] : [2999 - i, i + 1]))),
  },
  {
    title: 'a switch of many cases with one join',
    deepest: 1,
    graph: graphOf([Array.from({ length: 2999 }, (_, i) => i + 1), ...Array.from({ length: 2999 }, () => [3000]), []]),
  },
];

test.each(large)('$title of 3000 nodes is structured without a deep or a long text', ({ graph, deepest }) => {
  const { body } = structure(graph);
  if (deepest !== undefined) expect(nesting(body)).toBeLessThanOrEqual(deepest);
  expect([...parts(body)].length).toBeLessThan(60_000);
});
