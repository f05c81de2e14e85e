/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "fixture.h"
#include "output/cache.h"
#include "run.h"
#include "wire/frame.h"

/* Limits from the smallest on, and how much one piece of output has. */
static const uint64_t limits[] = { OUTPUT_LIMIT_MIN, 4097, 5000, 10000, 65536, 128 * 1024 };
static const size_t sizes[] = { 1, 100, 2047, 2048, 2049, 4095, 4096, 4097, 5000, FRAME_PAYLOAD_MAX };

#define N_CASES ((int) (G_N_ELEMENTS(limits) * G_N_ELEMENTS(sizes)))

typedef struct World {
        TestDir dir;
        OutputLimit limit;
        OutputState state;
        Cache *cache;
        size_t size;
        uint8_t bytes[FRAME_PAYLOAD_MAX];
} World;

static void open_cache(World *world) {
        world->state = (OutputState){};
        ck_assert_int_eq(cache_open(world->dir.fd, job_id(7), &world->state, &world->limit, &world->cache),
                         0);
}

static World *world_new(int i, bool block) {
        World *world = g_new0(World, 1);

        world->dir = test_dir();
        world->limit = (OutputLimit){ .bytes = limits[i / (int) G_N_ELEMENTS(sizes)], .block = block };
        world->size = sizes[i % (int) G_N_ELEMENTS(sizes)];
        open_cache(world);
        return world;
}

static void world_free(World *world) {
        cache_free(world->cache);
        test_dir_clear(&world->dir);
        g_free(world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void append(World *world, size_t size) {
        ck_assert_int_eq(cache_append(world->cache, 0, 1, world->bytes, size, false), 0);
}

/* As documented: seven eighths less 4 KiB, or half, whichever is more. */
static void ck_kept(const World *world) {
        uint64_t limit = world->limit.bytes, unread = world->state.unread;
        bool is_large = limit / 8 + 4096 < limit / 2;

        ck_assert_uint_le(unread, limit);
        ck_assert_uint_eq(unread + world->state.dropped, world->state.next[0]);
        if (world->state.dropped > 0)
                ck_assert_uint_ge(unread, limit - (is_large ? limit / 8 + 4096 : limit / 2));
}

START_TEST(drop) {
        g_autoptr(World) world = world_new(_i, false);

        for (uint64_t total = 0, n = 0; total < 2 * world->limit.bytes; total += world->size, n++) {
                append(world, world->size);
                if (n % 7 > 0)
                        continue;
                ck_assert_int_eq(cache_flush(world->cache), 0);
                ck_kept(world);
        }
        ck_assert_int_eq(cache_flush(world->cache), 0);
        ck_kept(world);
        ck_assert_uint_gt(world->state.dropped, 0);
}
END_TEST

/* Killed at any time: what had been written, and not counted yet, is found by the next one. */
START_TEST(drop_and_killed) {
        g_autoptr(World) world = world_new(_i, false);
        size_t step = world->limit.bytes / 20;

        for (uint64_t total = 0; total < 2 * world->limit.bytes; total += step + world->size) {
                for (size_t done = 0; done < step; done += world->size)
                        append(world, world->size);
                ck_assert_int_eq(cache_flush(world->cache), 0);
                append(world, world->size);
                g_clear_pointer(&world->cache, cache_free);
                open_cache(world);
                ck_kept(world);
        }
}
END_TEST

/* A sender that takes all that it may. */
START_TEST(block) {
        g_autoptr(World) world = world_new(_i, true);
        uint64_t allowed;

        while ((allowed = output_allowed(&world->state, &world->limit)) > world->state.next[0]) {
                append(world, MIN(allowed - world->state.next[0], world->size));
                ck_assert_int_eq(cache_flush(world->cache), 0);
                ck_assert_uint_le(world->state.unread, world->limit.bytes);
        }
        ck_assert_uint_eq(world->state.unread, world->limit.bytes);
        ck_assert_uint_eq(world->state.dropped, 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("output-limit");
        TCase *tcase = tcase_create("output-limit");

        tcase_add_loop_test(tcase, drop, 0, N_CASES);
        tcase_add_loop_test(tcase, drop_and_killed, 0, N_CASES);
        tcase_add_loop_test(tcase, block, 0, N_CASES);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
