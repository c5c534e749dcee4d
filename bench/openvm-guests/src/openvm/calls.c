#include "kernel.h"

#include "../../../guests/src/calls.c"
