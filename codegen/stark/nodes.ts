// The graph of nodes that a key has its constraints in, and what of it depends on what.

/**
 * A node, after those that it refers to: a column at this row or the next (`offset` 0 or 1) of a main part (cached mains
 * first, the common one last), of the preprocessed or of the permutation trace; a public value; a challenge of log-up (0: α,
 * 1: β); an exposed value (0: the cumulative sum); a constant; a selector; an operation on earlier nodes.
 */
export type KeyNode =
  | readonly ['m', part: number, offset: number, column: number]
  | readonly ['p' | 'a', offset: number, column: number]
  | readonly ['pub' | 'ch' | 'ex' | 'c', value: number]
  | readonly ['first' | 'last' | 'trans']
  | readonly ['+' | '-' | '*', left: number, right: number]
  | readonly ['neg', node: number];

/** A message that each row puts on a bus, `count` times; numbers of nodes, which know neither selectors nor other messages. */
export interface KeyInteraction {
  readonly bus: number;
  readonly count: number;
  /** What the bounds of heights count it as. */
  readonly weight: number;
  readonly message: readonly number[];
}

/** An AIR as far as its rows are computed with. */
export interface AirNodes {
  readonly nodes: readonly KeyNode[];
  /** Nodes that are 0 on every row, in the order in which they are folded: the first gets the highest power. */
  readonly constraints: readonly number[];
  /** What a prover sums up in the permutation trace; a verifier has it in the constraints. */
  readonly interactions: readonly KeyInteraction[];
}

export function nodeOperands(node: KeyNode): readonly number[] {
  switch (node[0]) {
    case '+':
    case '-':
    case '*':
      return [node[1], node[2]];
    case 'neg':
      return [node[1]];
    default:
      return [];
  }
}

/** These nodes, and those that they are made of. */
export function reachableNodes(nodes: readonly KeyNode[], from: readonly number[]): ReadonlySet<number> {
  const reached = new Set(from);
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (!reached.has(i)) continue;
    for (const operand of nodeOperands(nodes[i]!)) reached.add(operand);
  }
  return reached;
}

/** The nodes that some message, or how often it is sent, is made of. */
export function messageNodes({ nodes, interactions }: AirNodes): ReadonlySet<number> {
  return reachableNodes(
    nodes,
    interactions.flatMap(({ count, message }) => [count, ...message]),
  );
}

/** Which nodes are the same on every row. */
export function invariantNodes(nodes: readonly KeyNode[]): readonly boolean[] {
  const known: boolean[] = [];
  for (const node of nodes) known.push(isInvariant(node, known));
  return known;
}

function isInvariant(node: KeyNode, known: readonly boolean[]): boolean {
  const operands = nodeOperands(node);
  if (operands.length > 0) return operands.every(operand => known[operand]);
  return node[0] === 'c' || node[0] === 'pub' || node[0] === 'ch' || node[0] === 'ex';
}

/** Which nodes are elements of the extension. */
export function extensionNodes(nodes: readonly KeyNode[]): readonly boolean[] {
  const known: boolean[] = [];
  for (const node of nodes)
    known.push(
      node[0] === 'a' || node[0] === 'ch' || node[0] === 'ex' || nodeOperands(node).some(operand => known[operand]),
    );
  return known;
}

/** Of each node: columns and the first and the last row's selector have 1, the transition's has 0. */
export function nodeDegrees(nodes: readonly KeyNode[]): number[] {
  const degrees: number[] = [];
  for (const node of nodes) degrees.push(degreeOf(node, degrees));
  return degrees;
}

function degreeOf(node: KeyNode, degrees: readonly number[]): number {
  switch (node[0]) {
    case 'm':
    case 'p':
    case 'a':
    case 'first':
    case 'last':
      return 1;
    case '*':
      return degrees[node[1]]! + degrees[node[2]]!;
    default:
      return Math.max(0, ...nodeOperands(node).map(operand => degrees[operand]!));
  }
}

/** Chunks that a quotient of such constraints is cut into. */
export function quotientDegree({ nodes, constraints }: Pick<AirNodes, 'nodes' | 'constraints'>): number {
  const degrees = nodeDegrees(nodes);
  const degree = constraints.reduce((most, node) => Math.max(most, degrees[node]!), 2);
  return 2 ** Math.ceil(Math.log2(degree - 1));
}
