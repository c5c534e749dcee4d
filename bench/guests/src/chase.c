/* Follows pointers through one random cycle over 4 MiB of words. argv[1]: millions of steps. */
#include "guest.h"

enum { BYTES = 4 << 20 };

typedef struct Node {
  struct Node *next;
} Node;

/* Sattolo's shuffle: a single cycle through all nodes. */
static NOINLINE void link_cycle(Node *node, u32 n) {
  u32 *order = allocate(n * sizeof *order);
  u32 seed = 88172645u;
  for (u32 i = 0; i < n; i++) order[i] = i;
  for (u32 i = n - 1; i > 0; i--) {
    u32 j = xorshift32(&seed) % i;
    u32 x = order[i];
    order[i] = order[j];
    order[j] = x;
  }
  for (u32 i = 0; i < n; i++) node[order[i]].next = &node[order[i + 1 < n ? i + 1 : 0]];
}

NOINLINE Node *follow(Node *at, u32 steps) {
  for (; steps; steps--) at = at->next;
  return at;
}

int main(int argc, char **argv) {
  u32 millions = arg_u32(argc, argv, 1, 100);
  u32 n = BYTES / sizeof(Node);
  Node *node = allocate(BYTES);
  link_cycle(node, n);
  Node *at = node;
  for (u32 i = 0; i < millions; i++) at = follow(at, 1000000);
  print("chase %u\n", (u32)(at - node));
  return 0;
}
