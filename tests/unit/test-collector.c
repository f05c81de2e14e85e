/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>

#include "fake-reader.h"
#include "fixture.h"
#include "output/cache-read.h"
#include "output/cache.h"
#include "output/collect/collector.h"
#include "output/held.h"
#include "quick-timers.h"
#include "run.h"
#include "wire/control.h"

#define UUID       "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"
#define OTHER_UUID "11111111-5fd2-4b0b-8f5a-5a9d6e7c1a11"

/* A collector, the jobs' states, and what was told. */
typedef struct World {
        TestDir dir;
        sd_event *event;
        Collector *collector;
        OutputState state[10]; /* by id */
        bool exited[10];
        bool has_exit[10];
        ExitRecord exit[10];
        bool remove_at_exit, remove_at_progress;
        unsigned progress, acks;
        uint64_t cached, allowed; /* of the last ACK */
        int trouble;              /* last told */
        unsigned troubles;
        pid_t pid_found;
} World;

static void on_progress(JobId id, void *userdata) {
        World *world = userdata;

        world->progress++;
        if (world->remove_at_progress)
                collector_remove(world->collector, id);
}

static void on_acknowledge(JobId id, uint64_t cached, uint64_t allowed, void *userdata) {
        World *world = userdata;

        world->acks++;
        world->cached = cached;
        world->allowed = allowed;
        ck_assert_uint_eq(cached, world->state[id.number].next[0] + world->state[id.number].next[1]);
}

static void on_exited(JobId id, const ExitRecord *exit, void *userdata) {
        World *world = userdata;

        ck_assert(!world->exited[id.number]);
        world->exited[id.number] = true;
        world->has_exit[id.number] = exit != NULL;
        if (exit)
                world->exit[id.number] = *exit;
        if (world->remove_at_exit)
                collector_remove(world->collector, id);
}

static void on_trouble(JobId id, int r, void *userdata) {
        World *world = userdata;

        ck_assert_int_ne(world->trouble < 0, r < 0);
        world->trouble = r;
        world->troubles++;
}

static void on_pid_found(JobId id, pid_t pid, void *userdata) {
        World *world = userdata;

        world->pid_found = pid;
}

static const CollectorEvents events = { on_progress, on_acknowledge, on_exited, on_trouble, on_pid_found };

static void start_collector(World *world) {
        /* a directory: there is no journald to wait for */
        ck_assert_int_eq(collector_new(world->event, world->dir.fd, "/", &events, world, &world->collector),
                         0);
}

static World *world_new(void) {
        World *world = g_new0(World, 1);

        fake_journal_init();
        world->dir = test_dir();
        world->pid_found = -1;
        ck_assert_int_eq(sd_event_new(&world->event), 0);
        start_collector(world);
        return world;
}

static void world_free(World *world) {
        collector_free(world->collector);
        ck_assert_uint_eq(journal.readers, 0);
        sd_event_unref(world->event);
        test_dir_clear(&world->dir);
        fake_journal_clear();
        g_free(world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static CollectorJob job(World *world, uint32_t id) {
        return (CollectorJob){
                .id = { id },
                .uuid = id == 7 ? UUID : OTHER_UUID,
                .uid = 1000,
                .pid = 70,
                .state = &world->state[id],
                .limit = { .bytes = UINT64_MAX },
        };
}

static void add(World *world, CollectorJob description) {
        ck_assert_int_eq(collector_add(world->collector, &description), 0);
}

/* Until nothing is left to do but to wait for time. */
static void run(World *world) {
        int r;

        do
                r = sd_event_run(world->event, 0);
        while (r > 0);
        ck_assert_int_eq(r, 0);
}

static void run_until(World *world, const bool *what) {
        while (!*what)
                ck_assert_int_ge(sd_event_run(world->event, UINT64_MAX), 0);
}

/* ---- records ---- */

static JournalRecord output_bytes(int stream, uint64_t offset, const void *data, size_t size) {
        return (JournalRecord){
                .kind = RECORD_OUTPUT,
                .uuid = UUID,
                .uid = 1000,
                .pid = 70,
                .time = 1,
                .stream = stream,
                .offset = offset,
                .data = data,
                .size = size,
        };
}

static JournalRecord output(int stream, uint64_t offset, const char *text) {
        return output_bytes(stream, offset, text, strlen(text));
}

static JournalRecord exit_record(uint64_t out, uint64_t err) {
        return (JournalRecord){
                .kind = RECORD_EXIT,
                .uuid = UUID,
                .uid = 1000,
                .pid = 70,
                .exit = { .kind = EXIT_STATUS, .wait_status = 3 << 8, .bytes = { out, err } },
        };
}

static JournalRecord start_record(pid_t pid, const char *unit) {
        JournalRecord record = { .kind = RECORD_START, .uuid = UUID, .uid = 1000, .pid = pid };

        (void) g_strlcpy(record.unit, unit, sizeof(record.unit));
        return record;
}

static JournalRecord of_other(JournalRecord record) {
        (void) g_strlcpy(record.uuid, OTHER_UUID, sizeof(record.uuid));
        return record;
}

static void put(JournalRecord record) {
        fake_journal_add(&record);
}

/* The follower is told, as by journald's inotify event. */
static void look(World *world, uint32_t id) {
        collector_hint(world->collector, job_id(id), (const uint64_t[2]){ 0, 0 });
        run(world);
}

static void done(World *world, uint32_t id) {
        collector_done(world->collector, job_id(id), 0, (const uint64_t[2]){ 0, 0 });
        run(world);
}

static int on_frame(const CacheFrame *frame, void *userdata) {
        GByteArray **streams = userdata;

        g_byte_array_append(streams[frame->stream], frame->data, (guint) frame->size);
        return 0;
}

static void ck_cached(World *world, uint32_t id, const void *out, size_t out_size, const void *err,
                      size_t err_size) {
        g_autoptr(GByteArray) bytes_out = g_byte_array_new(), bytes_err = g_byte_array_new();
        GByteArray *streams[] = { bytes_out, bytes_err };
        uint64_t next = 0;

        while (next < world->state[id].end)
                ck_assert_int_eq(cache_read(world->dir.fd, job_id(id), &world->state[id], next, UINT64_MAX,
                                            on_frame, streams, &next),
                                 0);
        ck_assert_uint_eq(bytes_out->len, out_size);
        ck_assert_uint_eq(bytes_err->len, err_size);
        if (out_size > 0)
                ck_assert_mem_eq(bytes_out->data, out, out_size);
        if (err_size > 0)
                ck_assert_mem_eq(bytes_err->data, err, err_size);
}

static void ck_text(World *world, uint32_t id, const char *out, const char *err) {
        ck_cached(world, id, out, strlen(out), err, strlen(err));
}

/* ---- tests ---- */

START_TEST(bytes_then_the_end) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(start_record(70, "jobd-7.service"));
        put(output(0, 0, "one "));
        put(output(1, 0, "error"));
        put(output(0, 4, "two"));
        look(world, 7);
        ck_assert_uint_gt(world->progress, 0);
        ck_text(world, 7, "one two", "error");
        ck_assert(!world->exited[7]);
        put(exit_record(7, 5));
        look(world, 7);
        ck_assert(world->exited[7] && world->has_exit[7]);
        ck_assert_int_eq(world->exit[7].wait_status, 3 << 8);
        ck_assert_uint_eq(world->state[7].lost, 0);
}
END_TEST

START_TEST(what_was_there_before_is_not_read) {
        g_autoptr(World) world = world_new();

        put(output(0, 0, "old"));
        add(world, job(world, 7));
        put(output(0, 0, "new"));
        look(world, 7);
        ck_text(world, 7, "new", "");
}
END_TEST

/* Not this job's main process: each differs in one thing. */
START_TEST(forged_records_do_not_count) {
        g_autoptr(World) world = world_new();
        JournalRecord forged = output(0, 0, "forged");
        JournalRecord ending = exit_record(0, 0);

        switch (_i) {
        case 0:
                forged.uid = ending.uid = 1001;
                break;
        case 1:
                forged.pid = ending.pid = 71;
                break;
        case 2:
                forged.uuid[0] = ending.uuid[0] = '4';
                break;
        case 3:
                forged.uid = ending.uid = 0;
                break;
        }
        add(world, job(world, 7));
        put(forged);
        put(ending);
        put(output(0, 0, "true"));
        look(world, 7);
        ck_text(world, 7, "true", "");
        ck_assert(!world->exited[7]);
}
END_TEST

START_TEST(repeats_and_overlaps_are_cut) {
        g_autoptr(World) world = world_new();
        JournalRecord line = output(0, 6, "gh");

        line.newline = true;
        add(world, job(world, 7));
        put(output(0, 0, "abc"));
        put(output(0, 0, "abc"));
        put(output(0, 1, "bcdef"));
        put(output(0, 2, "cd"));
        put(line);
        put(line);
        line = output(0, 8, "");
        line.newline = true;
        put(line);
        put(output(0, 8, "\nij"));
        look(world, 7);
        ck_text(world, 7, "abcdefgh\nij", "");
        ck_assert_uint_eq(world->state[7].next[0], 11);
}
END_TEST

START_TEST(a_replay_fills_the_gap) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(0, 0, "a"));
        put(output(0, 2, "c"));
        put(output(1, 0, "e")); /* the other stream has no gap */
        look(world, 7);
        ck_text(world, 7, "a", "e");
        put(output(0, 1, "b"));
        put(output(0, 2, "c"));
        look(world, 7);
        ck_text(world, 7, "abc", "e");
        ck_assert_uint_eq(world->state[7].lost, 0);
}
END_TEST

/* The exit record stood in journald's queue, the replay comes behind it. */
START_TEST(the_exit_record_waits_for_the_replay) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(0, 0, "a"));
        put(exit_record(2, 0));
        look(world, 7);
        ck_assert(!world->exited[7]);
        put(output(0, 1, "b"));
        put(exit_record(2, 0));
        done(world, 7);
        ck_assert(world->exited[7]);
        ck_text(world, 7, "ab", "");
        ck_assert_uint_eq(world->state[7].lost, 0);
}
END_TEST

/* Gaps in the middle, at the beginning and at the end that nothing fills. */
START_TEST(what_never_comes_is_booked_as_lost) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(1, 10, "x"));
        put(output(0, 0, "a"));
        put(output(0, 4, "bc"));
        put(output(0, 8, "d"));
        put(exit_record(20, 11));
        look(world, 7);
        ck_text(world, 7, "a", "");
        ck_assert(!world->exited[7]);
        done(world, 7);
        ck_assert(world->exited[7] && world->has_exit[7]);
        ck_text(world, 7, "abcd", "x");
        ck_assert_uint_eq(world->state[7].lost, 3 + 2 + 11 + 10);
        ck_assert_uint_eq(world->state[7].next[0], 20);
        ck_assert_uint_eq(world->state[7].next[1], 11);
}
END_TEST

START_TEST(beyond_the_totals_nothing_counts) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(0, 0, "ab"));
        put(exit_record(3, 0));
        put(output(0, UINT64_MAX - 100, "hostile"));
        put(output(0, 2, "cd"));
        put(output(0, 2, "c"));
        look(world, 7);
        ck_assert(world->exited[7]);
        ck_text(world, 7, "abc", "");
        ck_assert_uint_eq(world->state[7].lost, 0);
}
END_TEST

/* A job that waits for its window must not wait for bytes that nobody has. */
START_TEST(a_hopeless_gap_is_booked_while_the_job_runs) {
        const size_t piece = 65536, n = 200;
        g_autoptr(World) world = world_new();
        g_autofree uint8_t *bytes = g_malloc0(piece * n);

        for (size_t i = 0; i < piece * n; i++)
                bytes[i] = (uint8_t) (i >> 7);
        journal.slice = 50;
        add(world, job(world, 7));
        put(output(0, 0, "a"));
        for (size_t i = 0; i < n; i++) /* the second gap comes while the first is open */
                if (i != 20)
                        put(output_bytes(0, 3 + i * piece, bytes + i * piece, piece));
        look(world, 7);
        ck_assert_uint_eq(world->state[7].lost, 2 + piece);
        ck_assert_uint_eq(world->state[7].next[0], 3 + n * piece);
        ck_assert(!world->exited[7]);
        memmove(bytes + 20 * piece, bytes + 21 * piece, (n - 21) * piece);
        memmove(bytes + 1, bytes, (n - 1) * piece);
        bytes[0] = 'a';
        ck_cached(world, 7, bytes, 1 + (n - 1) * piece, NULL, 0);
}
END_TEST

/* HELLO comes after the first records. */
START_TEST(without_a_pid_records_wait) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);
        JournalRecord forged = output(0, 0, "forged");

        description.pid = 0;
        forged.pid = 71;
        add(world, description);
        put(forged);
        put(output(0, 0, "true"));
        put(exit_record(4, 0));
        look(world, 7);
        ck_text(world, 7, "", "");
        collector_set_pid(world->collector, job_id(7), 70);
        run(world);
        ck_text(world, 7, "true", "");
        ck_assert(world->exited[7]);
}
END_TEST

START_TEST(the_start_record_names_the_process) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);
        JournalRecord stranger = start_record(71, "jobd-7.service");

        stranger.uid = 1001;
        put(stranger);
        put(start_record(72, "jobd-8.service"));
        put(start_record(73, ""));
        put(start_record(70, "jobd-7.service"));
        put(output(0, 0, "true"));
        put(start_record(74, "jobd-7.service")); /* by the command itself: it comes later */
        put(exit_record(4, 0));
        description.pid = 0;
        description.restarted = true;
        add(world, description);
        run(world);
        ck_assert_int_eq(world->pid_found, -1);
        collector_find_pid(world->collector, job_id(7));
        run(world);
        ck_assert_int_eq(world->pid_found, 70);
        ck_text(world, 7, "true", "");
        ck_assert(world->exited[7] && world->has_exit[7]);
}
END_TEST

START_TEST(without_a_start_record_there_is_no_process) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);

        description.pid = 0;
        description.restarted = true;
        put(output(0, 0, "whose?"));
        add(world, description);
        collector_find_pid(world->collector, job_id(7));
        run(world);
        ck_assert_int_eq(world->pid_found, 0);
        collector_finish(world->collector, job_id(7));
        run(world);
        ck_assert(world->exited[7] && !world->has_exit[7]);
        ck_text(world, 7, "", "");
}
END_TEST

/* jobd-exec was killed: what it sent stays, behind gaps too. */
START_TEST(an_end_without_an_exit_record) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(0, 0, "ab"));
        put(output(0, 5, "cd"));
        look(world, 7);
        ck_assert(!world->exited[7]);
        collector_finish(world->collector, job_id(7));
        ck_assert(!world->exited[7]); /* never from within a call */
        run(world);
        ck_assert(world->exited[7] && !world->has_exit[7]);
        ck_text(world, 7, "abcd", "");
        ck_assert_uint_eq(world->state[7].lost, 3);
}
END_TEST

/* journald took it, and had no room for it. Until the unit is gone, it may come after all. */
START_TEST(an_exit_record_that_was_not_stored) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(0, 0, "ab"));
        done(world, 7);
        ck_text(world, 7, "ab", "");
        ck_assert(!world->exited[7]);
        if (_i == 1)
                put(exit_record(2, 0));
        collector_finish(world->collector, job_id(7));
        look(world, 7);
        ck_assert(world->exited[7]);
        ck_assert(world->has_exit[7] == (_i == 1));
}
END_TEST

/* Puts a query under way. */
static void start_long_query(World *world) {
        CollectorJob description = job(world, 7);

        journal.slice = 1;
        put(output(0, 0, "a"));
        put(output(0, 3, "d"));
        for (int i = 0; i < 20; i++)
                put(output(0, 0, "a"));
        put(exit_record(4, 0));
        description.restarted = true;
        add(world, description);
        while (world->state[7].next[0] == 0)
                ck_assert_int_gt(sd_event_run(world->event, 0), 0);
}

START_TEST(the_end_comes_while_a_query_runs) {
        g_autoptr(World) world = world_new();

        start_long_query(world);
        done(world, 7);
        ck_assert(world->exited[7]);
        ck_text(world, 7, "ad", "");
        ck_assert_uint_eq(world->state[7].lost, 2);
}
END_TEST

START_TEST(a_job_is_removed_while_its_query_runs) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 8);

        start_long_query(world);
        collector_hint(world->collector, job_id(7), (const uint64_t[2]){ 100, 0 });
        put(of_other(output(0, 0, "other")));
        description.restarted = true;
        add(world, description);
        collector_remove(world->collector, job_id(7));
        run(world);
        ck_text(world, 8, "other", "");
        ck_text(world, 7, "a", "");
}
END_TEST

START_TEST(a_job_that_sent_nothing_at_all) {
        g_autoptr(World) world = world_new();

        journal.absent = _i == 1;
        add(world, job(world, 7));
        collector_finish(world->collector, job_id(7));
        run(world);
        ck_assert(world->exited[7] && !world->has_exit[7]);
}
END_TEST

/* What the follower did not see is found by asking. */
START_TEST(a_record_that_was_overlooked_is_asked_for) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(0, 0, "ab"));
        put(exit_record(2, 0));
        journal.blind = 2;
        if (_i == 0)
                done(world, 7);
        else {
                collector_finish(world->collector, job_id(7));
                run(world);
        }
        ck_assert(world->exited[7] && world->has_exit[7]);
        ck_text(world, 7, "ab", "");
        ck_assert_uint_eq(world->state[7].lost, 0);
}
END_TEST

/* The same while the job runs: the bytes were hinted at, so it is noticed, after some seconds. */
START_TEST(hinted_bytes_that_were_overlooked_are_asked_for) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(0, 0, "ab"));
        journal.blind = 1;
        collector_hint(world->collector, job_id(7), (const uint64_t[2]){ 2, 0 });
        while (world->acks == 0)
                ck_assert_int_ge(sd_event_run(world->event, UINT64_MAX), 0);
        ck_text(world, 7, "ab", "");
        ck_assert_uint_eq(world->cached, 2);
}
END_TEST

START_TEST(a_restart_goes_on_where_it_was) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);
        OutputState saved;

        add(world, job(world, 7));
        put(output(0, 0, "abc"));
        put(output(1, 0, "e"));
        look(world, 7);
        saved = world->state[7];
        put(output(0, 3, "def"));
        look(world, 7);
        collector_free(world->collector);
        put(output(0, 6, "ghi"));

        if (_i == 1) /* killed: the record is older than the cache */
                world->state[7] = saved;
        description.restarted = true;
        start_collector(world);
        add(world, description);
        put(output(1, 1, "f"));
        run(world);
        ck_text(world, 7, "abcdefghi", "ef");
        put(exit_record(9, 2));
        look(world, 7);
        ck_assert(world->exited[7]);
        ck_assert_uint_eq(world->state[7].lost, 0);
}
END_TEST

START_TEST(hints_are_answered_when_the_bytes_are_there) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        collector_hint(world->collector, job_id(7), (const uint64_t[2]){ 2, 1 });
        run(world);
        ck_assert_uint_eq(world->acks, 0);
        put(output(0, 0, "ab"));
        look(world, 7); /* as journald's inotify does: hints nothing new */
        collector_hint(world->collector, job_id(7), (const uint64_t[2]){ 2, 1 });
        run(world);
        world->acks = 0;
        put(output(1, 0, "e"));
        /* nobody says so: it is looked for */
        while (world->acks == 0)
                ck_assert_int_ge(sd_event_run(world->event, UINT64_MAX), 0);
        ck_assert_uint_eq(world->cached, 3);
        ck_assert_uint_eq(world->allowed, 3 + CONTROL_WINDOW);
}
END_TEST

START_TEST(acks_keep_up_with_a_flood) {
        g_autofree uint8_t *bytes = g_malloc0(65536);
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        for (uint64_t i = 0; i < 200; i++)
                put(output_bytes(0, i * 65536, bytes, 65536));
        collector_hint(world->collector, job_id(7), (const uint64_t[2]){ 1000 * 65536, 0 });
        run(world);
        ck_assert_uint_ge(world->acks, 3); /* 12.5 MiB */
        ck_assert_uint_ge(world->cached, 8 * 1024 * 1024);
}
END_TEST

START_TEST(block_allows_what_was_consumed) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);

        description.limit = (OutputLimit){ .bytes = 5, .block = true };
        add(world, description);
        collector_acknowledge(world->collector, job_id(7));
        run(world);
        ck_assert_uint_eq(world->allowed, 5);
        put(output(0, 0, "abcd"));
        collector_hint(world->collector, job_id(7), (const uint64_t[2]){ 4, 0 });
        run(world);
        ck_assert_uint_eq(world->cached, 4);
        ck_assert_uint_eq(world->allowed, 5);
        ck_assert_int_eq(cache_consume(world->dir.fd, job_id(7), &world->state[7], world->state[7].end, true,
                                       save_nothing, NULL),
                         0);
        collector_consumed(world->collector, job_id(7));
        run(world);
        ck_assert_uint_eq(world->allowed, 9);
}
END_TEST

/* ---- room on the owner's account ---- */

#define ALICE 1001
#define KIB   UINT64_C(1024)
#define TENTH 100000U /* of a second: the first look at what is held; see quick-timers.h */

/* Of alice: job 7, which blocks and has filled her account, and 9, which is finished; the rest is told of
 * 7. */
typedef struct Full {
        World *world;
        Accounts *accounts;
        OutputAccount *alice;
        Fd reader; /* of job 9 */
} Full;

static void full_clear(Full *full) {
        fd_clear(&full->reader);
        world_free(full->world);
        accounts_free(full->accounts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Full, full_clear)

/* Job 9 writes 200 KiB, which somebody opens. */
static void make_reader(Full *full) {
        OutputState *state = &full->world->state[9];
        g_autofree uint8_t *bytes = g_malloc0(50 * KIB);
        OutputLimit unlimited = { .bytes = UINT64_MAX };
        g_autoptr(Cache) cache = NULL;
        uint64_t start, end;

        *state = (OutputState){};
        account_open(full->alice, state, 0);
        ck_assert_int_eq(cache_open(full->world->dir.fd, job_id(9), state, &unlimited, &cache), 0);
        for (int i = 0; i < 4; i++)
                ck_assert_int_eq(cache_append(cache, 0, 1, bytes, 50 * KIB, false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        fd_clear(&full->reader);
        ck_assert_int_eq(cache_open_segment(full->world->dir.fd, job_id(9), state, 0, &full->reader, &start,
                                            &end),
                         0);
}

static Full full_account(void) {
        g_autofree uint8_t *bytes = g_malloc0(60 * KIB);
        World *world = world_new();
        Full full = { .world = world, .reader = -1 };
        CollectorJob description = job(world, 7);

        ck_assert_int_eq(accounts_new(world->dir.fd, &full.accounts), 0);
        full.alice = accounts_of(full.accounts, ALICE);
        make_reader(&full); /* one segment: there is room */
        full.accounts->limit = 256 * KIB;
        account_open(full.alice, &world->state[7], 0);
        description.limit.block = true;
        add(world, description);
        put(output_bytes(0, 0, bytes, 60 * KIB));
        look(world, 7);
        ck_assert_uint_eq(world->allowed, 60 * KIB); /* not one more */
        return full;
}

/* Everything of job 9 goes, as far as nobody has it open. */
static void remove_read(Full *full) {
        ck_assert_int_eq(cache_remove(full->world->dir.fd, job_id(9), &full->world->state[9]), 0);
        collector_freed(full->world->collector, full->alice);
        run(full->world);
}

static bool is_idle(const Full *full, uint64_t usec) {
        return sd_event_run(full->world->event, usec) == 0;
}

START_TEST(a_closed_segment_wakes_who_waits) {
        g_auto(Full) full = full_account();
        unsigned acks;

        remove_read(&full);
        ck_assert_uint_eq(full.world->allowed, 60 * KIB);
        ck_assert_uint_eq(full.accounts->n_held, 1);
        acks = full.world->acks;
        fd_clear(&full.reader);
        if (_i == 1)
                held_check(full.alice); /* by a job that found no room: nobody is told */
        while (full.world->acks == acks)
                ck_assert_int_ge(sd_event_run(full.world->event, UINT64_MAX), 0);
        ck_assert_uint_eq(full.world->allowed, 124 * KIB);
        ck_assert_uint_eq(full.accounts->n_held, 0);
        /* then nothing wakes jobd any more */
        run(full.world);
        ck_assert(is_idle(&full, 4 * TENTH));
        ck_assert_uint_eq(full.world->acks, acks + 1);
}
END_TEST

START_TEST(held_segments_are_looked_at_more_and_more_rarely) {
        g_auto(Full) full = full_account();

        remove_read(&full);
        for (int i = 0; i < 3; i++)
                ck_assert_int_gt(sd_event_run(full.world->event, UINT64_MAX), 0);
        ck_assert(is_idle(&full, 4 * TENTH)); /* eight would be its turn */
        /* one more is held: soon again */
        make_reader(&full);
        remove_read(&full);
        ck_assert(!is_idle(&full, 3 * TENTH));
}
END_TEST

START_TEST(nothing_held_needs_no_timer) {
        g_auto(Full) full = full_account();

        fd_clear(&full.reader);
        remove_read(&full);
        ck_assert_uint_eq(full.world->allowed, 124 * KIB);
        ck_assert(is_idle(&full, 2 * TENTH));
}
END_TEST

START_TEST(a_raised_limit_wakes_who_waits) {
        g_auto(Full) full = full_account();

        full.accounts->limit = 1024 * KIB;
        collector_limit_changed(full.world->collector);
        run(full.world);
        ck_assert_uint_eq(full.world->allowed, 124 * KIB);
}
END_TEST

START_TEST(callbacks_may_remove_jobs) {
        g_autoptr(World) world = world_new();

        world->remove_at_exit = _i == 0;
        world->remove_at_progress = _i == 1;
        add(world, job(world, 7));
        add(world, job(world, 8));
        put(output(0, 0, "a"));
        put(of_other(output(0, 0, "b")));
        put(exit_record(1, 0));
        look(world, 7);
        ck_assert(world->exited[7] == (_i == 0));
        ck_assert_uint_eq(world->progress, 2);
        collector_remove(world->collector, job_id(7));
        collector_remove(world->collector, job_id(7));
        collector_hint(world->collector, job_id(7), (const uint64_t[2]){ 1, 0 });
        collector_finish(world->collector, job_id(7));
        run(world);
}
END_TEST

START_TEST(a_journal_that_comes_later) {
        g_autoptr(World) world = world_new();

        journal.absent = _i == 0;
        journal.open_error = _i == 1 ? -EMFILE : 0;
        add(world, job(world, 7));
        run(world);
        put(output(0, 0, "ab"));
        put(exit_record(2, 0));
        journal.absent = false;
        journal.open_error = 0;
        if (_i == 0)
                look(world, 7);
        run_until(world, &world->exited[7]);
        ck_text(world, 7, "ab", "");
}
END_TEST

START_TEST(a_journal_that_fails_is_opened_anew) {
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        put(output(0, 0, "ab"));
        journal.slice_error = -EBADMSG;
        look(world, 7);
        put(exit_record(2, 0));
        run_until(world, &world->exited[7]);
        ck_text(world, 7, "ab", "");
}
END_TEST

/* A file size limit stands for a full disk. */
static void set_file_limit(rlim_t bytes) {
        const struct rlimit limit = { bytes, RLIM_INFINITY };

        (void) signal(SIGXFSZ, SIG_IGN);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_stops_its_job_alone_and_loses_nothing) {
        /* small pieces fail when they are flushed, large ones at once */
        const size_t piece = _i == 0 ? 60000 : 6000, n = 600000 / piece;
        g_autofree uint8_t *bytes = g_malloc0(60000);
        g_autofree uint8_t *all = g_malloc0(600000);
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        add(world, job(world, 8));
        put(output_bytes(0, 0, bytes, 60000));
        look(world, 7);
        set_file_limit(100000);
        for (size_t i = 60000 / piece; i < n; i++)
                put(output_bytes(0, i * piece, bytes, piece));
        put(exit_record(600000, 0));
        put(of_other(output(0, 0, "other")));
        look(world, 7);
        done(world, 7);
        ck_assert_uint_eq(world->troubles, 1);
        ck_assert_int_eq(world->trouble, -EFBIG);
        ck_assert_uint_ge(world->state[7].next[0], 60000);
        ck_assert_uint_lt(world->state[7].next[0], 100000);
        ck_assert_uint_eq(world->state[7].lost, 0);
        ck_assert(!world->exited[7]);
        ck_text(world, 8, "other", "");

        for (int i = 0; i < 2; i++) { /* an attempt that fails, too */
                look(world, 7);
                ck_assert_int_gt(sd_event_run(world->event, UINT64_MAX), 0);
        }
        run(world);
        ck_assert_uint_eq(world->troubles, 1);
        set_file_limit(RLIM_INFINITY);
        run_until(world, &world->exited[7]);
        ck_assert_int_eq(world->trouble, 0);
        ck_assert_uint_eq(world->troubles, 2);
        ck_cached(world, 7, all, 600000, NULL, 0);
        ck_assert_uint_eq(world->state[7].lost, 0);
}
END_TEST

START_TEST(what_a_full_disk_refused_may_leave_the_journal) {
        g_autofree uint8_t *bytes = g_malloc0(6000);
        const uint64_t hinted[2] = { 6000, 0 };
        g_autoptr(World) world = world_new();

        add(world, job(world, 7));
        collector_hint(world->collector, job_id(7), hinted);
        run(world);
        set_file_limit(1000);
        put(output_bytes(0, 0, bytes, 6000));
        put(exit_record(6000, 0));
        ck_assert_int_gt(sd_event_run(world->event, UINT64_MAX), 0); /* the hint is looked for again, */
        ck_assert_int_gt(sd_event_run(world->event, 0), 0); /* and all is there; not on the disk yet */
        collector_finish(world->collector, job_id(7));
        run(world);
        ck_assert_int_eq(world->trouble, -EFBIG);
        ck_assert(!world->exited[7]);

        if (_i == 1)
                g_ptr_array_set_size(journal.records, 0); /* vacuumed */
        set_file_limit(RLIM_INFINITY);
        run_until(world, &world->exited[7]);
        ck_assert(world->has_exit[7]);
        ck_assert_uint_eq(world->state[7].lost, _i == 1 ? 6000 : 0);
}
END_TEST

/* What is open stays open. The soft limit before. */
static rlim_t set_descriptor_limit(rlim_t n) {
        struct rlimit limit;
        rlim_t before;

        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        before = limit.rlim_cur;
        limit.rlim_cur = n;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        return before;
}

START_TEST(without_descriptors_a_job_is_taken_up_later) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);
        rlim_t before;

        put(start_record(70, "jobd-7.service"));
        put(output(0, 0, "abc"));
        put(exit_record(3, 0));
        description.restarted = true;
        description.pid = _i == 0 ? 70 : 0;
        before = set_descriptor_limit(0);
        add(world, description);
        if (_i == 1)
                collector_find_pid(world->collector, job_id(7));
        collector_finish(world->collector, job_id(7));
        collector_acknowledge(world->collector, job_id(7));
        for (int i = 0; i < 3; i++) { /* attempts that fail, too */
                run(world);
                ck_assert_int_gt(sd_event_run(world->event, 5000000), 0);
        }
        run(world);
        ck_assert_int_eq(world->trouble, -EMFILE);
        ck_assert_uint_eq(world->troubles, 1);
        ck_assert(!world->exited[7]);
        ck_assert_int_eq(world->pid_found, -1);
        ck_assert_uint_eq(world->acks, 0);

        (void) set_descriptor_limit(before);
        run_until(world, &world->exited[7]);
        ck_assert_int_eq(world->trouble, 0);
        ck_assert(world->has_exit[7]);
        ck_assert_int_eq(world->pid_found, _i == 0 ? -1 : 70);
        ck_text(world, 7, "abc", "");
        ck_assert_uint_eq(world->state[7].lost, 0);
}
END_TEST

/* One that has not been started can be refused. */
START_TEST(without_descriptors_a_job_is_not_begun) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);
        rlim_t before = set_descriptor_limit(0);

        ck_assert_int_eq(collector_add(world->collector, &description), -EMFILE);
        (void) set_descriptor_limit(before);
        add(world, description);
}
END_TEST

/* sd-journal says nothing of files that it could not open. */
START_TEST(without_descriptors_nothing_is_missed) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);

        description.restarted = true;
        journal.check_error = -EMFILE;
        add(world, description);
        collector_finish(world->collector, job_id(7));
        for (int i = 0; i < 3; i++) {
                run(world);
                ck_assert_int_gt(sd_event_run(world->event, 5000000), 0);
        }
        ck_assert(!world->exited[7]);
        put(output(0, 0, "abc"));
        put(exit_record(3, 0));
        journal.check_error = 0;
        run_until(world, &world->exited[7]);
        ck_assert(world->has_exit[7]);
        ck_text(world, 7, "abc", "");
}
END_TEST

START_TEST(ids_and_uuids_are_taken_once) {
        g_autoptr(World) world = world_new();
        CollectorJob description = job(world, 7);

        add(world, description);
        ck_assert_int_eq(collector_add(world->collector, &description), -EEXIST);
        description.id = job_id(9);
        ck_assert_int_eq(collector_add(world->collector, &description), -EEXIST);
        collector_remove(world->collector, job_id(7));
        ck_assert_int_eq(collector_add(world->collector, &description), 0);
}
END_TEST

/* ---- any order ---- */

typedef struct Piece {
        int stream;
        uint64_t offset;
        const uint8_t *data;
        size_t size;
        bool gone; /* journald dropped it, and it left the window */
} Piece;

/*
 * What jobd-exec and a journald that dies now and then bring about: a piece is missing, some that were
 * queued follow, then the window comes again, perhaps cut off by the next death. Returns how many are in
 * `pieces`.
 */
static void put_with_deaths(GRand *rand, Piece *pieces, size_t n) {
        size_t at = 0;

        while (at < n) {
                size_t queued = (size_t) g_rand_int_range(rand, 0, 4), back;

                if (pieces[at].gone) {
                        at++;
                        continue;
                }
                if (g_rand_int_range(rand, 0, 8) != 0) {
                        put(output_bytes(pieces[at].stream, pieces[at].offset, pieces[at].data,
                                         pieces[at].size));
                        at++;
                        continue;
                }
                for (size_t i = at + 1; i < MIN(n, at + 1 + queued); i++)
                        if (!pieces[i].gone)
                                put(output_bytes(pieces[i].stream, pieces[i].offset, pieces[i].data,
                                                 pieces[i].size));
                back = (size_t) g_rand_int_range(rand, 0, 6);
                at -= MIN(at, back);
        }
}

START_TEST(any_order_gives_the_same_bytes) {
        enum { PIECES = 60 };
        g_autoptr(GRand) rand = g_rand_new_with_seed((guint32) _i);
        g_autoptr(World) world = world_new();
        g_autoptr(GByteArray) expected_out = g_byte_array_new(), expected_err = g_byte_array_new();
        GByteArray *expected[] = { expected_out, expected_err };
        CollectorJob description = job(world, 7);
        uint8_t bytes[PIECES * 20];
        uint64_t next[2] = {}, lost = 0;
        Piece pieces[PIECES];
        size_t half = (size_t) g_rand_int_range(rand, 0, PIECES);

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t) g_rand_int(rand);
        for (size_t i = 0; i < PIECES; i++) {
                Piece *piece = &pieces[i];

                *piece = (Piece){ .stream = g_rand_int_range(rand, 0, 2),
                                  .size = (size_t) g_rand_int_range(rand, 1, 20),
                                  .data = bytes + i * 20,
                                  .gone = _i % 2 == 1 && g_rand_int_range(rand, 0, 15) == 0 };
                piece->offset = next[piece->stream];
                next[piece->stream] += piece->size;
                if (piece->gone)
                        lost += piece->size;
                else
                        g_byte_array_append(expected[piece->stream], piece->data, (guint) piece->size);
        }

        journal.slice = (guint) g_rand_int_range(rand, 1, 10);
        add(world, description);
        put_with_deaths(rand, pieces, half);
        look(world, 7);
        if (_i % 3 == 0) { /* jobd dies, too, and its record is of any age */
                OutputState fresh = {};

                collector_free(world->collector);
                world->state[7] = fresh;
                start_collector(world);
                description.restarted = true;
                add(world, description);
                if (_i % 2 == 0)
                        run(world);
        }
        put_with_deaths(rand, pieces + half, PIECES - half);
        if (g_rand_boolean(rand))
                put(exit_record(next[0], next[1]));
        look(world, 7);
        put(exit_record(next[0], next[1]));
        done(world, 7);
        ck_assert(world->exited[7]);
        ck_cached(world, 7, expected_out->data, expected_out->len, expected_err->data, expected_err->len);
        ck_assert_uint_eq(world->state[7].lost, lost);
        ck_assert_uint_eq(world->state[7].unread, expected_out->len + expected_err->len);
}
END_TEST

static TCase *records_case(void) {
        TCase *tcase = tcase_create("records");

        tcase_add_test(tcase, bytes_then_the_end);
        tcase_add_test(tcase, what_was_there_before_is_not_read);
        tcase_add_loop_test(tcase, forged_records_do_not_count, 0, 4);
        tcase_add_test(tcase, repeats_and_overlaps_are_cut);
        tcase_add_test(tcase, a_replay_fills_the_gap);
        tcase_add_test(tcase, the_exit_record_waits_for_the_replay);
        tcase_add_test(tcase, what_never_comes_is_booked_as_lost);
        tcase_add_test(tcase, beyond_the_totals_nothing_counts);
        tcase_add_test(tcase, a_hopeless_gap_is_booked_while_the_job_runs);
        tcase_add_test(tcase, without_a_pid_records_wait);
        tcase_add_test(tcase, the_start_record_names_the_process);
        tcase_add_test(tcase, without_a_start_record_there_is_no_process);
        tcase_add_test(tcase, an_end_without_an_exit_record);
        tcase_add_loop_test(tcase, an_exit_record_that_was_not_stored, 0, 2);
        tcase_add_test(tcase, the_end_comes_while_a_query_runs);
        tcase_add_test(tcase, a_job_is_removed_while_its_query_runs);
        tcase_add_loop_test(tcase, a_job_that_sent_nothing_at_all, 0, 2);
        tcase_add_loop_test(tcase, any_order_gives_the_same_bytes, 0, 300);
        return tcase;
}

static TCase *working_case(void) {
        TCase *tcase = tcase_create("working");

        tcase_add_loop_test(tcase, a_record_that_was_overlooked_is_asked_for, 0, 2);
        tcase_add_test(tcase, hinted_bytes_that_were_overlooked_are_asked_for);
        tcase_add_loop_test(tcase, a_restart_goes_on_where_it_was, 0, 2);
        tcase_add_test(tcase, hints_are_answered_when_the_bytes_are_there);
        tcase_add_test(tcase, acks_keep_up_with_a_flood);
        tcase_add_test(tcase, block_allows_what_was_consumed);
        tcase_add_loop_test(tcase, a_closed_segment_wakes_who_waits, 0, 2);
        tcase_add_test(tcase, held_segments_are_looked_at_more_and_more_rarely);
        tcase_add_test(tcase, nothing_held_needs_no_timer);
        tcase_add_test(tcase, a_raised_limit_wakes_who_waits);
        tcase_add_loop_test(tcase, callbacks_may_remove_jobs, 0, 2);
        tcase_add_loop_test(tcase, a_journal_that_comes_later, 0, 2);
        tcase_add_test(tcase, a_journal_that_fails_is_opened_anew);
        tcase_add_loop_test(tcase, a_full_disk_stops_its_job_alone_and_loses_nothing, 0, 2);
        tcase_add_loop_test(tcase, what_a_full_disk_refused_may_leave_the_journal, 0, 2);
        tcase_add_loop_test(tcase, without_descriptors_a_job_is_taken_up_later, 0, 2);
        tcase_add_test(tcase, without_descriptors_a_job_is_not_begun);
        tcase_add_test(tcase, without_descriptors_nothing_is_missed);
        tcase_add_test(tcase, ids_and_uuids_are_taken_once);
        return tcase;
}

int main(void) {
        Suite *suite = suite_create("collector");

        suite_add_tcase(suite, records_case());
        suite_add_tcase(suite, working_case());
        return run_suite(suite);
}
