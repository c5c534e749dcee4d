/* Function calls: Fibonacci by double recursion, then a binary search tree built and walked by recursion. argv[1]: passes. */
#include "guest.h"

enum { KEYS = 20000 };

NOINLINE u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

typedef struct Node {
  u32 key, count;
  struct Node *left, *right;
} Node;

static Node pool[KEYS];
static u32 used;

NOINLINE Node *insert(Node *node, u32 key) {
  if (node == NULL) {
    node = &pool[used++];
    *node = (Node){key, 1, NULL, NULL};
  } else if (key < node->key) {
    node->left = insert(node->left, key);
  } else if (key > node->key) {
    node->right = insert(node->right, key);
  } else {
    node->count++;
  }
  return node;
}

NOINLINE u32 depth(const Node *node) {
  if (node == NULL) return 0;
  u32 left = depth(node->left), right = depth(node->right);
  return 1 + (left > right ? left : right);
}

NOINLINE u32 digest(const Node *node, u32 sum) {
  if (node == NULL) return sum;
  sum = digest(node->left, sum);
  sum = sum * 31 + node->key * node->count;
  return digest(node->right, sum);
}

int main(int argc, char **argv) {
  u32 passes = arg_u32(argc, argv, 1, 50);
  u32 seed = 123456789, sum = 0, deepest = 0;
  for (u32 pass = 0; pass < passes; pass++) {
    sum += fib(26 + pass % 2);
    Node *root = NULL;
    used = 0;
    for (u32 i = 0; i < KEYS; i++) root = insert(root, xorshift32(&seed) % (4 * KEYS));
    sum = digest(root, sum);
    u32 d = depth(root);
    if (d > deepest) deepest = d;
  }
  print("calls %x, depth %u\n", sum, deepest);
  return 0;
}
