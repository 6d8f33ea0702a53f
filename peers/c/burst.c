#include "burst.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "parts.h"

// Only now and then: asking the clock for every message would weigh on what a burst measures.
static bool is_over(uint64_t deadline, uint64_t count) {
    return deadline > 0 && count % 16 == 0 && now_ns() >= deadline;
}

static void answer_burst(Answer *answer, uint64_t started) {
    answer->burst.elapsed_ns = now_ns() - started;
    answer->response.result_case = RESULT(BURST);
    answer->response.burst = &answer->burst;
}

static int send_numbered(void *socket, const Interop__Control__V1__SendBurst *burst, uint64_t number,
                         uint64_t deadline) {
    zmq_msg_t part;
    for (size_t i = 0; i < burst->n_head; i++)
        if (make_part(&part, burst->head[i].data, burst->head[i].len) == -1 ||
            send_part(&part, socket, ZMQ_SNDMORE, i == 0 ? deadline : 0) == -1)
            return -1;
    if (zmq_msg_init_size(&part, burst->size) == -1)
        return -1;
    uint8_t *data = zmq_msg_data(&part);
    for (int i = 0; i < 8; i++)
        data[i] = (uint8_t)(number >> (56 - 8 * i));
    memset(data + 8, 0, burst->size - 8);
    return send_part(&part, socket, 0, burst->n_head == 0 ? deadline : 0);
}

void burst_send(void *socket, const Interop__Control__V1__SendBurst *burst, Answer *answer) {
    if (burst->size < 8) {
        answer_error(answer, CODE(INVALID), "a burst's size is at least 8, for the number; it is %u", burst->size);
        return;
    }
    uint64_t bytes = burst->size, started = now_ns(), deadline = deadline_after(burst->timeout_ms);
    for (size_t i = 0; i < burst->n_head; i++)
        bytes += burst->head[i].len;
    uint64_t *count = &answer->burst.count;
    while (*count < burst->count && !is_over(deadline, *count)) {
        int result = send_numbered(socket, burst, burst->first + *count, deadline);
        if (result != -1) {
            ++*count;
        } else if (errno != EAGAIN) {
            answer_errno(answer, "zmq_msg_send", "a burst's frame");
            return;
        } else if (!is_cut_short(result, deadline)) {
            break;
        }
    }
    answer->burst.bytes = *count * bytes;
    answer_burst(answer, started);
}

static uint64_t number_in(zmq_msg_t *part) {
    if (zmq_msg_size(part) < 8)
        return UINT64_MAX;
    const uint8_t *data = zmq_msg_data(part);
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | data[i];
    return number;
}

// Takes one message and leaves its last frame in `part`.
static int receive_whole(void *socket, zmq_msg_t *part, uint64_t deadline, uint64_t *bytes) {
    do {
        if (receive_part(part, socket, deadline) == -1)
            return -1;
        *bytes += zmq_msg_size(part);
    } while (zmq_msg_more(part));
    return 0;
}

void burst_receive(void *socket, const Interop__Control__V1__ReceiveBurst *burst, Answer *answer) {
    BurstResult *result = &answer->burst;
    uint64_t started = now_ns(), deadline = deadline_after(burst->timeout_ms);
    size_t room = 0;
    int status = 0;
    zmq_msg_t part;
    zmq_msg_init(&part);
    while (result->count < burst->count && !is_over(deadline, result->count)) {
        if ((status = receive_whole(socket, &part, deadline, &result->bytes)) == -1)
            break;
        result->count++;
        if (burst->numbers && result->n_numbers == room)
            result->numbers = claim(result->numbers, (room = 2 * room + 64) * sizeof *result->numbers);
        if (burst->numbers)
            result->numbers[result->n_numbers++] = number_in(&part);
    }
    if (status == 0 || errno == EAGAIN)
        answer_burst(answer, started);
    else
        answer_errno(answer, "zmq_msg_recv", "a burst's frame");
    zmq_msg_close(&part);
}
