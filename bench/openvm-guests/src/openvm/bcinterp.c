#include "kernel.h"

#include "../../../guests/src/bcinterp.c"
