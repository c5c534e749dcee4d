/*
 * Regular expressions (literals, ., [a-z], (), |, *, +, ?) compiled to a nondeterministic automaton and run over text as
 * a set of states. argv[1]: rounds.
 */
#include "guest.h"

enum { MAX_STATES = 128, TEXT = 4096 };

enum Kind { LITERAL, ANY, RANGE, SPLIT, MATCH };

typedef struct {
  u8 kind, low, high; /* LITERAL: low; RANGE: low..high */
  i16 out, other;     /* next states; `other` for SPLIT */
} State;

static State state[MAX_STATES];
static i16 states;

/* A piece of automaton: its entry, and a list of dangling exits threaded through the exits themselves (2s + slot). */
typedef struct {
  i16 entry, exits;
} Piece;

static i16 *slot(i16 reference) { return reference & 1 ? &state[reference >> 1].other : &state[reference >> 1].out; }

static NOINLINE void patch(i16 exits, i16 target) {
  while (exits >= 0) {
    i16 next = *slot(exits);
    *slot(exits) = target;
    exits = next;
  }
}

static i16 append(i16 a, i16 b) {
  if (a < 0) return b;
  i16 at = a;
  while (*slot(at) >= 0) at = *slot(at);
  *slot(at) = b;
  return a;
}

static i16 add_state(u8 kind, u8 low, u8 high, i16 out) {
  state[states] = (State){kind, low, high, out, -1};
  return states++;
}

static const char *pattern;

static Piece parse_choice(void);

static Piece single(u8 kind, u8 low, u8 high) {
  i16 s = add_state(kind, low, high, -1);
  return (Piece){s, (i16)(2 * s)};
}

static NOINLINE Piece parse_atom(void) {
  char c = *pattern++;
  if (c == '(') {
    Piece inner = parse_choice();
    pattern++;
    return inner;
  }
  if (c == '.') return single(ANY, 0, 0);
  if (c == '[') {
    char low = pattern[0], high = pattern[2];
    pattern += 4;
    return single(RANGE, (u8)low, (u8)high);
  }
  return single(LITERAL, (u8)c, 0);
}

static NOINLINE Piece parse_repeat(void) {
  Piece piece = parse_atom();
  for (; *pattern == '*' || *pattern == '+' || *pattern == '?'; pattern++) {
    i16 s = add_state(SPLIT, 0, 0, piece.entry);
    i16 leave = (i16)(2 * s + 1);
    if (*pattern == '?') {
      piece = (Piece){s, append(piece.exits, leave)};
    } else {
      patch(piece.exits, s);
      piece = (Piece){*pattern == '*' ? s : piece.entry, leave};
    }
  }
  return piece;
}

static NOINLINE Piece parse_sequence(void) {
  Piece piece = parse_repeat();
  while (*pattern && *pattern != '|' && *pattern != ')') {
    Piece next = parse_repeat();
    patch(piece.exits, next.entry);
    piece.exits = next.exits;
  }
  return piece;
}

static NOINLINE Piece parse_choice(void) {
  Piece piece = parse_sequence();
  while (*pattern == '|') {
    pattern++;
    Piece next = parse_sequence();
    i16 s = add_state(SPLIT, 0, 0, piece.entry);
    state[s].other = next.entry;
    piece = (Piece){s, append(piece.exits, next.exits)};
  }
  return piece;
}

typedef struct {
  i16 member[MAX_STATES];
  u32 size;
} Set;

static u32 seen[MAX_STATES]; /* generation in which a state was last added */
static u32 generation;

static NOINLINE void add(Set *set, i16 s) {
  if (seen[s] == generation) return;
  seen[s] = generation;
  if (state[s].kind == SPLIT) {
    add(set, state[s].out);
    add(set, state[s].other);
    return;
  }
  set->member[set->size++] = s;
}

/* Number of positions at which some match ends; a match may start anywhere. */
static NOINLINE u32 count_matches(i16 entry, const u8 *text, u32 size) {
  static Set sets[2];
  Set *now = &sets[0], *next = &sets[1];
  u32 found = 0;
  now->size = 0;
  generation++;
  for (u32 i = 0; i < size; i++) {
    add(now, entry);
    generation++;
    next->size = 0;
    for (u32 j = 0; j < now->size; j++) {
      const State *s = &state[now->member[j]];
      u8 c = text[i];
      if ((s->kind == LITERAL && c == s->low) || (s->kind == ANY && c != '\n') ||
          (s->kind == RANGE && c >= s->low && c <= s->high))
        add(next, s->out);
    }
    for (u32 j = 0; j < next->size; j++) found += state[next->member[j]].kind == MATCH;
    Set *swap = now;
    now = next;
    next = swap;
  }
  return found;
}

int main(int argc, char **argv) {
  static const char *const patterns[] = {
      "ab*c", "(a|b)+c(d|e)?f", "[a-d][e-h]*[a-d]", "a.b.c", "(ab|cd|ef)*gh", "h(e(f(g)?)?)?[a-c]+",
  };
  static u8 text[TEXT];
  u32 rounds = arg_u32(argc, argv, 1, 100);
  u32 seed = 2463534242u, sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    for (u32 i = 0; i < TEXT; i++) {
      u32 x = xorshift32(&seed);
      text[i] = x % 61 ? (u8)('a' + (x >> 8 & x >> 12 & 7)) : '\n';
    }
    for (u32 p = 0; p < COUNT(patterns); p++) {
      states = 0;
      pattern = patterns[p];
      Piece whole = parse_choice();
      patch(whole.exits, add_state(MATCH, 0, 0, -1));
      sum = sum * 31 + count_matches(whole.entry, text, TEXT);
    }
  }
  print("regex %x\n", sum);
  return 0;
}
