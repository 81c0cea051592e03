// One byte there, one byte back, over one TCP connection, for a number of seconds.
//   pingpong server PORT            serves one connection after the other
//   pingpong client ADDRESS PORT S  prints {"requests": N, "seconds": S}
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int no_delay(int fd) {
  int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) die("TCP_NODELAY");
  return fd;
}

static void serve(int port) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  char byte;
  if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)) die("SO_REUSEADDR");
  if (bind(listener, (struct sockaddr *)&any, sizeof any) || listen(listener, 16)) die("listen");
  for (;;) {
    int fd = no_delay(accept(listener, NULL, NULL));
    while (read(fd, &byte, 1) == 1)
      if (write(fd, &byte, 1) != 1) break;
    close(fd);
  }
}

static void ask(const char *address, int port, double seconds) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  long requests = 0;
  char byte = 'x';
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) die("address");
  int fd = no_delay(socket(AF_INET, SOCK_STREAM, 0));
  if (connect(fd, (struct sockaddr *)&to, sizeof to)) die("connect");
  double begin = now(), end = begin + seconds, at = begin;
  while (at < end) {
    for (int i = 0; i < 100; i++)
      if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1) die("round trip");
    requests += 100;
    at = now();
  }
  printf("{\"requests\": %ld, \"seconds\": %.6f}\n", requests, at - begin);
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "server")) serve(atoi(argv[2]));
  if (argc == 5 && !strcmp(argv[1], "client")) return ask(argv[2], atoi(argv[3]), atof(argv[4])), 0;
  fprintf(stderr, "usage: pingpong server PORT | pingpong client ADDRESS PORT SECONDS\n");
  return 2;
}
