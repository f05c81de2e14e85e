/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "../unit/run.h"
#include "model/request.h"
#include "systemd.h"
#include "systemd/unit-driver.h"

/* The units of jobs, against a systemd that does what a test wants. */

#define UUID  "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"
#define OTHER "00000000-5fd2-4b0b-8f5a-5a9d6e7c1a11"

static sd_bus *bus;
static UnitDriver *driver;
static Unit *unit; /* the latest */
static guint n_room;

/* What the handler was told. */
static struct {
        guint n_running, n_stopping, n_freezer, n_ended, n_refused;
        bool frozen;
        pid_t pid;
        UnitEnd end;
        char *start_error;
} told;

static void on_room(void *userdata) {
        n_room++;
}

static void on_running(pid_t pid, void *userdata) {
        told.n_running++;
        told.pid = pid;
}

static void on_stopping(void *userdata) {
        told.n_stopping++;
}

static void on_freezer(bool frozen, const char *refused, void *userdata) {
        told.n_freezer++;
        told.frozen = frozen;
}

static void on_ended(const UnitEnd *end, const char *start_error, void *userdata) {
        told.n_ended++;
        told.end = *end;
        told.start_error = g_strdup(start_error);
}

static void on_refused(void *userdata) {
        told.n_refused++;
        g_clear_pointer(&unit, unit_release);
}

static const UnitHandler handler = {
        .running = on_running,
        .stopping = on_stopping,
        .freezer = on_freezer,
        .ended = on_ended,
        .refused = on_refused,
};

/* Everything that systemd has sent so far has been handled: an answer is behind it. */
static int on_settled(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        bool *done = userdata;

        *done = true;
        return 0;
}

static void settle(void) {
        bool done = false;

        ck_assert_int_ge(sd_bus_call_method_async(bus, NULL, "org.freedesktop.systemd1", "/settle",
                                                  "settle.settle", "Settle", on_settled, &done, NULL),
                         0);
        while (!done)
                loop_turn();
}

static void setup_driver(void) {
        bus = bus_connect(0);
        ck_assert_int_ge(unit_driver_new(bus, on_room, NULL, &driver), 0);
}

static void setup(void) {
        memset(&told, 0, sizeof(told));
        n_room = 0;
        unit = NULL;
        loop_setup();
        systemd_setup();
        setup_driver();
        ck_assert(!unit_driver_has_room(driver)); /* the matches are not in place */
        while (!unit_driver_has_room(driver))
                loop_turn();
}

static void teardown(void) {
        if (unit)
                unit_release(unit);
        g_clear_pointer(&told.start_error, g_free);
        unit_driver_free(driver);
        sd_bus_flush_close_unref(bus);
        systemd_teardown();
        loop_teardown();
}

static JobValues nothing;

static const UnitSettings sample = {
        .id = { 7 },
        .uuid = UUID,
        .uid = 1000,
        .exec_path = "/usr/libexec/jobd/jobd-exec",
        .values = nothing,
};

static Unit *start_with(UnitSettings settings) {
        g_auto(Fd) null = open("/dev/null", O_RDWR | O_CLOEXEC);
        Unit *started = NULL;

        ck_assert_int_ge(null, 0);
        settings.spec_fd = settings.control_fd = settings.input_fd = null;
        ck_assert_int_ge(unit_start(driver, &settings, &handler, NULL, &started), 0);
        return started;
}

static void start(void) {
        unit = start_with(sample);
        settle();
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit jobd-7.service fail"), 1);
}

static void run(void) {
        systemd_unit_changed(7, "activating", 1);
        systemd_changed(7, "Service", "{sv}{sv}", "Result", "s", "success", "ExecMainPID", "u", 4711);
        systemd_unit_changed(7, "active", 0);
        settle();
}

/* The service's properties first, as systemd sends them. */
static void end(const char *active_state, const char *result, int code, int status) {
        systemd_changed(7, "Service", "{sv}{sv}{sv}", "Result", "s", result, "ExecMainCode", "i", code,
                        "ExecMainStatus", "i", status);
        systemd_unit_changed(7, active_state, 0);
        settle();
}

START_TEST(set_up) {
        ck_assert_uint_eq(n_room, 1);
        ck_assert_uint_eq(systemd_n_calls("Subscribe"), 1);
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 0);
}
END_TEST

START_TEST(set_up_fails) {
        int code = 0;

        loop_setup();
        systemd_setup();
        systemd.subscribe_error = "no more clients";
        setup_driver();
        while (sd_event_get_state(loop) != SD_EVENT_FINISHED)
                (void) sd_event_run(loop, UINT64_MAX);
        ck_assert_int_ge(sd_event_get_exit_code(loop, &code), 0);
        ck_assert_int_lt(code, 0); /* jobd ends, and systemd starts it anew */
        ck_assert(!unit_driver_has_room(driver));
        teardown();
}
END_TEST

START_TEST(what_systemd_is_told) {
        static const char *const properties[] = {
                "User=1000",
                "Slice=jobd-1000.slice",
                "Type=exec",
                "KillMode=control-group",
                "IgnoreSIGPIPE=no",
                "NotifyAccess=none",
                "CollectMode=inactive",
                "AddRef=yes",
                "OOMPolicy=stop",
                "TimeoutStopUSec=10000000",
                "After=jobd-base.target",
                "StandardInputFileDescriptor=a descriptor",
                "StandardOutputFileDescriptor=a descriptor",
                "StandardErrorFileDescriptor=a descriptor",
        };
        bool described = false;

        start();
        for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
                ck_assert_msg(systemd_has_property(properties[i]), "%s is missing", properties[i]);
        for (guint i = 0; i < systemd.properties->len; i++) {
                const char *property = g_ptr_array_index(systemd.properties, i);

                ck_assert(!g_str_has_prefix(property, "RuntimeMaxUSec")); /* endless */
                ck_assert(!g_str_has_prefix(property, "Nice"));           /* the user's own */
                ck_assert(!g_str_has_prefix(property, "Environment"));    /* everybody could read it */
                for (size_t j = 0; j < _JOB_OPTION_MAX; j++)
                        if (job_options[j].property && !job_options[j].is_always_set)
                                ck_assert(!g_str_has_prefix(property, job_options[j].property));
                if (g_str_has_prefix(property, "ExecStart="))
                        ck_assert(g_str_has_prefix(property,
                                                   "ExecStart=/usr/libexec/jobd/jobd-exec jobd-exec "));
                if (g_str_has_prefix(property, "Description="))
                        described = strstr(property, UUID);
        }
        ck_assert(described);
}
END_TEST

/* NULL: no property of the unit. */
static const struct {
        const char *value, *told;
} values_told[_JOB_OPTION_MAX] = {
        [JOB_OPTION_UMASK] = { "uint32 7", NULL },
        [JOB_OPTION_RUNTIME_MAX] = { "uint64 5", "RuntimeMaxUSec=5" },
        [JOB_OPTION_STOP_TIMEOUT] = { "uint64 6", "TimeoutStopUSec=6" },
        [JOB_OPTION_SUCCESS_EXIT_STATUS] = { "[3]", NULL },
        [JOB_OPTION_NICE] = { "-20", "Nice=-20" },
        [JOB_OPTION_OUTPUT_LIMIT] = { "uint64 5000", NULL },
        [JOB_OPTION_OUTPUT_FULL] = { "'block'", NULL },
        [JOB_OPTION_KILL_SIGNAL] = { "'SIGINT'", "KillSignal=2" },
        [JOB_OPTION_MERGE_OUTPUT] = { "true", NULL },
        [JOB_OPTION_MEMORY_HIGH] = { "uint64 1", "MemoryHigh=1" },
        [JOB_OPTION_MEMORY_MAX] = { "uint64 18446744073709551615", "MemoryMax=18446744073709551615" },
        [JOB_OPTION_TASKS_MAX] = { "uint64 5", "TasksMax=5" },
        [JOB_OPTION_CPU_WEIGHT] = { "uint64 10000", "CPUWeight=10000" },
        [JOB_OPTION_CPU_QUOTA] = { "uint64 500000", "CPUQuotaPerSecUSec=500000" },
        [JOB_OPTION_IO_WEIGHT] = { "uint64 7", "IOWeight=7" },
        [JOB_OPTION_NO_NEW_PRIVILEGES] = { "true", "NoNewPrivileges=yes" },
        [JOB_OPTION_PRIVATE_NETWORK] = { "false", "PrivateNetwork=no" },
        [JOB_OPTION_PRIVATE_TMP] = { "true", "PrivateTmp=yes" },
        [JOB_OPTION_PROTECT_SYSTEM] = { "'strict'", "ProtectSystem=strict" },
        [JOB_OPTION_PROTECT_HOME] = { "'tmpfs'", "ProtectHome=tmpfs" },
};

START_TEST(values_and_raw_properties) {
        g_autoptr(GVariant) raw = g_variant_ref_sink(g_variant_new_parsed(
                        "[('LimitCORE', <uint64 0>), ('BindPaths', <[('/a', '/b', true, uint64 0)]>),"
                        " ('CPUAffinity', <[byte 1, 2]>), ('Type', <'oneshot'>)]"));
        UnitSettings settings = sample;
        guint first, last, n = 0;
        JobValues given = { 0 };

        for (JobOptionId id = 0; id < _JOB_OPTION_MAX; id++)
                job_values_set(given, id, g_variant_new_parsed(values_told[id].value));
        settings.values = given;
        settings.properties = raw;
        unit = start_with(settings);
        settle();
        for (JobOptionId id = 0; id < _JOB_OPTION_MAX; id++) {
                ck_assert(!values_told[id].told == !job_options[id].property);
                if (!values_told[id].told)
                        continue;
                ck_assert_msg(systemd_has_property(values_told[id].told), "%s is missing",
                              values_told[id].told);
                n++;
        }
        ck_assert_uint_ge(n, 14);
        job_values_clear(given);
        ck_assert(systemd_has_property("LimitCORE=0"));
        ck_assert(systemd_has_property("BindPaths=[('/a', '/b', true, uint64 0)]"));
        ck_assert(systemd_has_property("CPUAffinity=[byte 0x01, 0x02]"));
        /* whatever comes through: jobd's own is the last, which counts */
        ck_assert(g_ptr_array_find_with_equal_func(systemd.properties, "Type=oneshot", g_str_equal, &first));
        ck_assert(g_ptr_array_find_with_equal_func(systemd.properties, "Type=exec", g_str_equal, &last));
        ck_assert_uint_lt(first, last);
}
END_TEST

START_TEST(start_error) {
        systemd.start_error = "Unit jobd-7.service already exists.";
        start();
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert_str_eq(told.start_error, "Unit jobd-7.service already exists.");
        ck_assert(!told.end.known);
        ck_assert_uint_eq(told.n_running, 0);
        g_clear_pointer(&unit, unit_release);
        settle();
        /* it is somebody else's unit */
        ck_assert_uint_eq(systemd_n_calls("UnrefUnit") + systemd_n_calls("ResetFailedUnit"), 0);
        ck_assert(unit_driver_has_room(driver));
}
END_TEST

START_TEST(runs) {
        start();
        ck_assert_uint_eq(told.n_running + told.n_ended, 0); /* an accepted start is no start */
        systemd_unit_changed(7, "activating", 1);
        systemd_changed(7, "Service", "{sv}", "ExecMainPID", "u", 4711);
        settle();
        ck_assert_uint_eq(told.n_running, 0);
        systemd_unit_changed(7, "active", 0);
        settle();
        ck_assert_uint_eq(told.n_running, 1);
        ck_assert_int_eq(told.pid, 4711);
        systemd_unit_changed(7, "active", 0);
        settle();
        ck_assert_uint_eq(told.n_running, 1);
        ck_assert_uint_eq(told.n_ended, 0);
}
END_TEST

START_TEST(ends) {
        start();
        run();
        end("inactive", "success", CLD_EXITED, 0);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert(told.end.known);
        ck_assert_str_eq(told.end.result, "success");
        ck_assert_int_eq(told.end.main_code, CLD_EXITED);
        ck_assert_int_eq(told.end.main_status, 0);
        ck_assert_ptr_null(told.start_error);
        end("inactive", "success", CLD_EXITED, 0);
        ck_assert_uint_eq(told.n_ended, 1); /* once */
        g_clear_pointer(&unit, unit_release);
        settle();
        ck_assert_uint_eq(systemd_n_calls("UnrefUnit jobd-7.service"), 1);
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit"), 0);
}
END_TEST

START_TEST(fails) {
        start();
        run();
        end("failed", "core-dump", CLD_DUMPED, SIGSEGV);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert_str_eq(told.end.result, "core-dump");
        ck_assert_int_eq(told.end.main_code, CLD_DUMPED);
        ck_assert_int_eq(told.end.main_status, SIGSEGV);
        g_clear_pointer(&unit, unit_release);
        settle();
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit jobd-7.service"), 1);
        ck_assert_uint_eq(systemd_n_calls("UnrefUnit jobd-7.service"), 1);
}
END_TEST

START_TEST(ends_between_two_looks) {
        start();
        end("inactive", "success", CLD_EXITED, 0);
        ck_assert_uint_eq(told.n_running, 0);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert(told.end.known);
        ck_assert_int_eq(told.end.main_code, CLD_EXITED);
        ck_assert(unit_driver_has_room(driver));
}
END_TEST

/* A unit that waits for its systemd job is inactive, too. */
START_TEST(waits_for_its_job) {
        start();
        systemd_unit_changed(7, "inactive", 33);
        settle();
        ck_assert_uint_eq(told.n_ended, 0);
        systemd_unit_changed(7, "inactive", 0);
        settle();
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert(told.end.known);
        ck_assert_int_eq(told.end.main_code, 0); /* it never ran */
}
END_TEST

START_TEST(deactivating_is_no_end) {
        start();
        run();
        systemd_unit_changed(7, "deactivating", 0);
        settle();
        ck_assert_uint_eq(told.n_ended, 0);
        end("failed", "timeout", CLD_KILLED, SIGKILL);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert_str_eq(told.end.result, "timeout");
}
END_TEST

/* jobd ends, the job goes on: nothing may be said to systemd. */
START_TEST(release_of_a_running_unit) {
        start();
        run();
        g_clear_pointer(&unit, unit_release);
        settle();
        ck_assert_uint_eq(systemd_n_calls("UnrefUnit") + systemd_n_calls("ResetFailedUnit") +
                                          systemd_n_calls("StopUnit"),
                          0);
}
END_TEST

START_TEST(somebody_elses_signals) {
        start();
        systemd_unit_changed(8, "inactive", 0);
        systemd_changed(8, "Service", "{sv}", "ExecMainPID", "u", 1);
        systemd_changed(7, "Unit", "{sv}", "Names", "as", 1, "x"); /* nothing of interest */
        systemd_changed(7, "Service", "{sv}", "ExecMainPID", "s", "of a wrong type");
        settle();
        ck_assert_uint_eq(told.n_running + told.n_ended, 0);
        run();
        ck_assert_int_eq(told.pid, 4711);
}
END_TEST

static void have_unit(const char *active_state) {
        systemd.load_state = "loaded";
        systemd.description = "Job 7 of jobd (" UUID ")";
        systemd.active_state = active_state;
        systemd.result = "success";
}

/* All that anybody could say in systemd's name: to jobd (1) or to everybody (0). */
START_TEST(forged_signals) {
        sd_bus *forger = bus_connect(0);
        const char *forger_name, *jobd;

        ck_assert_int_ge(sd_bus_get_unique_name(forger, &forger_name), 0);
        ck_assert_int_ge(sd_bus_get_unique_name(bus, &jobd), 0);
        start();
        systemd.speaker = forger;
        systemd.destination = _i == 1 ? jobd : NULL;
        systemd_changed(7, "Service", "{sv}", "ExecMainPID", "u", 666);
        systemd_unit_changed(7, "active", 0);
        systemd_unit_changed(7, "failed", 0);
        forge_owner(forger, systemd.destination, "org.freedesktop.systemd1", forger_name);
        systemd_unit_changed(7, "failed", 0);
        systemd_reloading(false);
        bus_settle(forger, jobd);
        ck_assert_uint_eq(told.n_running + told.n_ended, 0);
        ck_assert_uint_eq(systemd_n_calls("GetAll"), 0);

        systemd.speaker = systemd.bus;
        systemd.destination = NULL;
        run();
        ck_assert_int_eq(told.pid, 4711);
        end("failed", "exit-code", CLD_EXITED, 3);
        ck_assert_uint_eq(told.n_ended, 1);
        sd_bus_flush_close_unref(forger);
}
END_TEST

START_TEST(reexec) {
        const char *jobd;
        sd_bus *before;

        ck_assert_int_ge(sd_bus_get_unique_name(bus, &jobd), 0);
        start();
        run();
        have_unit("active");
        before = systemd_reexec();
        settle();
        settle(); /* the question, and its answer */
        ck_assert_uint_eq(systemd_n_calls("GetAll"), 1);
        systemd.speaker = before; /* no systemd any more */
        systemd_unit_changed(7, "failed", 0);
        bus_settle(before, jobd);
        ck_assert_uint_eq(told.n_ended, 0);
        systemd.speaker = systemd.bus;
        end("failed", "exit-code", CLD_EXITED, 3);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert_int_eq(told.end.main_status, 3);
        sd_bus_flush_close_unref(before);
}
END_TEST

START_TEST(stop) {
        start();
        run();
        ck_assert_int_ge(unit_stop(unit), 0);
        settle();
        ck_assert_uint_eq(systemd_n_calls("StopUnit jobd-7.service replace"), 1);
}
END_TEST

/* The place of the first call that begins with `prefix`. */
static guint call_place(const char *prefix) {
        for (guint i = 0; i < systemd.calls->len; i++)
                if (g_str_has_prefix(g_ptr_array_index(systemd.calls, i), prefix))
                        return i;
        ck_abort_msg("no %s", prefix);
        return 0;
}

static void adopt(void) {
        ck_assert_int_ge(unit_adopt(driver, job_id(7), UUID, 0, &handler, NULL, &unit), 0);
        settle();
        /* first held, then asked */
        ck_assert_uint_eq(systemd_n_calls("RefUnit jobd-7.service"), 1);
        ck_assert_uint_eq(systemd_n_calls("GetAll"), 1);
        ck_assert_uint_lt(call_place("RefUnit"), call_place("GetAll"));
}

START_TEST(freezing) {
        start();
        run();
        ck_assert_uint_eq(told.n_freezer, 0);
        ck_assert_int_ge(unit_freeze(unit, true), 0);
        /* what systemd says before it answers may be older than the question */
        systemd_changed(7, "Unit", "{sv}", "FreezerState", "s", "running");
        settle();
        ck_assert_uint_eq(systemd_n_calls("FreezeUnit jobd-7.service"), 1);
        ck_assert_uint_eq(told.n_freezer, 1);
        ck_assert(told.frozen);
        ck_assert_int_ge(unit_freeze(unit, false), 0);
        settle();
        ck_assert_uint_eq(systemd_n_calls("ThawUnit jobd-7.service"), 1);
        ck_assert_uint_eq(told.n_freezer, 2);
        ck_assert(!told.frozen);
}
END_TEST

/* Words of systemd's FreezerState, and whether they tell anything of a unit that was not frozen. */
static const struct {
        const char *word;
        bool told;
} freezer_words[] = {
        { "running", false }, { "freezing", false },        { "frozen", true },
        { "thawing", false }, { "frozen-by-parent", true }, { "freezing-by-parent", false },
};

START_TEST(frozen_by_others) {
        start();
        run();
        systemd_changed(7, "Unit", "{sv}", "FreezerState", "s", freezer_words[_i].word);
        settle();
        ck_assert_uint_eq(told.n_freezer, freezer_words[_i].told);
        ck_assert(told.frozen == freezer_words[_i].told);
        systemd_changed(7, "Unit", "{sv}", "FreezerState", "s", "running");
        settle();
        ck_assert_uint_eq(told.n_freezer, freezer_words[_i].told ? 2 : 0);
        ck_assert(!told.frozen);
}
END_TEST

/* Nobody asked us. */
START_TEST(stop_by_others) {
        start();
        run();
        systemd_unit_changed(7, "active", 9); /* its stop is wanted */
        systemd_unit_changed(7, "deactivating", 9);
        settle();
        ck_assert_uint_eq(told.n_stopping, 1);
        systemd_unit_changed(7, "deactivating", 9);
        end("inactive", "success", CLD_EXITED, 0);
        ck_assert_uint_eq(told.n_stopping, 1);
        ck_assert_uint_eq(told.n_ended, 1);
}
END_TEST

/* What looks like it, and is none: the main process was gone before, systemd has a reason of its own, or we
 * asked. */
static const struct {
        const char *result;
        int code;
        bool ours;
} no_stops[] = {
        { "success", CLD_EXITED, false }, { "exit-code", CLD_EXITED, false },
        { "timeout", 0, false },          { "oom-kill", 0, false },
        { "success", 0, true },
};

START_TEST(no_stop_by_others) {
        start();
        run();
        if (no_stops[_i].ours)
                ck_assert_int_ge(unit_stop(unit), 0);
        systemd_changed(7, "Service", "{sv}{sv}", "Result", "s", no_stops[_i].result, "ExecMainCode", "i",
                        no_stops[_i].code);
        systemd_unit_changed(7, "deactivating", 9);
        settle();
        ck_assert_uint_eq(told.n_stopping, 0);
        end("failed", no_stops[_i].result, CLD_KILLED, SIGTERM);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert(!told.end.stopped);
}
END_TEST

/* All of it between two looks: whether it left its active state before its process had ended. */
static const struct {
        const char *result;
        uint64_t left, exited;
        bool stopped;
} times[] = {
        { "success", 100, 101, true },    { "exit-code", 100, 101, true }, { "signal", 100, 101, true },
        { "success", 101, 100, false },   { "success", 100, 100, false },  { "success", 0, 100, false },
        { "oom-kill", 100, 101, false },  { "timeout", 100, 101, false },  { "watchdog", 100, 101, false },
        { "resources", 100, 101, false },
};

START_TEST(times_tell_a_stop) {
        start();
        run();
        systemd_changed(7, "Service", "{sv}", "ExecMainExitTimestampMonotonic", "t", times[_i].exited);
        systemd_changed(7, "Unit", "{sv}", "ActiveExitTimestampMonotonic", "t", times[_i].left);
        end("inactive", times[_i].result, CLD_KILLED, SIGTERM);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert_int_eq(told.end.stopped, times[_i].stopped);
}
END_TEST

/* The second run is not ours, and its end not that of the job. _i: systemd told nothing in between. */
START_TEST(restart_by_others) {
        start();
        run();
        if (_i == 0) {
                systemd_unit_changed(7, "deactivating", 9);
                systemd_changed(7, "Service", "{sv}{sv}", "ExecMainCode", "i", CLD_KILLED, "ExecMainStatus",
                                "i", SIGTERM);
                systemd_unit_changed(7, "inactive", 9);
                settle();
                ck_assert_uint_eq(told.n_stopping, 1);
                ck_assert_uint_eq(told.n_ended, 0);
        }
        systemd_changed(7, "Service", "{sv}{sv}{sv}", "ExecMainPID", "u", 4712, "ExecMainCode", "i", 0,
                        "ExecMainStatus", "i", 0);
        systemd_unit_changed(7, "activating", 9);
        systemd_unit_changed(7, "active", 0);
        settle();
        ck_assert_uint_eq(told.n_running, 1);
        ck_assert_uint_eq(told.n_ended, 0);
        end("failed", "resources", CLD_EXITED, 208);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert_int_eq(told.end.known, _i == 0);
        if (_i == 0)
                ck_assert_int_eq(told.end.main_status, SIGTERM);
        else
                ck_assert(told.end.stopped);
        g_clear_pointer(&unit, unit_release);
        settle();
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit jobd-7.service"), 1);
}
END_TEST

START_TEST(going_down) {
        static const char path[] = "/org/freedesktop/systemd1/unit/shutdown_2etarget";

        ck_assert(!unit_driver_is_going_down(driver));
        systemd_job_changed(path, 5);
        settle();
        ck_assert(unit_driver_is_going_down(driver));
        systemd_job_changed(path, 0);
        settle();
        ck_assert(!unit_driver_is_going_down(driver));
}
END_TEST

START_TEST(adopts_a_running_unit) {
        have_unit("active");
        systemd.pid = 4711;
        adopt();
        ck_assert_uint_eq(told.n_running, 1);
        ck_assert_int_eq(told.pid, 4711);
        end("failed", "exit-code", CLD_EXITED, 3);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert_int_eq(told.end.main_status, 3);
}
END_TEST

START_TEST(adopts_an_ended_unit) {
        have_unit("failed");
        systemd.pid = 4711;
        systemd.result = "oom-kill";
        systemd.code = CLD_KILLED;
        systemd.status = SIGKILL;
        adopt();
        ck_assert_uint_eq(told.n_running, 0);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert(told.end.known);
        ck_assert_str_eq(told.end.result, "oom-kill");
        g_clear_pointer(&unit, unit_release);
        settle();
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit jobd-7.service"), 1);
}
END_TEST

START_TEST(adopts_nothing) {
        have_unit("inactive");
        if (_i == 0)
                systemd.load_state = "not-found";
        else if (_i == 1)
                systemd.load_state = NULL; /* an error */
        else if (_i == 2) {
                systemd.description = "Job 7 of jobd (" OTHER ")"; /* of an earlier installation */
                systemd.active_state = "active";
        } else
                systemd.description = UUID; /* as anybody could call his unit */
        adopt();
        ck_assert_uint_eq(told.n_running, 0);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert(!told.end.known);
        ck_assert_ptr_null(told.start_error);
        g_clear_pointer(&unit, unit_release);
        settle();
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit") + systemd_n_calls("StopUnit"), 0);
}
END_TEST

/* Signals are lost while PID 1 reloads: afterwards everything is looked at again. */
START_TEST(reload) {
        start();
        run();
        systemd_reloading(true);
        settle();
        ck_assert_uint_eq(systemd_n_calls("GetAll"), 0);
        have_unit("failed");
        systemd.result = "signal";
        systemd.code = CLD_KILLED;
        systemd.status = SIGHUP;
        systemd_reloading(false);
        settle();
        settle(); /* the question, and its answer */
        ck_assert_uint_eq(systemd_n_calls("GetAll"), 1);
        ck_assert_uint_eq(told.n_ended, 1);
        ck_assert(told.end.known);
        ck_assert_int_eq(told.end.main_status, SIGHUP);
}
END_TEST

START_TEST(reload_while_it_runs) {
        start();
        run();
        have_unit("active");
        systemd.pid = 4711;
        systemd_reloading(false);
        settle();
        settle();
        ck_assert_uint_eq(systemd_n_calls("GetAll"), 1);
        ck_assert_uint_eq(told.n_ended, 0);
        ck_assert_uint_eq(told.n_running, 1);
}
END_TEST

/* dbus-daemon refuses the 129th question of a connection. */
START_TEST(reload_with_many_units) {
        enum { N = 200 };
        Unit *units[N];
        guint asked;

        for (guint i = 0; i < N; i++) {
                UnitSettings settings = sample;

                settings.id = job_id(i + 1);
                units[i] = start_with(settings);
        }
        settle();
        have_unit("active");
        systemd.get_all_waits = true;
        systemd_reloading(false);
        settle();
        settle();
        asked = systemd_n_calls("GetAll");
        ck_assert_uint_gt(asked, 0);
        ck_assert_uint_le(asked, 64);
        /* those whose question is not needed any more make room */
        systemd.get_all_waits = false;
        for (guint i = 0; i < N / 2; i++)
                unit_release(units[i]);
        while (systemd_n_calls("GetAll") < N / 2)
                loop_turn();
        settle();
        ck_assert_uint_eq(told.n_ended, 0);
        for (guint i = N / 2; i < N; i++)
                unit_release(units[i]);
}
END_TEST

/* PID 1 is executed anew: that it says nothing does not mean that the job is over. */
START_TEST(no_answer_is_no_end) {
        static const char *const errors[] = { SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                              "org.freedesktop.DBus.Error.Spawn.ChildExited" };

        start();
        run();
        have_unit("active");
        systemd.get_all_error = errors[_i];
        systemd_reloading(false);
        settle();
        settle();
        ck_assert_uint_eq(told.n_ended, 0);
        systemd.get_all_error = NULL;
        systemd.active_state = "failed";
        loop_until(told.n_ended > 0);
        ck_assert_uint_eq(systemd_n_calls("GetAll"), 2);
        ck_assert(told.end.known);
}
END_TEST

/* PID 1 left the bus over it. Whether it had heard it is what GetAll tells; if not, it is told again, unless
 * the job was stopped meanwhile. */
START_TEST(start_without_an_answer) {
        systemd.start_error = "nobody there";
        systemd.start_error_name = SD_BUS_ERROR_NO_REPLY;
        systemd.start_error_once = true;
        have_unit("active");
        systemd.pid = 4711;
        if (_i > 0)
                systemd.load_state = "not-found";
        unit = start_with(sample);
        if (_i == 2)
                ck_assert_int_ge(unit_stop(unit), 0);
        for (int i = 0; i < 3; i++)
                settle();
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), _i == 1 ? 2 : 1);
        ck_assert_uint_eq(told.n_running, _i == 0);
        ck_assert_uint_eq(told.n_ended, _i == 2);
        ck_assert_uint_eq(unit_driver_has_room(driver), true);
}
END_TEST

START_TEST(start_refused_while_going_down) {
        systemd.start_error = "there is a stop job for its slice";
        systemd.start_error_name = "org.freedesktop.systemd1.TransactionIsDestructive";
        start();
        ck_assert_uint_eq(told.n_refused, 1);
        ck_assert_uint_eq(told.n_ended, 0);
        ck_assert_uint_eq(n_room, 2); /* that of the set-up, and now */
        settle();
        ck_assert_uint_eq(systemd_n_calls("UnrefUnit"),
                          1); /* otherwise it would exist when it is tried again */
}
END_TEST

START_TEST(stop_of_an_adopted_unit) {
        have_unit("active");
        if (_i == 1)
                systemd.description = "somebody else's";
        ck_assert_int_ge(unit_adopt(driver, job_id(7), UUID, 0, &handler, NULL, &unit), 0);
        ck_assert_int_ge(unit_stop(unit), 0);
        ck_assert_uint_eq(systemd_n_calls("StopUnit"), 0); /* whose is it? */
        settle();
        settle();
        ck_assert_uint_eq(systemd_n_calls("StopUnit jobd-7.service replace"), _i == 0);
}
END_TEST

/* What PID 1 had been told and not done when it was executed anew, it does not know any more. */
START_TEST(stop_is_said_again_after_a_reload) {
        start();
        run();
        ck_assert_int_ge(unit_stop(unit), 0);
        settle();
        have_unit("active");
        systemd_reloading(false);
        settle();
        settle();
        settle();
        ck_assert_uint_eq(systemd_n_calls("StopUnit jobd-7.service replace"), 2);
}
END_TEST

START_TEST(a_long_end_does_not_keep_others_from_starting) {
        start();
        systemd_changed(7, "Service", "{sv}", "ExecMainPID", "u", 4711);
        systemd_unit_changed(7, "deactivating", 0); /* active was not seen */
        settle();
        ck_assert_uint_eq(n_room, 2);
        ck_assert_uint_eq(told.n_ended, 0);
}
END_TEST

START_TEST(not_too_many_at_once) {
        Unit *units[UNIT_STARTING_MAX];
        guint before;

        for (guint i = 0; i < UNIT_STARTING_MAX; i++) {
                UnitSettings settings = sample;

                ck_assert(unit_driver_has_room(driver));
                settings.id = job_id(i + 1);
                units[i] = start_with(settings);
        }
        ck_assert(!unit_driver_has_room(driver));
        settle();
        ck_assert(!unit_driver_has_room(driver)); /* accepted, but not there yet */
        before = n_room;
        run(); /* number 7 */
        ck_assert(unit_driver_has_room(driver));
        ck_assert_uint_eq(n_room, before + 1);
        for (guint i = 0; i < UNIT_STARTING_MAX; i++)
                unit_release(units[i]);
        ck_assert(unit_driver_has_room(driver));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("unit-driver");
        TCase *tcase = tcase_create("unit-driver"), *bare = tcase_create("bare");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, set_up);
        tcase_add_test(tcase, what_systemd_is_told);
        tcase_add_test(tcase, values_and_raw_properties);
        tcase_add_test(tcase, start_error);
        tcase_add_test(tcase, runs);
        tcase_add_test(tcase, ends);
        tcase_add_test(tcase, fails);
        tcase_add_test(tcase, ends_between_two_looks);
        tcase_add_test(tcase, waits_for_its_job);
        tcase_add_test(tcase, deactivating_is_no_end);
        tcase_add_test(tcase, release_of_a_running_unit);
        tcase_add_test(tcase, somebody_elses_signals);
        tcase_add_loop_test(tcase, forged_signals, 0, 2);
        tcase_add_test(tcase, reexec);
        tcase_add_test(tcase, stop);
        tcase_add_test(tcase, freezing);
        tcase_add_loop_test(tcase, frozen_by_others, 0, G_N_ELEMENTS(freezer_words));
        tcase_add_test(tcase, stop_by_others);
        tcase_add_loop_test(tcase, no_stop_by_others, 0, G_N_ELEMENTS(no_stops));
        tcase_add_loop_test(tcase, times_tell_a_stop, 0, G_N_ELEMENTS(times));
        tcase_add_loop_test(tcase, restart_by_others, 0, 2);
        tcase_add_test(tcase, going_down);
        tcase_add_test(tcase, adopts_a_running_unit);
        tcase_add_test(tcase, adopts_an_ended_unit);
        tcase_add_loop_test(tcase, adopts_nothing, 0, 4);
        tcase_add_test(tcase, reload);
        tcase_add_test(tcase, reload_while_it_runs);
        tcase_add_test(tcase, reload_with_many_units);
        tcase_add_loop_test(tcase, no_answer_is_no_end, 0, 3);
        tcase_add_loop_test(tcase, start_without_an_answer, 0, 3);
        tcase_add_test(tcase, start_refused_while_going_down);
        tcase_add_loop_test(tcase, stop_of_an_adopted_unit, 0, 2);
        tcase_add_test(tcase, stop_is_said_again_after_a_reload);
        tcase_add_test(tcase, a_long_end_does_not_keep_others_from_starting);
        tcase_add_test(tcase, not_too_many_at_once);
        suite_add_tcase(suite, tcase);
        tcase_add_test(bare, set_up_fails);
        suite_add_tcase(suite, bare);
        return run_suite(suite);
}
