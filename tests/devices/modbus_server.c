/* A Modbus server with many units and bad manners, made with libmodbus: the other side of the driver's tests.
 *
 *   modbus_server tcp      serves a free port of 127.0.0.1 and prints it
 *   modbus_server rtu      serves a pty and prints its name
 *
 * Commands come as lines on standard input, each answered by "ok"; each request heard is printed as
 * "ask UNIT FUNCTION ADDRESS COUNT". Tables: 1 coils, 2 discrete inputs, 3 holding, 4 input registers.
 *
 *   set UNIT TABLE ADDRESS VALUE...    values of registers or bits
 *   count UNIT TABLE ADDRESS           this register grows by one at each read of it
 *   hole UNIT TABLE ADDRESS COUNT      reading any of these is exception 2
 *   mute UNIT TABLE ADDRESS COUNT      reading any of these is not answered
 *   limit UNIT COUNT                   reading more at once is exception 3
 *   exception UNIT CODE                every answer is this exception; 0 ends it
 *   dead UNIT 0|1                      answers nothing; a unit never named is dead
 *   delay UNIT MS                      answers so late, while other units are served
 *   damage UNIT COUNT                  the next answers have a wrong last byte (rtu)
 *   impostor UNIT COUNT                the next answers come in the name of the unit after it (rtu)
 *   sync                               nothing; what was heard before it is printed before its answer
 *   drop                               closes all connections (tcp)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { SIZE = 65536, RANGES = 64, CLIENTS = 16 };

struct range { int table, start, count; };
struct unit {
    modbus_mapping_t *map;
    struct range holes[RANGES], mutes[RANGES], counts[RANGES];
    int hole_count, mute_count, count_count, limit, exception, dead, delay_ms, damage, impostor;
};

static struct unit units[256];
static struct pollfd fds[2 + CLIENTS]; /* standard input, pty or listener, clients */

static struct unit *unit_of(int id) {
    struct unit *unit = &units[id & 255];
    if (!unit->map) {
        unit->map = modbus_mapping_new(SIZE, SIZE, SIZE, SIZE);
        unit->limit = 2000;
    }
    return unit;
}

static int meets(const struct range *ranges, int n, int table, int start, int count) {
    for (int i = 0; i < n; i++)
        if (ranges[i].table == table && start < ranges[i].start + ranges[i].count && ranges[i].start < start + count)
            return 1;
    return 0;
}

static void put(struct unit *unit, int table, int address, int value) {
    if (address < 0 || address >= SIZE) return;
    switch (table) {
    case 1: unit->map->tab_bits[address] = value; break;
    case 2: unit->map->tab_input_bits[address] = value; break;
    case 3: unit->map->tab_registers[address] = value; break;
    case 4: unit->map->tab_input_registers[address] = value; break;
    }
}

static void add(struct range *ranges, int *n, int table, int start, int count) {
    if (*n < RANGES) ranges[(*n)++] = (struct range){table, start, count};
}

static void command(char *line) {
    char name[16];
    int id = 0, a = 0, b = 0, c = 0, used = 0;
    int n = sscanf(line, "%15s %d %d %d %n%d", name, &id, &a, &b, &used, &c);
    if (n < 1) return;
    struct unit *unit = unit_of(id);
    if (!strcmp(name, "set")) {
        char *rest = line + used;
        for (int address = b; *rest; address++) {
            char *end;
            long value = strtol(rest, &end, 0);
            if (end == rest) break;
            put(unit, a, address, (int)value);
            rest = end;
        }
    } else if (!strcmp(name, "count")) add(unit->counts, &unit->count_count, a, b, 1);
    else if (!strcmp(name, "hole")) add(unit->holes, &unit->hole_count, a, b, c);
    else if (!strcmp(name, "mute")) add(unit->mutes, &unit->mute_count, a, b, c);
    else if (!strcmp(name, "limit")) unit->limit = a;
    else if (!strcmp(name, "exception")) unit->exception = a;
    else if (!strcmp(name, "dead")) unit->dead = a;
    else if (!strcmp(name, "delay")) unit->delay_ms = a;
    else if (!strcmp(name, "damage")) unit->damage = a;
    else if (!strcmp(name, "impostor")) unit->impostor = a;
    else if (!strcmp(name, "sync")) {
    } else if (!strcmp(name, "drop")) {
        for (int i = 2; i < 2 + CLIENTS; i++)
            if (fds[i].fd >= 0) { close(fds[i].fd); fds[i].fd = -1; }
    } else { printf("unknown %s\n", name); fflush(stdout); return; }
    puts("ok");
    fflush(stdout);
}

/* Answer one request; 0 when the unit says nothing. */
static int answer(modbus_t *ctx, const uint8_t *query, int length, int header) {
    int id = query[header - 1], function = query[header];
    int start = query[header + 1] << 8 | query[header + 2], count = query[header + 3] << 8 | query[header + 4];
    printf("ask %d %d %d %d\n", id, function, start, count);
    fflush(stdout);
    if (!units[id].map || units[id].dead) return 0;
    struct unit *unit = unit_of(id);
    if (meets(unit->mutes, unit->mute_count, function, start, count)) return 0;
    if (unit->exception) return modbus_reply_exception(ctx, query, unit->exception) > 0;
    if (function <= 4 && count > unit->limit) return modbus_reply_exception(ctx, query, MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE) > 0;
    if (meets(unit->holes, unit->hole_count, function, start, count))
        return modbus_reply_exception(ctx, query, MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS) > 0;
    for (int i = 0; i < unit->count_count; i++) {
        struct range *range = &unit->counts[i];
        if (meets(range, 1, function, start, count)) {
            uint16_t *table = function == 3 ? unit->map->tab_registers : unit->map->tab_input_registers;
            table[range->start]++;
        }
    }
    return modbus_reply(ctx, query, length, unit->map) > 0;
}

static void wait_ms(int ms) { usleep(1000u * (unsigned)ms); }

/* libmodbus serves one unit a context and reads whole frames from its descriptor: it gets one frame at a time through
 * a socket pair, as the unit that the frame is for. */
static void serve_rtu(modbus_t *ctx, int pty, int near) {
    static uint8_t frame[8];
    static int held;
    int n = (int)read(pty, frame + held, sizeof frame - (size_t)held);
    if (n <= 0) return;
    held += n;
    if (held < (int)sizeof frame) return;
    held = 0;
    struct unit *unit = &units[frame[0]];
    modbus_set_slave(ctx, frame[0]);
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH], reply[MODBUS_RTU_MAX_ADU_LENGTH];
    if (write(near, frame, sizeof frame) != sizeof frame) return;
    int length = modbus_receive(ctx, query);
    if (length <= 0 || !answer(ctx, query, length, modbus_get_header_length(ctx))) return;
    n = (int)read(near, reply, sizeof reply);
    if (n <= 0) return;
    if (unit->damage > 0) { unit->damage--; reply[n - 1] ^= 0xFF; }
    if (unit->impostor > 0) { /* the unit after it answers the same question, with a right check sum */
        unit->impostor--;
        uint16_t crc = 0xFFFF;
        reply[0]++;
        for (int i = 0; i < n - 2; i++) {
            crc ^= reply[i];
            for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
        }
        reply[n - 2] = crc & 0xFF;
        reply[n - 1] = crc >> 8;
    }
    if (unit->delay_ms && fork() == 0) {
        wait_ms(unit->delay_ms);
        _exit(write(pty, reply, (size_t)n) < 0);
    }
    if (!unit->delay_ms && write(pty, reply, (size_t)n) < 0) perror("pty");
}

static void serve_tcp(modbus_t *ctx, struct pollfd *client) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    modbus_set_socket(ctx, client->fd);
    int length = modbus_receive(ctx, query);
    if (length < 0) { close(client->fd); client->fd = -1; return; }
    int header = modbus_get_header_length(ctx);
    struct unit *unit = &units[query[header - 1]];
    if (!unit->delay_ms) { answer(ctx, query, length, header); return; }
    if (fork() == 0) { wait_ms(unit->delay_ms); answer(ctx, query, length, header); _exit(0); }
}

static void take_in(int listener) {
    int client = accept(listener, NULL, NULL);
    for (int i = 2; i < 2 + CLIENTS && client >= 0; i++)
        if (fds[i].fd < 0) { fds[i].fd = client; fds[i].events = POLLIN; return; }
    if (client >= 0) close(client);
}

static void hear_commands(void) {
    static char text[65536];
    static size_t held;
    ssize_t n = read(0, text + held, sizeof text - held - 1);
    if (n <= 0) exit(0); /* the test is over */
    held += (size_t)n;
    text[held] = 0;
    char *line = text, *end;
    for (; (end = strchr(line, '\n')); line = end + 1) { *end = 0; command(line); }
    held -= (size_t)(line - text);
    memmove(text, line, held);
}

int main(int argc, char **argv) {
    int rtu = argc > 1 && !strcmp(argv[1], "rtu"), pair[2] = {-1, -1};
    modbus_t *ctx;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 2 + CLIENTS; i++) fds[i].fd = -1;
    fds[0] = (struct pollfd){.fd = 0, .events = POLLIN};
    if (rtu) {
        int pty = posix_openpt(O_RDWR | O_NOCTTY);
        struct termios raw;
        if (pty < 0 || grantpt(pty) || unlockpt(pty) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return 1;
        int other = open(ptsname(pty), O_RDWR | O_NOCTTY); /* held open: a pty without another end hangs up */
        if (other < 0 || tcgetattr(other, &raw)) return 1;
        cfmakeraw(&raw);
        tcsetattr(other, TCSANOW, &raw);
        ctx = modbus_new_rtu("/dev/null", 9600, 'N', 8, 1);
        modbus_set_socket(ctx, pair[1]);
        fds[1] = (struct pollfd){.fd = pty, .events = POLLIN};
        printf("%s\n", ptsname(pty));
    } else {
        ctx = modbus_new_tcp("127.0.0.1", 0);
        struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof place;
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(listener, (struct sockaddr *)&place, size) || listen(listener, CLIENTS)) return 1;
        getsockname(listener, (struct sockaddr *)&place, &size);
        fds[1] = (struct pollfd){.fd = listener, .events = POLLIN};
        printf("%d\n", ntohs(place.sin_port));
    }
    fflush(stdout);
    while (poll(fds, 2 + CLIENTS, -1) > 0 || errno == EINTR) {
        if (fds[0].revents) hear_commands();
        if (fds[1].revents & POLLIN) { if (rtu) serve_rtu(ctx, fds[1].fd, pair[0]); else take_in(fds[1].fd); }
        for (int i = 2; i < 2 + CLIENTS; i++)
            if (fds[i].fd >= 0 && fds[i].revents) serve_tcp(ctx, &fds[i]);
    }
    return 0;
}
