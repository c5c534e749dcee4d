/* Sorts n pseudo-random words (argv[1], default 1000) by quicksort through a comparison callback, and checks the order. */
#include "guest.h"

typedef int (*Compare)(u32 a, u32 b);

static int ascending(u32 a, u32 b) { return a < b ? -1 : a > b; }
static int descending(u32 a, u32 b) { return ascending(b, a); }

static void insertion_sort(u32 *v, int low, int high, Compare compare) {
  for (int i = low + 1; i <= high; i++) {
    u32 x = v[i];
    int j = i;
    for (; j > low && compare(v[j - 1], x) > 0; j--) v[j] = v[j - 1];
    v[j] = x;
  }
}

/* Hoare partition around the middle element; recursion on the smaller half bounds the depth by log2 n. */
NOINLINE void sort(u32 *v, int low, int high, Compare compare) {
  while (high - low > 12) {
    u32 pivot = v[low + (high - low) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (compare(v[i], pivot) < 0) i++;
      while (compare(v[j], pivot) > 0) j--;
      if (i <= j) {
        u32 x = v[i];
        v[i++] = v[j];
        v[j--] = x;
      }
    }
    if (j - low < high - i) {
      sort(v, low, j, compare);
      low = i;
    } else {
      sort(v, i, high, compare);
      high = j;
    }
  }
  insertion_sort(v, low, high, compare);
}

static NOINLINE int in_order(const u32 *v, int n, Compare compare) {
  for (int i = 1; i < n; i++)
    if (compare(v[i - 1], v[i]) > 0) return 0;
  return 1;
}

int main(int argc, char **argv) {
  int n = (int)arg_u32(argc, argv, 1, 1000);
  if (n < 1) return 2;
  u32 *v = allocate((size_t)n * sizeof *v);
  u32 seed = 2463534242u;
  for (int i = 0; i < n; i++) v[i] = xorshift32(&seed);
  sort(v, 0, n - 1, ascending);
  if (!in_order(v, n, ascending)) return 1;
  print("min %u median %u max %u\n", v[0], v[n / 2], v[n - 1]);
  sort(v, 0, n - 1, descending);
  if (!in_order(v, n, descending)) return 1;
  print("max %u median %u min %u\n", v[0], v[n / 2], v[n - 1]);
  return 0;
}
