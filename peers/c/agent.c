// The control channel and the lanes. The main thread reads Requests and hands each to its lane; the lanes answer.
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "hello.h"
#include "lane.h"

enum { LANES = 256, MAX_SOCKETS = 4096, MAX_MESSAGE = 128 << 20, GRACE_US = 600000 };

// protobuf-c takes messages within messages by recursion: 1 KiB of stack for each level, 2 KiB where it is a map's. So
// a lane has room for some 30,000 levels, which is address space and no memory until it is used; what lies deeper than
// the rest needs is given back after each Request.
enum { STACK = 64 << 20, STACK_KEPT = 64 << 10 };

typedef struct task {
    Request *request;
    struct task *next;
} Task;

typedef struct {
    pthread_t thread;
    char *stack;
    bool started; // touched by the main thread alone
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Task *first, *last;
    bool stopping;
    Sockets sockets; // touched by the lane's thread alone
} Lane;

static void *context;
static Lane lanes[LANES];
static int channel_out;
static pthread_mutex_t channel_lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t exit_status;

// ---- writing

static void write_all(const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(channel_out, bytes, size);
        if (written == -1 && errno != EINTR)
            return; // nobody reads any more: the end of the channel is about to be read, too
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
}

static void respond(Answer *answer) {
    size_t size = protobuf_c_message_get_packed_size(&answer->response.base);
    if (size > MAX_MESSAGE) {
        errno = EMSGSIZE;
        answer_errno(answer, "respond", "more than 128 MiB; receive smaller messages or shorter bursts");
        size = protobuf_c_message_get_packed_size(&answer->response.base);
    }
    uint32_t length = htonl((uint32_t)size);
    uint8_t *bytes = claim(NULL, sizeof length + size); // one buffer, so that most Responses are one write
    memcpy(bytes, &length, sizeof length);
    protobuf_c_message_pack(&answer->response.base, bytes + sizeof length);
    pthread_mutex_lock(&channel_lock);
    write_all(bytes, sizeof length + size);
    pthread_mutex_unlock(&channel_lock);
    free(bytes);
}

static void say_hello(void) {
    Answer answer;
    answer_init(&answer, 0);
    answer.response.result_case = RESULT(HELLO);
    answer.response.hello = hello(context, LANES);
    respond(&answer);
    interop__control__v1__hello__free_unpacked(answer.response.hello, NULL);
    answer_free(&answer);
}

// ---- lanes

static Task *next_task(Lane *lane) {
    pthread_mutex_lock(&lane->lock);
    while (lane->first == NULL && !lane->stopping)
        pthread_cond_wait(&lane->changed, &lane->lock);
    Task *task = lane->stopping ? NULL : lane->first;
    if (task != NULL)
        lane->first = task->next;
    pthread_mutex_unlock(&lane->lock);
    return task;
}

static void free_task(Task *task) {
    interop__control__v1__request__free_unpacked(task->request, NULL);
    free(task);
}

static void *run_lane(void *argument) {
    Lane *lane = argument;
    for (Task *task; (task = next_task(lane)) != NULL; free_task(task)) {
        Answer answer;
        answer_init(&answer, task->request->id);
        lane_carry_out(&lane->sockets, task->request, &answer);
        respond(&answer);
        answer_free(&answer);
        madvise(lane->stack, STACK - STACK_KEPT, MADV_DONTNEED);
    }
    lane_close_all(&lane->sockets);
    return NULL;
}

// Its lowest page cannot be written: a lane that needs more ends the agent, rather than writing over another lane.
static char *make_stack(void) {
    char *stack =
        mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return NULL;
    mprotect(stack, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
    return stack;
}

static bool start_lane(Lane *lane) {
    if (lane->stack == NULL && (lane->stack = make_stack()) == NULL)
        return false;
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->changed, NULL);
    lane->sockets.context = context;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, lane->stack, STACK);
    errno = pthread_create(&lane->thread, &attributes, run_lane, lane);
    pthread_attr_destroy(&attributes);
    return lane->started = errno == 0;
}

static void refuse(Request *request, ErrorCode code, const char *text) {
    Answer answer;
    answer_init(&answer, request->id);
    answer_error(&answer, code, "lane %u %s", request->lane, text);
    respond(&answer);
    answer_free(&answer);
    interop__control__v1__request__free_unpacked(request, NULL);
}

static void dispatch(Request *request) {
    if (request->lane >= LANES) {
        refuse(request, CODE(INVALID), "is beyond the last one; Hello.lanes says how many there are");
        return;
    }
    Lane *lane = &lanes[request->lane];
    if (!lane->started && !start_lane(lane)) {
        refuse(request, CODE(NATIVE), "cannot be started: the system gives no more threads; use fewer lanes");
        return;
    }
    Task *task = claim(NULL, sizeof *task);
    *task = (Task){.request = request};
    pthread_mutex_lock(&lane->lock);
    if (lane->first == NULL)
        lane->first = task;
    else
        lane->last->next = task;
    lane->last = task;
    pthread_cond_signal(&lane->changed);
    pthread_mutex_unlock(&lane->lock);
}

static void give_up(int signal_number) {
    (void)signal_number;
    _exit(exit_status);
}

// Wakes the lanes from whatever they do and ends them. What still hangs after that (a full channel that nobody reads,
// messages that LINGER for ever) does not keep the process.
static void stop_lanes(void) {
    signal(SIGALRM, give_up);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = GRACE_US}, NULL);
    for (Lane *lane = lanes; lane < lanes + LANES; lane++)
        if (lane->started) {
            pthread_mutex_lock(&lane->lock);
            lane->stopping = true;
            pthread_cond_signal(&lane->changed);
            pthread_mutex_unlock(&lane->lock);
        }
    zmq_ctx_shutdown(context);
    for (Lane *lane = lanes; lane < lanes + LANES; lane++)
        if (lane->started) {
            pthread_join(lane->thread, NULL);
            for (Task *task; (task = lane->first) != NULL; free_task(task))
                lane->first = task->next;
        }
    zmq_ctx_term(context);
}

// ---- reading

// Returns the exit status: the channel has ended (0), or is beyond repair (1).
static int read_requests(FILE *channel) {
    uint32_t length;
    while (fread(&length, sizeof length, 1, channel) == 1) {
        length = ntohl(length);
        if (length > MAX_MESSAGE) {
            fprintf(stderr, "agent: a Request of %u bytes, beyond 128 MiB; is this the control channel?\n", length);
            return 1;
        }
        uint8_t *bytes = claim(NULL, length);
        if (fread(bytes, 1, length, channel) < length) {
            free(bytes);
            return 0;
        }
        Request *request = interop__control__v1__request__unpack(NULL, length, bytes);
        free(bytes);
        if (request == NULL) {
            fprintf(stderr, "agent: %u bytes that are no Request; does the harness speak contract 2?\n", length);
            return 1;
        }
        dispatch(request);
    }
    return 0;
}

static FILE *open_channel(void) {
    channel_out = dup(STDOUT_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO); // libraries print, OpenPGM for one
    const char *path = getenv("INTEROP_CONTROL");
    if (path == NULL || path[0] == '\0')
        return stdin;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    channel_out = socket(AF_UNIX, SOCK_STREAM, 0);
    if (strlen(path) >= sizeof address.sun_path)
        errno = ENAMETOOLONG;
    else if (strcpy(address.sun_path, path), connect(channel_out, (struct sockaddr *)&address, sizeof address) == 0)
        return fdopen(channel_out, "r");
    fprintf(stderr, "agent: INTEROP_CONTROL: cannot connect to %s: %s\n", path, strerror(errno));
    exit(1);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    umask(0);
    struct rlimit files; // a socket takes at least one, and the usual 1024 would not do for MAX_SOCKETS
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    FILE *channel = open_channel();
    context = zmq_ctx_new();
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, MAX_SOCKETS);
    say_hello();
    exit_status = read_requests(channel);
    stop_lanes();
    return exit_status;
}
