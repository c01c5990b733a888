/* A machine's wall clock and NTP's word about it, both set by a file: LD_PRELOAD=wall_clock.so WALL_CLOCK=file program.
 * The file is two int64: nanoseconds to add to the real time, and whether the clock is synchronised. Steps are seen at
 * once; the monotonic clocks go on as they are, as in a kernel. (Debian's libfaketime does not answer for adjtimex.) */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static const volatile struct { int64_t ahead_ns, synced; } *wall;

__attribute__((constructor)) static void begin(void)
{
    int file = open(getenv("WALL_CLOCK"), O_RDONLY);
    wall = mmap(NULL, sizeof *wall, PROT_READ, MAP_SHARED, file, 0);
    close(file);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    if (syscall(SYS_clock_gettime, id, now))
        return -1;
    if (wall && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        int64_t ns = now->tv_sec * SECOND + now->tv_nsec + wall->ahead_ns;
        now->tv_sec = ns / SECOND;
        now->tv_nsec = ns % SECOND;
    }
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now)
        *now = exact.tv_sec;
    return exact.tv_sec;
}

int adjtimex(struct timex *asked)
{
    memset(asked, 0, sizeof *asked);
    asked->status = wall->synced ? 0 : STA_UNSYNC;
    return wall->synced ? TIME_OK : TIME_ERROR;
}
