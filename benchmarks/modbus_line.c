/* Modbus RTU units on a pty that is as slow as a wire: for benchmarks.
 *
 *   modbus_line BAUD BITS [UNIT...]   BITS a character; the named units are dead; prints the pty's name
 *
 * A request is over when its characters would have gone through the wire and 3.5 characters of silence with them; the
 * answer's then come one by one, each when its stop bit would have. A request that begins before 3.5 characters of
 * silence is not answered, as a real unit would not. Functions 3 and 4; a register is its address plus its unit's turns.
 * When standard input ends, prints "early COUNT" and a line "UNIT FIRST COUNT HEARD_NS DONE_NS" for each request, when
 * it came and when its answer's last character was out (CLOCK_MONOTONIC).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 8, LOG = 400000 };

static int dead[256];
static uint16_t turns[256];
static struct { int unit, first, count; int64_t heard_ns, done_ns; } *lines;

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void sleep_until(int64_t ns) {
    struct timespec when = {ns / 1000000000LL, ns % 1000000000LL};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL)) {}
}

static void seal(uint8_t *frame, int length) {
    uint16_t crc = 0xFFFF;
    for (int i = 0; i < length; i++) {
        crc ^= frame[i];
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
    }
    frame[length] = (uint8_t)crc;
    frame[length + 1] = (uint8_t)(crc >> 8);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    prctl(PR_SET_TIMERSLACK, 1UL); /* the wire does not wake late */
    const int64_t character_ns = (int64_t)(1e9 * atof(argv[2]) / atof(argv[1]));
    const int64_t silence_ns = atoi(argv[1]) > 19200 ? 1750000 : character_ns * 7 / 2;
    for (int i = 3; i < argc; i++) dead[atoi(argv[i]) & 255] = 1;
    int pty = posix_openpt(O_RDWR | O_NOCTTY), count = 0, early = 0, held = 0;
    if (pty < 0 || grantpt(pty) || unlockpt(pty)) return 1;
    int theirs = open(ptsname(pty), O_RDWR | O_NOCTTY); /* kept open, so that the pty outlives its first user */
    struct termios raw;
    tcgetattr(theirs, &raw);
    cfmakeraw(&raw);
    tcsetattr(theirs, TCSANOW, &raw);
    lines = malloc(LOG * sizeof *lines);
    printf("%s\n", ptsname(pty));
    fflush(stdout);
    uint8_t frame[REQUEST], out[260];
    int64_t quiet_ns = 0, begun_ns = 0; /* when the last character was over; when the request began */
    struct pollfd fds[2] = {{0, POLLIN, 0}, {pty, POLLIN, 0}};
    while (poll(fds, 2, -1) > 0) {
        if (fds[0].revents) break;
        if (!fds[1].revents) continue;
        int64_t came_ns = now_ns();
        ssize_t n = read(pty, frame + held, (size_t)(REQUEST - held));
        if (n <= 0) break;
        if (!held) begun_ns = came_ns;
        held += (int)n;
        if (held < REQUEST) continue;
        held = 0;
        int64_t end_ns = begun_ns + REQUEST * character_ns;
        if (begun_ns < quiet_ns + silence_ns) { early++; quiet_ns = end_ns; continue; }
        quiet_ns = end_ns;
        int unit = frame[0], first = frame[2] << 8 | frame[3], registers = frame[4] << 8 | frame[5];
        int length = 5 + 2 * registers;
        if (count == LOG) continue;
        lines[count].unit = unit;
        lines[count].first = first;
        lines[count].count = registers;
        lines[count].heard_ns = begun_ns;
        lines[count].done_ns = 0;
        if (!dead[unit]) {
            uint16_t turn = turns[unit]++;
            out[0] = frame[0];
            out[1] = frame[1];
            out[2] = (uint8_t)(2 * registers);
            for (int i = 0; i < registers; i++) {
                uint16_t value = (uint16_t)(first + i + turn);
                out[3 + 2 * i] = (uint8_t)(value >> 8);
                out[4 + 2 * i] = (uint8_t)value;
            }
            seal(out, length - 2);
            int64_t start_ns = end_ns + silence_ns;
            for (int i = 0; i < length; i++) {
                sleep_until(start_ns + (i + 1) * character_ns);
                if (write(pty, out + i, 1) != 1) return 1;
            }
            quiet_ns = start_ns + length * character_ns;
            lines[count].done_ns = quiet_ns;
        }
        count++;
    }
    printf("early %d\n", early);
    for (int i = 0; i < count; i++)
        printf("%d %d %d %lld %lld\n", lines[i].unit, lines[i].first, lines[i].count, (long long)lines[i].heard_ns,
               (long long)lines[i].done_ns);
    return 0;
}
