// Cables between machines that are network namespaces, in which every frame takes so long: where the kernel has no
// netem.
//
// cables MICROSECONDS NAME…: makes a tap device of each name, prints "ready", and carries frames between them until its
// standard input ends. Devices may be moved to other namespaces then. Device i has the Ethernet address
// 02:00:00:00:00:i.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MOST_DEVICES = 32, LARGEST_FRAME = 66000, MOST_FRAMES = 1 << 14 };

struct frame {
  int64_t due; // in nanoseconds
  int from, size;
  unsigned char *bytes;
};

static struct frame
    waiting[MOST_FRAMES]; // a ring: all frames take equally long, so that the first come are the first due
static unsigned first, end;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int open_device(const char *name, int number) {
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (device < 0 || ioctl(device, TUNSETIFF, &request) < 0) {
    perror(name);
    exit(1);
  }
  struct ifreq address = {.ifr_hwaddr = {.sa_family = ARPHRD_ETHER, .sa_data = {2, 0, 0, 0, 0, (char)number}}};
  if (ioctl(device, SIOCSIFHWADDR, &address) < 0) {
    perror(name);
    exit(1);
  }
  return device;
}

static void deliver(const struct frame *frame, const int *devices, int count) {
  const unsigned char *to = frame->bytes;
  int number = to[0] == 2 && to[1] == 0 ? to[5] : -1; // others are for all
  for (int i = 0; i < count; i++) {
    if (i != frame->from && (number < 0 || number == i))
      (void)!write(devices[i], frame->bytes, (size_t)frame->size); // what finds no room is lost, as on a real cable
  }
}

int main(int argc, char **argv) {
  int count = argc - 2;
  if (count < 1 || count > MOST_DEVICES)
    return 64;
  int64_t delay = atoll(argv[1]) * 1000;
  int devices[MOST_DEVICES];
  struct pollfd polled[MOST_DEVICES + 1];
  for (int i = 0; i < count; i++) {
    devices[i] = open_device(argv[i + 2], i);
    polled[i] = (struct pollfd){.fd = devices[i], .events = POLLIN};
  }
  polled[count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
  puts("ready");
  fflush(stdout);
  static unsigned char buffer[LARGEST_FRAME];
  while (1) {
    struct timespec wait = {0};
    if (first != end) {
      int64_t left = waiting[first % MOST_FRAMES].due - now();
      if (left > 0)
        wait = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    }
    ppoll(polled, (nfds_t)count + 1, first == end ? NULL : &wait, NULL);
    if (polled[count].revents)
      return 0;
    for (int i = 0; i < count; i++) {
      for (int size; end - first < MOST_FRAMES && (size = (int)read(devices[i], buffer, sizeof buffer)) > 0; end++) {
        unsigned char *bytes = malloc((size_t)size);
        memcpy(bytes, buffer, (size_t)size);
        waiting[end % MOST_FRAMES] = (struct frame){.due = now() + delay, .from = i, .size = size, .bytes = bytes};
      }
    }
    for (; first != end && waiting[first % MOST_FRAMES].due <= now(); first++) {
      deliver(&waiting[first % MOST_FRAMES], devices, count);
      free(waiting[first % MOST_FRAMES].bytes);
    }
  }
}
