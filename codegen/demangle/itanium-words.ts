// The Itanium C++ ABI's tables of names, as binutils' c++filt prints them.

/** Section 5.1.5.2, builtin types. */
export const BUILTIN: Readonly<Record<string, string>> = {
  v: 'void',
  w: 'wchar_t',
  b: 'bool',
  c: 'char',
  a: 'signed char',
  h: 'unsigned char',
  s: 'short',
  t: 'unsigned short',
  i: 'int',
  j: 'unsigned int',
  l: 'long',
  m: 'unsigned long',
  x: 'long long',
  y: 'unsigned long long',
  n: '__int128',
  o: 'unsigned __int128',
  f: 'float',
  d: 'double',
  e: 'long double',
  g: '__float128',
  z: '...',
};

/** The same behind `D`. */
export const BUILTIN_D: Readonly<Record<string, string>> = {
  d: 'decimal64',
  e: 'decimal128',
  f: 'decimal32',
  h: 'half',
  i: 'char32_t',
  s: 'char16_t',
  u: 'char8_t',
  a: 'auto',
  c: 'decltype(auto)',
  n: 'decltype(nullptr)',
};

const CHARACTERS = 'char, std::char_traits<char>';

/** Section 5.1.8: what it stands for, and the name of its constructors. */
export const ABBREVIATED: Readonly<Record<string, readonly [name: string, last: string]>> = {
  t: ['std', 'std'],
  a: ['std::allocator', 'allocator'],
  b: ['std::basic_string', 'basic_string'],
  s: [`std::basic_string<${CHARACTERS}, std::allocator<char> >`, 'basic_string'],
  i: [`std::basic_istream<${CHARACTERS} >`, 'basic_istream'],
  o: [`std::basic_ostream<${CHARACTERS} >`, 'basic_ostream'],
  d: [`std::basic_iostream<${CHARACTERS} >`, 'basic_iostream'],
};

/** Section 5.1.3.2; conversions (`cv`) and literals (`li`) are not here. */
export const OPERATORS: Readonly<Record<string, string>> = {
  nw: ' new',
  na: ' new[]',
  dl: ' delete',
  da: ' delete[]',
  aw: ' co_await',
  ps: '+',
  ng: '-',
  ad: '&',
  de: '*',
  co: '~',
  pl: '+',
  mi: '-',
  ml: '*',
  dv: '/',
  rm: '%',
  an: '&',
  or: '|',
  eo: '^',
  aS: '=',
  pL: '+=',
  mI: '-=',
  mL: '*=',
  dV: '/=',
  rM: '%=',
  aN: '&=',
  oR: '|=',
  eO: '^=',
  ls: '<<',
  rs: '>>',
  lS: '<<=',
  rS: '>>=',
  eq: '==',
  ne: '!=',
  lt: '<',
  gt: '>',
  le: '<=',
  ge: '>=',
  ss: '<=>',
  nt: '!',
  aa: '&&',
  oo: '||',
  pp: '++',
  mm: '--',
  cm: ',',
  pm: '->*',
  pt: '->',
  cl: '()',
  ix: '[]',
  qu: '?',
};

/** Section 5.1.4, those that are a word before a type. */
export const SPECIAL_TYPES: Readonly<Record<string, string>> = {
  TV: 'vtable for ',
  TT: 'VTT for ',
  TI: 'typeinfo for ',
  TS: 'typeinfo name for ',
};

/** Those before a name. */
export const SPECIAL_NAMES: Readonly<Record<string, string>> = {
  GV: 'guard variable for ',
  TW: 'TLS wrapper function for ',
  TH: 'TLS init function for ',
};

/** Behind a whole number of these types; others are a cast before it. */
export const LITERAL_SUFFIX: Readonly<Record<string, string>> = {
  i: '',
  j: 'u',
  l: 'l',
  m: 'ul',
  x: 'll',
  y: 'ull',
};
