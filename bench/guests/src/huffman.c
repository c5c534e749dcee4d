/*
 * Huffman coding of 64 KiB of skewed bytes: frequencies, tree by a heap, canonical codes, encoding, decoding bit by bit
 * and comparison. argv[1]: rounds.
 */
#include "guest.h"

enum { SIZE = 65536, SYMBOLS = 256, NODES = 2 * SYMBOLS - 1 };

static u8 text[SIZE], decoded[SIZE], packed[2 * SIZE + 8];
static u32 weight[NODES];
static u16 parent[NODES];
static u8 length[SYMBOLS];
static u32 code[SYMBOLS];

typedef struct {
  u16 node[SYMBOLS + 1]; /* from 1; children of i are 2i and 2i + 1 */
  u32 size;
} Heap;

static NOINLINE void push(Heap *heap, u16 node) {
  u32 at = ++heap->size;
  for (; at > 1 && weight[heap->node[at / 2]] > weight[node]; at /= 2) heap->node[at] = heap->node[at / 2];
  heap->node[at] = node;
}

static NOINLINE u16 pop(Heap *heap) {
  u16 least = heap->node[1], last = heap->node[heap->size--];
  u32 at = 1;
  for (u32 child; (child = 2 * at) <= heap->size; at = child) {
    if (child < heap->size && weight[heap->node[child + 1]] < weight[heap->node[child]]) child++;
    if (weight[last] <= weight[heap->node[child]]) break;
    heap->node[at] = heap->node[child];
  }
  heap->node[at] = last;
  return least;
}

static NOINLINE void find_lengths(void) {
  Heap heap = {.size = 0};
  memset(weight, 0, sizeof weight);
  for (u32 i = 0; i < SIZE; i++) weight[text[i]]++;
  for (u16 s = 0; s < SYMBOLS; s++)
    if (weight[s]) push(&heap, s);
  u16 next = SYMBOLS;
  while (heap.size > 1) {
    u16 a = pop(&heap), b = pop(&heap);
    weight[next] = weight[a] + weight[b];
    parent[a] = parent[b] = next;
    push(&heap, next++);
  }
  u16 root = (u16)(next - 1);
  for (u16 s = 0; s < SYMBOLS; s++) {
    length[s] = 0;
    if (weight[s])
      for (u16 at = s; at != root; at = parent[at]) length[s]++;
  }
}

/* Canonical codes: ordered by length, then by symbol. first[n] and order[] serve the decoder. */
static u32 first[34], count[34], order_start[34];
static u8 order[SYMBOLS];

static NOINLINE void assign_codes(void) {
  u32 next = 0, placed = 0;
  memset(count, 0, sizeof count);
  for (u32 s = 0; s < SYMBOLS; s++) count[length[s]]++;
  for (u32 n = 1; n < 33; n++) {
    next <<= 1;
    first[n] = next;
    order_start[n] = placed;
    for (u32 s = 0; s < SYMBOLS; s++)
      if (length[s] == n) {
        code[s] = next++;
        order[placed++] = (u8)s;
      }
  }
}

static NOINLINE u32 encode(void) {
  u32 bits = 0;
  memset(packed, 0, sizeof packed);
  for (u32 i = 0; i < SIZE; i++) {
    u8 s = text[i];
    for (u32 n = length[s]; n-- > 0; bits++)
      if (code[s] >> n & 1) packed[bits / 8] |= (u8)(0x80 >> bits % 8);
  }
  return bits;
}

static NOINLINE void decode(void) {
  u32 bit = 0;
  for (u32 i = 0; i < SIZE; i++) {
    u32 value = 0;
    for (u32 n = 1;; n++, bit++) {
      value = value << 1 | (packed[bit / 8] >> (7 - bit % 8) & 1);
      if (value - first[n] < count[n]) {
        decoded[i] = order[order_start[n] + value - first[n]];
        bit++;
        break;
      }
    }
  }
}

int main(int argc, char **argv) {
  u32 rounds = arg_u32(argc, argv, 1, 30);
  u32 seed = 2463534242u, sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    for (u32 i = 0; i < SIZE; i++) {
      u32 x = xorshift32(&seed);
      text[i] = (u8)((x & 15) * (x >> 4 & 15) ^ (x >> 8 & x >> 16 & x >> 24 & 7));
    }
    find_lengths();
    assign_codes();
    u32 bits = encode();
    decode();
    if (memcmp(text, decoded, SIZE) != 0) return 1;
    sum = sum * 31 + bits;
    for (u32 i = 0; i < bits / 8; i += 97) sum = sum * 31 + packed[i];
  }
  print("huffman %x\n", sum);
  return 0;
}
