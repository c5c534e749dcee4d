#include "kernel.h"

#include "../../../guests/src/qsort.c"
