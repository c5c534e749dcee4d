// Names and types of C++ as text, in the two halves between which a declarator stands.

/** A type or a name. What it declares stands between `left` and `right`. */
export interface Part {
  readonly left: string;
  readonly right: string;
  /** Functions and arrays want parentheses around what points to them. */
  readonly isCompound?: boolean;
  /** The last word of a name, which its constructors have. */
  readonly last?: string;
  readonly pack?: readonly Part[];
}

export interface Name extends Part {
  /** Whether it ends with template arguments. */
  readonly isTemplate: boolean;
  /** Constructors, destructors and conversions have no type of result. */
  readonly isSpecial: boolean;
  /** Of a member function. */
  readonly qualifiers: string;
}

export const plainPart = (left: string, last?: string): Part => ({
  left,
  right: '',
  ...(last === undefined ? {} : { last }),
});
export const partText = ({ left, right, isCompound }: Part): string =>
  isCompound === true && right.startsWith('(') ? `${left} ${right}` : left + right;

const suffixed = (name: string): string => name + (name.endsWith('>') ? ' ' : '');
export const argumentList = (parts: readonly Part[]): string => {
  const texts = parts.flatMap(part => (part.pack ?? [part]).map(partText));
  return `<${suffixed(texts.join(', '))}>`;
};

export function pointerTo(part: Part, mark: string): Part {
  if (part.isCompound) return { left: `${part.left} (${mark}`, right: `)${part.right}` };
  if (mark.startsWith('&') && part.left.endsWith('&')) {
    return part.left.endsWith('&&') && mark === '&' ? { ...part, left: part.left.slice(0, -1) } : part;
  }
  // Of what was in parentheses already, the mark is the innermost.
  return { left: part.left + mark, right: part.right };
}
