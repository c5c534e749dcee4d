/*
 * Control code as charts generate it: three power windows and a door lock, each a hierarchy of states with flags,
 * timers and guards, stepped with pseudo-random inputs. Little arithmetic, very many branches. argv[1]: thousands of
 * steps.
 */
#include "guest.h"

enum WindowState { STOPPED, MOVING_UP, MOVING_DOWN, AUTO_UP, AUTO_DOWN, REVERSING, BLOCKED, CALIBRATING };
enum LockState { UNLOCKED, LOCKING, LOCKED, UNLOCKING, DEAD_LOCKED, ALARM };

typedef struct {
  u8 up, down, full_up, full_down; /* the switch */
  u8 obstacle, child_lock, power;
} WindowInput;

typedef struct {
  enum WindowState state;
  i16 position; /* 0 closed, 100 open */
  i16 timer;
  u8 motor_up, motor_down, calibrated, tries;
} Window;

static Window window[3];

static void stop(Window *w) {
  w->motor_up = 0;
  w->motor_down = 0;
  w->state = STOPPED;
}

static NOINLINE void move(Window *w) {
  if (w->motor_up && w->position > 0) w->position--;
  if (w->motor_down && w->position < 100) w->position++;
  if (w->timer > 0) w->timer--;
}

static NOINLINE void start_window(Window *w, const WindowInput *in) {
  if (in->child_lock && !in->full_up) return;
  if (!w->calibrated && w->tries > 3) {
    w->state = CALIBRATING;
    w->timer = 120;
    w->motor_up = 1;
  } else if (in->full_up && w->position > 0) {
    w->state = AUTO_UP;
    w->motor_up = 1;
    w->timer = 110;
  } else if (in->full_down && w->position < 100) {
    w->state = AUTO_DOWN;
    w->motor_down = 1;
    w->timer = 110;
  } else if (in->up && !in->down && w->position > 0) {
    w->state = MOVING_UP;
    w->motor_up = 1;
  } else if (in->down && !in->up && w->position < 100) {
    w->state = MOVING_DOWN;
    w->motor_down = 1;
  }
}

NOINLINE void step_window(Window *w, const WindowInput *in) {
  if (!in->power && w->state != STOPPED && w->state != BLOCKED) stop(w);
  move(w);
  switch (w->state) {
    case STOPPED:
      if (in->power) start_window(w, in);
      break;
    case MOVING_UP:
    case AUTO_UP:
      if (in->obstacle && w->position > 4) {
        w->motor_up = 0;
        w->motor_down = 1;
        w->timer = 20;
        w->tries++;
        w->state = REVERSING;
      } else if (w->position == 0 || (w->state == MOVING_UP && !in->up) || (w->state == AUTO_UP && in->down)) {
        stop(w);
      } else if (w->state == MOVING_UP && in->full_up) {
        w->state = AUTO_UP;
        w->timer = 110;
      } else if (w->state == AUTO_UP && w->timer == 0) {
        w->calibrated = 0;
        stop(w);
      }
      break;
    case MOVING_DOWN:
    case AUTO_DOWN:
      if (w->position == 100 || (w->state == MOVING_DOWN && !in->down) || (w->state == AUTO_DOWN && in->up)) {
        stop(w);
      } else if (w->state == MOVING_DOWN && in->full_down) {
        w->state = AUTO_DOWN;
        w->timer = 110;
      } else if (w->state == AUTO_DOWN && (w->timer == 0 || in->child_lock)) {
        stop(w);
      }
      break;
    case REVERSING:
      if (w->timer == 0 || w->position == 100) {
        stop(w);
        if (w->tries > 5) {
          w->state = BLOCKED;
          w->timer = 200;
        }
      }
      break;
    case BLOCKED:
      if (w->timer == 0) {
        w->tries = 0;
        w->calibrated = 0;
        stop(w);
      }
      break;
    case CALIBRATING:
      if (in->obstacle && w->position > 10) {
        stop(w);
      } else if (w->position == 0 || w->timer == 0) {
        w->calibrated = w->position == 0;
        w->tries = 0;
        stop(w);
      }
      break;
  }
}

typedef struct {
  enum LockState state;
  u8 handle, bolt; /* bolt 0 open .. 8 thrown */
  u16 timer, alarms;
} Lock;

static Lock lock;

NOINLINE void step_lock(u32 in) {
  int key = in & 1, remote = in >> 1 & 1, handle = in >> 2 & 1, moving = in >> 3 & 1, crash = (in >> 4 & 63) == 0;
  if (crash && lock.state != UNLOCKED) lock.state = UNLOCKING;
  if (lock.timer) lock.timer--;
  switch (lock.state) {
    case UNLOCKED:
      lock.handle = (u8)handle;
      if ((key && !handle) || (moving && lock.timer == 0)) lock.state = LOCKING;
      break;
    case LOCKING:
      if (handle && lock.bolt < 4) lock.state = UNLOCKING;
      else if (lock.bolt < 8) lock.bolt++;
      else lock.state = LOCKED;
      break;
    case LOCKED:
      if (remote && key) {
        lock.state = DEAD_LOCKED;
      } else if (remote) {
        lock.state = UNLOCKING;
      } else if (handle && !moving && lock.timer == 0) {
        lock.state = ALARM;
        lock.timer = 30;
        lock.alarms++;
      }
      break;
    case UNLOCKING:
      if (lock.bolt > 0) lock.bolt--;
      else lock.state = UNLOCKED, lock.timer = 16;
      break;
    case DEAD_LOCKED:
      if (remote && !key) lock.state = LOCKED;
      break;
    case ALARM:
      if (key || lock.timer == 0) lock.state = lock.bolt == 8 ? LOCKED : UNLOCKING;
      break;
  }
}

static WindowInput window_input(u32 x) {
  return (WindowInput){
      .up = x & 1,
      .down = (x & 6) == 0,
      .full_up = (x >> 3 & 7) == 7,
      .full_down = (x >> 6 & 7) == 7,
      .obstacle = (x >> 9 & 31) == 0,
      .child_lock = (x >> 14 & 15) == 0,
      .power = (x >> 18 & 63) != 0,
  };
}

int main(int argc, char **argv) {
  u32 thousands = arg_u32(argc, argv, 1, 2000);
  u32 seed = 2463534242u, sum = 0;
  for (u32 i = 0; i < thousands * 1000; i++) {
    u32 x = xorshift32(&seed);
    WindowInput in = window_input(x);
    for (u32 k = 0; k < COUNT(window); k++) {
      step_window(&window[k], &in);
      in.up ^= x >> 24 & 1;
      in.down ^= x >> 25 & x >> 26 & 1;
      in.obstacle &= x >> 27 & 1;
    }
    step_lock(x >> 12);
    if ((i & 15) == 0)
      sum = rotl32(sum, 3) + window[0].state + 8 * window[1].state + 64 * window[2].state +
            512 * (u32)window[0].position + 65536 * lock.state;
  }
  print("lift %x, %u alarms\n", sum, lock.alarms);
  return 0;
}
