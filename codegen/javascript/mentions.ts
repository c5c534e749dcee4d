// Whether an expression reads a variable.

export function mentions(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some(child => mentions(child, name));
  if (typeof node !== 'object' || node === null) return false;
  const { type, name: own } = node as { type?: string; name?: string };
  if (type === 'Identifier') return own === name;
  return Object.values(node).some(child => typeof child === 'object' && mentions(child, name));
}
