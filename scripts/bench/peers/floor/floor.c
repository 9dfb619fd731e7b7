/*
 * What sockets allow: an event server that does nothing but write.
 *
 *     floor PORT            one write(2) of a prepared chunk for each subscriber and event; one for each answer
 *     floor PORT send       the same with send(2)
 *     floor PORT coalesce   what is pending leaves in one write(2), and so do the answers to pipelined requests
 *
 *     GET  /events     subscribe: head at once, then each event as one chunk
 *     GET  /quiet      the same, but nothing is ever published there
 *     POST /publish    the body is the data of one event; 202
 *     GET  /plain      13 octets
 *
 * It is a yardstick and no server: a request must arrive in one read, nothing is checked, nothing times out.
 * Events lie in a log, one behind the other; it starts over when everybody has everything, so it stays small and hot. A
 * socket that is full is remembered with its place in the log, and goes on when epoll says so. Sockets are
 * registered once, edge-triggered, for both directions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 200000, LOG_OCTETS = 1 << 30, READ_OCTETS = 64 * 1024, EVENTS = 1024 };

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n";
static const char PLAIN[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, wire!\n";
static const char ACCEPTED[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

static struct {
    int row;      /* in the table of subscribers; -1 for none */
    int lagging;  /* the socket was full */
    size_t place; /* in the log, if lagging */
} peers[MOST];

static int subscribers[MOST];
static int subscriber_count, lagging_count;

static char *log_octets;
static size_t log_end, log_written; /* everybody who does not lag has what lies before log_written */
static unsigned long event_count;
static int coalesces, sends;
static ssize_t (*put)(int, const void *, size_t);

static ssize_t put_send(int fd, const void *octets, size_t count) { return send(fd, octets, count, MSG_NOSIGNAL); }

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void forget(int fd) {
    int row = peers[fd].row;
    if (row >= 0) {
        int last = subscribers[--subscriber_count];
        subscribers[row] = last;
        peers[last].row = row;
    }
    if (peers[fd].lagging) lagging_count--;
    peers[fd].row = -1;
    peers[fd].lagging = 0;
    close(fd);
}

static void rewind_log(void) {
    if (lagging_count == 0 && log_written == log_end) log_written = log_end = 0;
}

/* Whoever was full gets the rest. */
static void resume(int fd) {
    size_t place = peers[fd].place;
    ssize_t count = put(fd, log_octets + place, log_written - place);
    if (count > 0) place += (size_t)count;
    peers[fd].place = place;
    if (place == log_written) {
        peers[fd].lagging = 0;
        lagging_count--;
        rewind_log();
    }
}

/* What the log has gained goes to everybody. */
static void deliver(void) {
    const char *octets = log_octets + log_written;
    size_t place = log_written, length = log_end - log_written;
    if (length == 0) return;
    log_written = log_end;
    for (int row = 0; row < subscriber_count; row++) {
        int fd = subscribers[row];
        if (peers[fd].lagging) continue;
        ssize_t count = put(fd, octets, length);
        if (count == (ssize_t)length) continue;
        peers[fd].lagging = 1;
        peers[fd].place = place + (count > 0 ? (size_t)count : 0);
        lagging_count++;
    }
    rewind_log();
}

static void publish(const char *data, size_t length) {
    char event[128];
    int before = snprintf(event, sizeof event, "id: 19a3f00d-%lu\ndata: ", ++event_count);
    if (log_end + length + 256 > LOG_OCTETS) fail("the log is full: somebody does not read");
    log_end += (size_t)sprintf(log_octets + log_end, "%zx\r\n%s", (size_t)before + length + 2, event);
    memcpy(log_octets + log_end, data, length);
    log_end += length;
    memcpy(log_octets + log_end, "\n\n\r\n", 4);
    log_end += 4;
    if (!coalesces) deliver();
}

static char answers[READ_OCTETS * 4];
static size_t answers_length;

static void answer(int fd, const char *octets, size_t length) {
    if (coalesces && answers_length + length <= sizeof answers) {
        memcpy(answers + answers_length, octets, length);
        answers_length += length;
    } else if (put(fd, octets, length) != (ssize_t)length) {
        fprintf(stderr, "an answer did not fit\n");
    }
}

static void flush(int fd) {
    if (answers_length && put(fd, answers, answers_length) != (ssize_t)answers_length)
        fprintf(stderr, "the answers did not fit\n");
    answers_length = 0;
}

static size_t content_length(const char *head, const char *end) {
    const char *field = memmem(head, (size_t)(end - head), "ontent-", 7);
    while (field && strncasecmp(field, "ontent-length:", 14) != 0)
        field = memmem(field + 1, (size_t)(end - field - 1), "ontent-", 7);
    return field ? strtoul(field + 14, NULL, 10) : 0;
}

/* One request; 0 if it is not complete. */
static size_t request(int fd, const char *octets, const char *end) {
    const char *blank = memmem(octets, (size_t)(end - octets), "\r\n\r\n", 4);
    if (!blank) return 0;
    const char *body = blank + 4;
    size_t length = 0;
    if (memcmp(octets, "GET /plain", 10) == 0) {
        answer(fd, PLAIN, sizeof PLAIN - 1);
    } else if (memcmp(octets, "POST ", 5) == 0) {
        length = content_length(octets, blank);
        if ((size_t)(end - body) < length) return 0;
        answer(fd, ACCEPTED, sizeof ACCEPTED - 1);
        publish(body, length);
    } else if (memcmp(octets, "GET /events", 11) == 0) {
        answer(fd, HEAD, sizeof HEAD - 1);
        peers[fd].row = subscriber_count;
        subscribers[subscriber_count++] = fd;
    } else if (memcmp(octets, "GET /quiet", 10) == 0) {
        answer(fd, HEAD, sizeof HEAD - 1);
    }
    return (size_t)(body - octets) + length;
}

/* What one publisher has sent in part; a yardstick has few of them. */
static char carried[READ_OCTETS];
static size_t carried_length;
static int carried_fd = -1;

/* Takes what one read brings; whether there may be more. */
static int receive(int fd) {
    static char buffer[2 * READ_OCTETS];
    size_t have = 0;
    if (carried_fd == fd) {
        have = carried_length;
        memcpy(buffer, carried, have);
        carried_fd = -1;
    }
    ssize_t count = read(fd, buffer + have, READ_OCTETS);
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN) forget(fd);
        return 0;
    }
    const char *at = buffer, *end = buffer + have + count;
    size_t taken;
    while (at < end && (taken = request(fd, at, end)) > 0) at += taken;
    if (at < end) {
        if (carried_fd >= 0) fprintf(stderr, "two requests in part at once\n");
        carried_length = (size_t)(end - at);
        memcpy(carried, at, carried_length);
        carried_fd = fd;
    }
    flush(fd);
    deliver();
    return count == READ_OCTETS;
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: floor PORT [send|coalesce]\n");
        return 2;
    }
    coalesces = count > 2 && strcmp(arguments[2], "coalesce") == 0;
    sends = count > 2 && strcmp(arguments[2], "send") == 0;
    put = sends ? put_send : write;
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files = {MOST, MOST};
    setrlimit(RLIMIT_NOFILE, &files);
    log_octets = mmap(NULL, LOG_OCTETS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (log_octets == MAP_FAILED) fail("mmap");

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) fail("listen");

    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int index = 0; index < ready; index++) {
            int fd = events[index].data.fd;
            if (fd == listener) {
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    peers[fd].row = -1;
                    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
                    event.data.fd = fd;
                    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
                }
                continue;
            }
            if (events[index].events & EPOLLOUT && peers[fd].lagging) resume(fd);
            if (events[index].events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
                while (receive(fd)) {}
        }
    }
}
