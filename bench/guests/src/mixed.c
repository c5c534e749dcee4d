/*
 * The mix of an embedded-processor benchmark, of our own making: a linked list reversed, searched and merge-sorted, a
 * matrix product of 16-bit values, a state machine that classifies numbers in text, and a CRC over all results.
 * argv[1]: rounds.
 */
#include "guest.h"

enum { ITEMS = 400, SIZE = 24 };

static NOINLINE u16 crc16(u32 value, u16 crc) {
  for (int i = 0; i < 32; i++, value >>= 1) {
    u32 bit = (value ^ crc) & 1;
    crc >>= 1;
    if (bit) crc ^= 0xa001; /* x^16 + x^15 + x^2 + 1, reflected */
  }
  return crc;
}

typedef struct Item {
  struct Item *next;
  u16 key, index;
} Item;

static Item item[ITEMS];

static NOINLINE Item *reverse(Item *list) {
  Item *reversed = NULL;
  while (list) {
    Item *next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  return reversed;
}

static NOINLINE const Item *find(const Item *list, u16 key) {
  while (list && list->key != key) list = list->next;
  return list;
}

static int by_key(const Item *a, const Item *b) { return a->key - b->key; }
static int by_index(const Item *a, const Item *b) { return a->index - b->index; }

static NOINLINE Item *merge_sort(Item *list, int n, int (*compare)(const Item *, const Item *)) {
  if (n <= 1) {
    if (list) list->next = NULL;
    return list;
  }
  Item *middle = list;
  for (int i = 0; i < n / 2; i++) middle = middle->next;
  Item *b = merge_sort(middle, n - n / 2, compare);
  Item *a = merge_sort(list, n / 2, compare);
  Item *sorted = NULL, **end = &sorted;
  while (a && b) {
    Item **from = compare(a, b) <= 0 ? &a : &b;
    *end = *from;
    end = &(*end)->next;
    *from = *end;
  }
  *end = a ? a : b;
  return sorted;
}

static NOINLINE u16 list_round(u32 *seed, u16 crc) {
  for (u32 i = 0; i < ITEMS; i++) item[i] = (Item){i + 1 < ITEMS ? &item[i + 1] : NULL, (u16)xorshift32(seed), (u16)i};
  Item *list = reverse(item);
  for (u32 i = 0; i < 8; i++) {
    const Item *found = find(list, i & 1 ? item[xorshift32(seed) % ITEMS].key : (u16)xorshift32(seed));
    crc = crc16(found ? found->index : 0xffff, crc);
  }
  list = merge_sort(list, ITEMS, by_key);
  for (const Item *at = list; at; at = at->next) crc = (u16)(crc * 33 ^ at->key);
  list = merge_sort(list, ITEMS, by_index);
  return crc16(list->key, crc);
}

static i16 left[SIZE][SIZE], right[SIZE][SIZE];
static i32 product[SIZE][SIZE];

static NOINLINE u16 matrix_round(u32 *seed, u16 crc) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      u32 x = xorshift32(seed);
      left[i][j] = (i16)x;
      right[i][j] = (i16)(x >> 16);
    }
  u32 trace = 0;
  for (int i = 0; i < SIZE; i++) {
    for (int j = 0; j < SIZE; j++) {
      i32 sum = 0;
      for (int k = 0; k < SIZE; k++) sum += (i32)left[i][k] * right[k][j] >> 4;
      product[i][j] = sum;
    }
    trace += (u32)product[i][i] ^ (u32)product[i][SIZE - 1 - i];
  }
  return crc16(trace, crc);
}

enum State { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, SCIENTIFIC, INVALID, STATES };

static NOINLINE enum State step(enum State state, char c) {
  int digit = c >= '0' && c <= '9';
  int sign = c == '+' || c == '-';
  switch (state) {
    case START: return digit ? INTEGER : sign ? SIGN : c == '.' ? POINT : INVALID;
    case SIGN: return digit ? INTEGER : c == '.' ? POINT : INVALID;
    case INTEGER: return digit ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case POINT: return digit ? FRACTION : INVALID;
    case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case EXPONENT: return digit ? SCIENTIFIC : sign ? EXPONENT_SIGN : INVALID;
    case EXPONENT_SIGN: return digit ? SCIENTIFIC : INVALID;
    case SCIENTIFIC: return digit ? SCIENTIFIC : INVALID;
    default: return INVALID;
  }
}

static NOINLINE u16 text_round(u32 *seed, u16 crc) {
  static const char *const pieces[] = {"5012", "-874", "+.6", "3.25", "e", "e-12", "1e3", "T0.3", ".", "7"};
  u32 ends[STATES] = {0};
  for (int i = 0; i < 150; i++) {
    enum State state = START;
    u32 choice = xorshift32(seed);
    for (int part = 0; part < 3; part++, choice /= COUNT(pieces))
      for (const char *p = pieces[choice % COUNT(pieces)]; *p && state != INVALID; p++) state = step(state, *p);
    ends[state]++;
  }
  for (int i = 0; i < STATES; i++) crc = crc16(ends[i], crc);
  return crc;
}

int main(int argc, char **argv) {
  u32 rounds = arg_u32(argc, argv, 1, 1500);
  u32 seed = 2463534242u;
  u16 list = 0, matrix = 0, text = 0;
  for (u32 i = 0; i < rounds; i++) {
    list = list_round(&seed, list);
    matrix = matrix_round(&seed, matrix);
    text = text_round(&seed, text);
  }
  print("mixed list %x matrix %x text %x\n", list, matrix, text);
  return 0;
}
