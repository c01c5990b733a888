/* A Modbus TCP server that is no bound: answers all that came in one read by one write. For benchmarks.
 *
 *   modbus_host         serves a free port of 127.0.0.1 and prints it; ends, and prints its log, with standard input
 *   modbus_host log     the log is one line "UNIT NANOSECONDS" for each request, CLOCK_MONOTONIC
 *
 * Functions 3 and 4. The first four registers are the CLOCK_MONOTONIC microseconds at which the answer left, the
 * highest word first; each of the others grows by one with every answer of its unit, from its address on.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 128, IN = 65536, HEADER = 7, REQUEST = 12, LOG = 4000000 };

static struct pollfd fds[2 + CLIENTS];
static uint8_t held[2 + CLIENTS][IN];
static int used[2 + CLIENTS];
static uint16_t answers[256];
static struct { int unit; int64_t ns; } *heard;
static int heard_count;

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static uint8_t *answer(const uint8_t *request, uint8_t *out, int64_t ns) {
    int unit = request[6], start = request[8] << 8 | request[9], count = request[10] << 8 | request[11];
    if (heard && heard_count < LOG) { heard[heard_count].unit = unit; heard[heard_count++].ns = ns; }
    uint16_t turn = answers[unit]++;
    uint64_t us = (uint64_t)ns / 1000;
    memcpy(out, request, 4);
    out[4] = (uint8_t)((3 + 2 * count) >> 8);
    out[5] = (uint8_t)(3 + 2 * count);
    out[6] = request[6];
    out[7] = request[7];
    out[8] = (uint8_t)(2 * count);
    for (int i = 0; i < count; i++) {
        int address = start + i;
        uint16_t value = address < 4 ? (uint16_t)(us >> (16 * (3 - address))) : (uint16_t)(address + turn);
        out[9 + 2 * i] = (uint8_t)(value >> 8);
        out[10 + 2 * i] = (uint8_t)value;
    }
    return out + 9 + 2 * count;
}

static int serve(int at) {
    static uint8_t out[IN / REQUEST * 260];
    ssize_t n = read(fds[at].fd, held[at] + used[at], (size_t)(IN - used[at]));
    if (n <= 0) return 0;
    used[at] += (int)n;
    uint8_t *end = out;
    int done = 0;
    int64_t ns = now_ns();
    for (; used[at] - done >= REQUEST; done += REQUEST) end = answer(held[at] + done, end, ns);
    memmove(held[at], held[at] + done, (size_t)(used[at] - done));
    used[at] -= done;
    for (uint8_t *from = out; from < end;) {
        n = write(fds[at].fd, from, (size_t)(end - from));
        if (n <= 0) return 0;
        from += n;
    }
    return 1;
}

static void welcome(void) {
    int client = accept(fds[1].fd, NULL, NULL), one = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (int at = 2; at < 2 + CLIENTS; at++)
        if (fds[at].fd < 0) { fds[at] = (struct pollfd){client, POLLIN, 0}; used[at] = 0; return; }
    close(client);
}

int main(int argc, char **argv) {
    (void)argv;
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&place, size) || listen(listener, CLIENTS)) return 1;
    getsockname(listener, (struct sockaddr *)&place, &size);
    printf("%d\n", ntohs(place.sin_port));
    fflush(stdout);
    if (argc > 1) heard = malloc(LOG * sizeof *heard);
    for (int at = 0; at < 2 + CLIENTS; at++) fds[at] = (struct pollfd){-1, POLLIN, 0};
    fds[0].fd = 0;
    fds[1].fd = listener;
    while (poll(fds, 2 + CLIENTS, -1) > 0) {
        if (fds[0].revents) break;
        if (fds[1].revents) welcome();
        for (int at = 2; at < 2 + CLIENTS; at++)
            if (fds[at].fd >= 0 && fds[at].revents && !serve(at)) { close(fds[at].fd); fds[at].fd = -1; }
    }
    for (int i = 0; i < heard_count; i++) printf("%d %lld\n", heard[i].unit, (long long)heard[i].ns);
    return 0;
}
