/* Quicksort of 512 Ki pseudo-random u32 through a comparison callback. argv[1]: sorts, each of fresh data. */
#include "guest.h"

enum { N = 512 * 1024 };

typedef int (*Compare)(const u32 *a, const u32 *b);

static int by_value(const u32 *a, const u32 *b) { return *a < *b ? -1 : *a > *b; }

static void insertion_sort(u32 *low, u32 *high, Compare compare) {
  for (u32 *at = low + 1; at <= high; at++) {
    u32 x = *at;
    u32 *to = at;
    for (; to > low && compare(to - 1, &x) > 0; to--) *to = to[-1];
    *to = x;
  }
}

static inline void swap(u32 *a, u32 *b) {
  u32 x = *a;
  *a = *b;
  *b = x;
}

/* Median of three, Hoare partition, insertion sort below 16; the smaller half by recursion. Bounds are inclusive. */
NOINLINE void sort(u32 *low, u32 *high, Compare compare) {
  while (high - low >= 16) {
    u32 *middle = low + (high - low) / 2;
    if (compare(middle, low) < 0) swap(middle, low);
    if (compare(high, low) < 0) swap(high, low);
    if (compare(high, middle) < 0) swap(high, middle);
    u32 pivot = *middle;
    u32 *i = low, *j = high;
    while (i <= j) {
      while (compare(i, &pivot) < 0) i++;
      while (compare(j, &pivot) > 0) j--;
      if (i <= j) swap(i++, j--);
    }
    if (j - low < high - i) {
      sort(low, j, compare);
      low = i;
    } else {
      sort(i, high, compare);
      high = j;
    }
  }
  insertion_sort(low, high, compare);
}

int main(int argc, char **argv) {
  u32 sorts = arg_u32(argc, argv, 1, 3);
  u32 *v = allocate(N * sizeof *v);
  u32 seed = 2463534242u, sum = 0;
  for (u32 pass = 0; pass < sorts; pass++) {
    for (u32 i = 0; i < N; i++) v[i] = xorshift32(&seed);
    sort(v, v + N - 1, by_value);
    for (u32 i = 1; i < N; i++) {
      if (v[i - 1] > v[i]) return 1;
      sum = sum * 31 + v[i];
    }
  }
  print("qsort %x\n", sum);
  return 0;
}
