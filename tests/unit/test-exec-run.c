/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The whole of jobd-exec, with a journald and a jobd played by the test. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec-fake.h"
#include "exec/cgroup.h"
#include "exec/clock.h"
#include "exec/task.h"
#include "run.h"
#include "wire/control.h"
#include "wire/exec-spec.h"
#include "wire/exit-status.h"

#define UUID "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"

typedef struct Job {
        const char *const *argv;
        const char *directory; /* NULL: / */
        uint64_t allowed;      /* 0: no limit */
        const char *argument;  /* of jobd-exec */
        int input;             /* 0: /dev/null */
        bool no_control;       /* jobd is gone, and has left a socket to journald */
        bool away;             /* jobd answers nothing for a while */
        bool no_acks;
        bool again;       /* another jobd-exec had this spec */
        rlim_t file_max;  /* bytes that it may write to a file; 0: any */
        const char *cpus; /* of its caller; NULL: it is not limited as that */
        int early_signal; /* waits for jobd-exec before it has done anything */
        bool slow;        /* journald takes its time: the pipes are always full */
        bool lossy;       /* journald dies ten times with a record in its hands */
        bool replaced;    /* its socket is closed ten times, with what is queued */
        /* what came of it */
        pid_t pid;
        int control;
        unsigned int n_asks;
        unsigned int n_stalls;
        unsigned int patience; /* jobd says so often that journald is at work */
        bool no_answers;
        unsigned int n_starts;
        unsigned int n_large;
        uint8_t *bytes[2]; /* the streams, put together */
        size_t length[2];
        Record exit;
        unsigned int n_exits;
        ControlMessage done;
        char status[CONTROL_TEXT_MAX + 1];
        int wait_status;
} Job;

#define STREAM_MAX ((size_t) 8 * 1024 * 1024)

static Fake fake;
static Record record;

static void set_up(void) {
        fake_open(&fake);
        /* what jobd-exec leaves running ends up here, and with the test */
        ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
}

static void tear_down(void) {
        fake_close(&fake);
}

static int spec_of(const Job *job) {
        ExecSpecHeader header = { .magic = EXEC_SPEC_MAGIC,
                                  .job = { 7 },
                                  .stop_signal = SIGTERM,
                                  .umask = 027,
                                  .uuid = UUID,
                                  .n_env = 1,
                                  .allowed = job->allowed != 0 ? job->allowed : UINT64_MAX };
        static char strings[4096];
        size_t at = 0;
        int fd;

        at += (size_t) sprintf(strings, "%s", job->directory != NULL ? job->directory : "/") + 1;
        for (; job->argv[header.n_argv] != NULL; header.n_argv++)
                at += (size_t) sprintf(strings + at, "%s", job->argv[header.n_argv]) + 1;
        at += (size_t) sprintf(strings + at, "PATH=/usr/bin:/bin") + 1;
        if (job->cpus != NULL) {
                ExecLimits limits = EXEC_LIMITS_NONE;

                (void) strcpy(limits.cpus, job->cpus);
                memcpy(strings + at, &limits, sizeof(limits));
                at += sizeof(limits);
                header.flags |= EXEC_SPEC_LIMITS;
        }
        header.size = (uint32_t) (sizeof(header) + at);

        fd = memfd_create("spec", MFD_ALLOW_SEALING | MFD_CLOEXEC);
        ck_assert_int_eq(write(fd, &header, sizeof(header)), sizeof(header));
        ck_assert_int_eq(write(fd, strings, at), (ssize_t) at);
        ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
        ck_assert_int_eq(lseek(fd, job->again ? EXEC_SPEC_TAKEN : 0, SEEK_SET),
                         job->again ? EXEC_SPEC_TAKEN : 0);
        return fd;
}

static _Noreturn void be_jobd_exec(const Job *job, int spec, int control) {
        char name[] = "jobd-exec", argument[128] = "";
        char *argv[] = { name, job->argument != NULL ? argument : NULL, NULL };
        int input = job->input > 0 ? job->input : open("/dev/null", O_RDONLY);

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
        if (job->argument != NULL)
                (void) snprintf(argument, sizeof(argument), "%s", job->argument);
        if (job->file_max > 0)
                (void) setrlimit(RLIMIT_FSIZE, &(struct rlimit){ job->file_max, job->file_max });
        if (job->early_signal > 0) {
                sigset_t all;

                (void) sigfillset(&all);
                (void) sigprocmask(SIG_BLOCK, &all, NULL);
                (void) kill(getpid(), job->early_signal);
        }
        if (dup2(spec, 0) < 0 || dup2(control, 1) < 0 || dup2(input, 2) < 0)
                _exit(99);
        (void) syscall(SYS_close_range, 3U, ~0U, 0U);
        (void) alarm(0);
        _exit(exec_run(&fake.config, job->argument != NULL ? 2 : 1, argv));
}

static void job_start(Job *job) {
        int pair[2], spec = spec_of(job);

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        for (int i = 0; i < 2; i++) {
                job->bytes[i] = malloc(STREAM_MAX);
                ck_assert_ptr_nonnull(job->bytes[i]);
        }
        fake_supply(&fake, pair[0]);
        job->pid = fork();
        ck_assert_int_ge(job->pid, 0);
        if (job->pid == 0)
                be_jobd_exec(job, spec, pair[1]);
        (void) close(pair[1]);
        (void) close(spec);
        job->control = pair[0];
        if (job->no_control) {
                (void) close(job->control);
                job->control = -1;
        }
}

static void job_tell(Job *job, uint32_t type, uint32_t arg, uint64_t allowed) {
        ControlMessage message = { .type = type, .arg = arg, .bytes = { 0, allowed } };

        /* it may have ended meanwhile */
        ck_assert(send(job->control, &message, sizeof(message), MSG_NOSIGNAL) >= 0 || errno == EPIPE);
}

/* As jobd's reader: what is below the next offset is a repeat, what is above waits for its replay. */
static void take_record(Job *job) {
        size_t length;
        const uint8_t *message;
        int stream, newline;

        fake_receive(&fake, &record);
        if (record.length == 0)
                return;
        ck_assert(record_has(&record, "JOBD_JOB", UUID));
        job->n_large += record.large;
        if (record_has(&record, "MESSAGE_ID", "4eb2afc3f92c4da984c80c83552d665e")) {
                job->exit = record;
                job->n_exits++;
        }
        if (!record_has(&record, "MESSAGE_ID", "42cbaf9d7c3e4058b2e4ee9bee31aa5e"))
                return;
        stream = record_has(&record, "JOBD_STREAM", "stderr");
        if (record_number(&record, "JOBD_OFFSET") != job->length[stream])
                return;
        message = record_field(&record, "MESSAGE", &length);
        newline = record_has(&record, "JOBD_NEWLINE", "1");
        /* what does not fit any more is a flood, of which the length alone counts */
        if (job->length[stream] + length + newline <= STREAM_MAX) {
                memcpy(job->bytes[stream] + job->length[stream], message, length);
                if (newline)
                        job->bytes[stream][job->length[stream] + length] = '\n';
        }
        job->length[stream] += length + newline;
}

/* False when jobd-exec has closed the socket. */
static bool take_message(Job *job) {
        struct {
                ControlMessage message;
                char text[CONTROL_TEXT_MAX];
        } packet;
        ssize_t n = recv(job->control, &packet, sizeof(packet), 0);

        if (n <= 0)
                return false;
        switch (packet.message.type) {
        case CONTROL_HINT:
                if (!job->no_acks)
                        job_tell(job, CONTROL_ACK, 0, UINT64_MAX);
                break;
        case CONTROL_STATUS:
                n -= (ssize_t) sizeof(packet.message);
                memcpy(job->status, packet.text, (size_t) n);
                job->status[n] = '\0';
                break;
        case CONTROL_DONE:
                job->done = packet.message;
                break;
        case CONTROL_NEED_JOURNAL:
                job->n_asks++;
                if (!job->away)
                        fake_supply(&fake, job->control);
                break;
        case CONTROL_STALLED:
                ck_assert_uint_ge(packet.message.bytes[0], fake.config.patience);
                job->n_stalls++;
                if (!job->no_answers)
                        job_tell(job, CONTROL_PATIENCE, job->n_stalls <= job->patience, 0);
                break;
        case CONTROL_STARTED:
                job->n_starts++;
                break;
        default:
                ck_assert_uint_eq(packet.message.type, CONTROL_HELLO);
        }
        return true;
}

static void lose_queue(void) {
        fake_unbind(&fake);
        fake_bind(&fake);
}

static void lose_record(void) {
        fake_receive(&fake, &record);
        fake_kill(&fake);
        fake_start(&fake);
}

/* Plays journald and jobd until jobd-exec has ended, or has sent `until` bytes of output. */
static void job_play(Job *job, size_t until) {
        unsigned int n_records = 0, n_deaths = 0;
        int end = (int) syscall(SYS_pidfd_open, job->pid, 0);

        while (until == 0 || job->length[0] + job->length[1] < until) {
                struct pollfd fds[] = {
                        { .fd = fake.fd, .events = POLLIN },
                        { .fd = job->control, .events = POLLIN },
                        { .fd = end, .events = POLLIN },
                };

                ck_assert_msg(poll(fds, 3, 20000) > 0, "nothing happens any more");
                if (fds[0].revents != 0) {
                        if (job->slow)
                                (void) poll(NULL, 0, 2);
                        /* ever later: a death before the window is through again costs all of it again */
                        if (job->replaced && n_deaths < 10 && ++n_records == 3 + n_deaths) {
                                n_records = 0;
                                n_deaths++;
                                lose_queue();
                        } else if (job->lossy && n_deaths < 10 && ++n_records == 10 + n_deaths * 40) {
                                n_records = 0;
                                n_deaths++;
                                lose_record();
                        } else
                                take_record(job);
                } else if (fds[1].revents != 0) {
                        if (!take_message(job)) {
                                (void) close(job->control);
                                job->control = -1;
                        }
                } else if (fds[2].revents != 0)
                        break;
        }
        (void) close(end);
}

static void job_finish(Job *job) {
        job_play(job, 0);
        ck_assert_int_eq(waitpid(job->pid, &job->wait_status, 0), job->pid);
}

static void job_free(Job *job) {
        if (job->control >= 0)
                (void) close(job->control);
        free(job->bytes[0]);
        free(job->bytes[1]);
}

static void job_run(Job *job) {
        job_start(job);
        job_finish(job);
}

#define SHELL(script) ((const char *const[]){ "sh", "-c", script, NULL })

static void assert_stream(const Job *job, int stream, const char *expected) {
        ck_assert_uint_eq(job->length[stream], strlen(expected));
        ck_assert_mem_eq(job->bytes[stream], expected, strlen(expected));
}

START_TEST(bytes_arrive) {
        static const char out[] = "a\n\n  b  \n\tc\r\n\nendbin\1\377\0x\n";
        Job job = { .argv = SHELL("printf 'a\\n\\n  b  \\n\\tc\\r\\n\\nend'; echo err >&2; printf "
                                  "'bin\\1\\377\\0x\\n'; "
                                  "printf no-newline >&2; exit 3"),
                    .argument = "--job=" UUID };

        job_run(&job);
        ck_assert_uint_eq(job.length[0], sizeof(out) - 1);
        ck_assert_mem_eq(job.bytes[0], out, sizeof(out) - 1);
        assert_stream(&job, 1, "err\nno-newline");
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert_uint_eq(record_number(&job.exit, "JOBD_WAIT_STATUS"), 3 << 8);
        ck_assert_uint_eq(record_number(&job.exit, "JOBD_STDOUT_BYTES"), job.length[0]);
        ck_assert_uint_eq(record_number(&job.exit, "JOBD_STDERR_BYTES"), job.length[1]);
        ck_assert_uint_eq(job.done.type, CONTROL_DONE);
        ck_assert_uint_eq(job.done.arg, 0);
        ck_assert_uint_eq(job.done.bytes[0], job.length[0]);
        ck_assert(WIFEXITED(job.wait_status));
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), 3);
        job_free(&job);
}
END_TEST

#define FLOOD                                                                                         \
        "i=0; while [ $i -lt 6000 ]; do printf '%0500d\\n' $i; [ $((i % 100)) = 0 ] && echo $i >&2; " \
        "i=$((i + 1)); done"

/* The same, by a program that writes as fast as it is read. */
#define FAST_FLOOD "seq -f %0500.0f 0 5999; seq 0 100 5999 >&2"

static void assert_flood(const Job *job) {
        char line[512];

        ck_assert_uint_eq(job->length[0], 6000 * 501);
        for (int i = 0; i < 6000; i++) {
                (void) snprintf(line, sizeof(line), "%0500d\n", i);
                ck_assert_mem_eq(job->bytes[0] + 501 * i, line, 501);
        }
        ck_assert_uint_eq(record_number(&job->exit, "JOBD_STDOUT_BYTES"), job->length[0]);
        ck_assert_uint_eq(record_number(&job->exit, "JOBD_STDERR_BYTES"), job->length[1]);
}

START_TEST(a_flood_arrives) {
        Job job = { .argv = SHELL(FLOOD), .lossy = _i == 1, .no_control = _i == 2 };

        job_run(&job);
        assert_flood(&job);
        ck_assert_int_eq(job.wait_status, 0);
        job_free(&job);
}
END_TEST

/* Large records; and journald dies with one in its hands, and with small ones before and behind it. */
START_TEST(a_fast_flood_arrives) {
        Job job = { .argv = SHELL(FAST_FLOOD),
                    .slow = true,
                    .lossy = _i == 1,
                    .no_control = _i == 2,
                    .replaced = _i == 3 };

        job_run(&job);
        ck_assert_uint_gt(job.n_large, 1);
        assert_flood(&job);
        ck_assert_int_eq(job.wait_status, 0);
        job_free(&job);
}
END_TEST

/* A file may not be so large: the command is not to be told by a signal. */
START_TEST(no_large_records) {
        Job job = { .argv = SHELL(FAST_FLOOD), .slow = true, .file_max = 100000 };

        job_run(&job);
        ck_assert_uint_eq(job.n_large, 0);
        assert_flood(&job);
        ck_assert_int_eq(job.wait_status, 0);
        job_free(&job);
}
END_TEST

/* Descriptors, session, signals, umask, directory, environment: nothing of jobd-exec's own is left in
 * them. */
START_TEST(what_the_command_gets) {
        char expected[256], script[512];
        Job job = { .argv = SHELL(script), .directory = "/usr" };
        int input[2];

        ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
        ck_assert_int_eq(write(input[1], "from the caller\n", 16), 16);
        (void) close(input[1]);
        job.input = input[0];
        (void) snprintf(script, sizeof(script), "%s",
                        "cat; pwd; umask; ls /proc/$$/fd; sed -n '/^Sig[BI]/s/.*\t//p' /proc/self/status; "
                        "[ \"$(ps -o sid= -p $$ | tr -d ' ')\" = $$ ] && echo session; "
                        "echo $JOBD_ID $JOBD_JOB ${NOTIFY_SOCKET%%[0-9a-f]*} $PATH; kill 0");
        job_run(&job);
        (void) snprintf(expected, sizeof(expected),
                        "from the caller\n/usr\n0027\n0\n1\n2\n"
                        "0000000000000000\n0000000000000000\nsession\n"
                        "7 " UUID " @ /usr/bin:/bin\n");
        job.bytes[0][job.length[0]] = '\0';
        ck_assert_str_eq((char *) job.bytes[0], expected);
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert(WIFSIGNALED(job.wait_status));
        ck_assert_int_eq(WTERMSIG(job.wait_status), SIGTERM);
        (void) close(input[0]);
        job_free(&job);
}
END_TEST

/* jobd-exec does not hold the command's standard input: who feeds it sees when it is closed. */
START_TEST(input_is_the_commands_alone) {
        Job job = { .argv = SHELL("exec <&-; echo closed; read x < /dev/null; sleep 1000") };
        struct pollfd fd;
        int input[2];

        ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
        job.input = input[0];
        job_start(&job);
        (void) close(input[0]);
        job_play(&job, strlen("closed\n"));
        fd = (struct pollfd){ .fd = input[1], .events = 0 };
        ck_assert_int_eq(poll(&fd, 1, 10000), 1);
        ck_assert_int_ne(fd.revents & POLLERR, 0);
        job_tell(&job, CONTROL_KILL, SIGKILL, 0);
        job_finish(&job);
        (void) close(input[1]);
        job_free(&job);
}
END_TEST

static const struct {
        const char *argv0, *directory, *cpus, *step;
        int error, status;
} failures[] = {
        { "/nonexistent/program", NULL, NULL, "exec", ENOENT, EXEC_EXIT_EXEC },
        { "no-such-program", NULL, NULL, "exec", ENOENT, EXEC_EXIT_EXEC },
        { "", NULL, NULL, "exec", ENOENT, EXEC_EXIT_EXEC },
        { "/", NULL, NULL, "exec", EACCES, EXEC_EXIT_EXEC },
        { "true", "/nonexistent", NULL, "chdir", ENOENT, EXEC_EXIT_CHDIR },
        { "true", "/dev/null", NULL, "chdir", ENOTDIR, EXEC_EXIT_CHDIR },
        { "true", NULL, "no list", "limits", EBADMSG, EXEC_EXIT_EXEC },
};

START_TEST(cannot_be_executed) {
        Job job = { .argv = (const char *const[]){ failures[_i].argv0, NULL },
                    .directory = failures[_i].directory,
                    .cpus = failures[_i].cpus };
        size_t length;

        job_run(&job);
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert_uint_eq(job.n_starts, 0);
        ck_assert(record_has(&job.exit, "JOBD_STEP", failures[_i].step));
        ck_assert_uint_eq(record_number(&job.exit, "JOBD_ERRNO"), (uint64_t) failures[_i].error);
        ck_assert_ptr_null(record_field(&job.exit, "JOBD_WAIT_STATUS", &length));
        ck_assert(WIFEXITED(job.wait_status));
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), failures[_i].status);
        job_free(&job);
}
END_TEST

/* As under a shell: a script without "#!" is run by sh, and a word without a slash is looked for in PATH. */
START_TEST(script_without_interpreter) {
        char path[128];
        Job job = { .argv = (const char *const[]){ "./script", "arg", NULL }, .directory = fake.dir };
        FILE *file;

        (void) snprintf(path, sizeof(path), "%s/script", fake.dir);
        file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        (void) fputs("echo \"$1\"\n", file);
        ck_assert_int_eq(fchmod(fileno(file), 0755), 0);
        ck_assert_int_eq(fclose(file), 0);
        job_run(&job);
        assert_stream(&job, 0, "arg\n");
        (void) unlink(path);
        job_free(&job);
}
END_TEST

/* A program for another processor, and files that are no text: no shell gets to see them. */
static const struct {
        const char *bytes;
        size_t length;
        int error;
} files[] = {
        { "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0\ntouch started\n", 35, ENOEXEC },
        { "\177ELF\ntouch started\n", 20, ENOEXEC },
        { "\0\0\0\0\ntouch started\n", 19, ENOEXEC },
        { "\0", 1, ENOEXEC },
        { "#!/no/such/interpreter\n", 23, ENOENT },
};

START_TEST(no_text_no_shell) {
        char path[128];
        Job job = { .argv = (const char *const[]){ "./file", NULL }, .directory = fake.dir };
        FILE *file;

        (void) snprintf(path, sizeof(path), "%s/file", fake.dir);
        file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(files[_i].bytes, 1, files[_i].length, file), files[_i].length);
        ck_assert_int_eq(fchmod(fileno(file), 0755), 0);
        ck_assert_int_eq(fclose(file), 0);
        job_run(&job);
        ck_assert(record_has(&job.exit, "JOBD_STEP", files[_i].error == ENOENT ? "interpreter" : "exec"));
        ck_assert_uint_eq(record_number(&job.exit, "JOBD_ERRNO"), (uint64_t) files[_i].error);
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), EXEC_EXIT_EXEC);
        (void) unlink(path);
        (void) snprintf(path, sizeof(path), "%s/started", fake.dir);
        ck_assert_int_lt(access(path, F_OK), 0);
        job_free(&job);
}
END_TEST

static const int early[] = { SIGTERM, SIGHUP, SIGINT };

START_TEST(cancelled) {
        Job job = { .argv = SHELL("echo started"), .early_signal = early[_i] };

        job_run(&job);
        ck_assert_uint_eq(job.length[0], 0);
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert(record_has(&job.exit, "JOBD_CANCELLED", "1"));
        ck_assert(WIFSIGNALED(job.wait_status));
        ck_assert_int_eq(WTERMSIG(job.wait_status), SIGTERM);
        job_free(&job);
}
END_TEST

START_TEST(not_cancelled_by_others) {
        Job job = { .argv = SHELL("echo started"), .early_signal = SIGUSR1 };

        job_run(&job);
        assert_stream(&job, 0, "started\n");
        ck_assert_int_eq(job.wait_status, 0);
        job_free(&job);
}
END_TEST

/* systemd tells TERM to all processes: jobd-exec goes on as long as the command, and passes nothing on
 * twice. */
START_TEST(goes_on_after_term) {
        Job job = {
                .argv = SHELL("trap 'echo got TERM' TERM; trap 'echo got USR1; exit 5' USR1; echo ready; "
                              "while :; do sleep 1000 & wait; kill $!; done")
        };

        job_start(&job);
        job_play(&job, strlen("ready\n"));
        ck_assert_int_eq(kill(job.pid, SIGTERM), 0);
        ck_assert_int_eq(kill(job.pid, SIGHUP), 0);
        ck_assert_int_eq(kill(job.pid, SIGINT), 0);
        ck_assert_int_eq(kill(job.pid, SIGCONT), 0);
        ck_assert_int_eq(kill(job.pid, SIGPIPE), 0);
        ck_assert_int_eq(kill(job.pid, SIGUSR1), 0);
        job_finish(&job);
        assert_stream(&job, 0, "ready\ngot USR1\n");
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), 5);
        job_free(&job);
}
END_TEST

/* systemd's way to stop a unit, and what is not it: one signal alone, or somebody else's. */
static const struct {
        int signals[2];
        bool stopped, of_others;
} stops[] = {
        { { SIGTERM, SIGCONT }, true, false },  { { SIGUSR2, SIGCONT }, true, false },
        { { SIGTERM, SIGTERM }, false, false }, { { SIGCONT, SIGCONT }, false, false },
        { { SIGTERM, SIGCONT }, false, true },
};

START_TEST(what_a_stop_is) {
        Job job = { .argv = SHELL("trap 'exit 5' USR1; trap : USR2; echo ready; "
                                  "while :; do sleep 1000 & wait; kill $!; done") };

        if (stops[_i].of_others)
                fake.config.manager = 1;
        job_start(&job);
        job_play(&job, strlen("ready\n"));
        ck_assert_int_eq(kill(job.pid, stops[_i].signals[0]), 0);
        ck_assert_int_eq(kill(job.pid, stops[_i].signals[1]), 0);
        job_tell(&job, CONTROL_KILL, SIGUSR1, 0);
        job_finish(&job);
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), 5);
        ck_assert_int_eq(record_has(&job.exit, "JOBD_STOPPED", "1"), stops[_i].stopped);
        job_free(&job);
}
END_TEST

START_TEST(kill_over_control) {
        Job job = { .argv = SHELL("trap 'echo got TERM; exit 6' TERM; echo ready; while :; do sleep 1000 & "
                                  "wait; done") };

        job_start(&job);
        job_play(&job, strlen("ready\n"));
        job_tell(&job, CONTROL_KILL, SIGTERM, 0);
        job_finish(&job);
        assert_stream(&job, 0, "ready\ngot TERM\n");
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), 6);
        ck_assert_uint_eq(job.n_starts, 1);
        job_free(&job);
}
END_TEST

/* It runs as the same user, and so may set our limits. */
START_TEST(limits_are_taken_away) {
        Job job = { .argv = SHELL("prlimit --pid $PPID --nofile=0 --fsize=0 --nproc=0 --as=1 && echo taken; "
                                  "sleep 0.1; echo more >&2; exit 3") };

        job_run(&job);
        assert_stream(&job, 0, "taken\n");
        assert_stream(&job, 1, "more\n");
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), 3);
        job_free(&job);
}
END_TEST

static void wait_for_end(pid_t pid) {
        siginfo_t info;

        ck_assert_int_eq(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), 0);
}

/* Whoever is asked only when it has ended says the same: whether it ran at all. */
static const struct {
        const char *program;
        bool runs;
} beginnings[] = { { "/bin/true", true }, { "/nonexistent", false } };

START_TEST(what_cannot_be_executed_never_starts) {
        char name[16], *argv[] = { name, NULL }, *env[] = { NULL };
        const int out[] = { 1, 2 };
        Spec spec = { .directory = "/", .argv = argv };
        Task task = { .pipes = PIPES_NONE };
        Command *command = &task.command;

        (void) strcpy(name, beginnings[_i].program);
        ck_assert_int_eq(command_fork(command, &spec, env, 0, out), 0);
        ck_assert(!command_starts(command)); /* it is not let go yet */
        command_go(command);
        wait_for_end(command->pid);
        ck_assert_ptr_eq(task_reap(&task, 1), &task);
        ck_assert_int_eq(task.report.ending, beginnings[_i].runs ? ENDING_WAITED : ENDING_FAILED);
        ck_assert_int_eq(command_starts(command), beginnings[_i].runs);
        ck_assert(!command_starts(command));
        (void) close(command->gate);
}
END_TEST

/* Each task is told of its own command's end, once; in whatever order they are reaped. */
START_TEST(each_end_is_its_own_tasks) {
        char good[] = "/bin/true", bad[] = "/bin/false";
        char *argv[][2] = { { bad, NULL }, { good, NULL } }, *env[] = { NULL };
        const int out[] = { 1, 2 }, status[] = { 1, 0 };
        Task tasks[2] = { { .pipes = PIPES_NONE }, { .pipes = PIPES_NONE } }, *task;
        bool seen[2] = { false, false };

        for (int i = 1; i >= 0; i--) {
                Spec spec = { .directory = "/", .argv = argv[i] };

                ck_assert_int_eq(command_fork(&tasks[i].command, &spec, env, 0, out), 0);
                command_go(&tasks[i].command);
        }
        ck_assert(!tasks_have_ended(tasks, 2));
        wait_for_end(tasks[0].command.pid);
        wait_for_end(tasks[1].command.pid);

        while ((task = task_reap(tasks, 2)) != NULL) {
                ptrdiff_t i = task - tasks;

                ck_assert(!seen[i]);
                seen[i] = true;
                ck_assert_int_eq(tasks_have_ended(tasks, 2), seen[0] && seen[1]);
                ck_assert_int_eq(task->report.ending, ENDING_WAITED);
                ck_assert_int_eq(WEXITSTATUS(task->report.wait_status), status[i]);
                (void) close(task->command.gate);
        }
        ck_assert(seen[0] && seen[1]);
}
END_TEST

static const int deaths[] = { SIGSEGV, SIGKILL, SIGPIPE, SIGHUP, 64 };

START_TEST(ends_by_the_same_signal) {
        char script[64];
        Job job = { .argv = SHELL(script) };

        (void) snprintf(script, sizeof(script), "ulimit -c 0; kill -%d $$", deaths[_i]);
        job_run(&job);
        ck_assert_uint_eq(record_number(&job.exit, "JOBD_WAIT_STATUS") & 0x7f, (uint64_t) deaths[_i]);
        ck_assert(WIFSIGNALED(job.wait_status));
        ck_assert_int_eq(WTERMSIG(job.wait_status), deaths[_i]);
        ck_assert(!WCOREDUMP(job.wait_status));
        job_free(&job);
}
END_TEST

/* A shell's process substitutions end a little after it. */
START_TEST(helpers_are_waited_for) {
        Job job = { .argv = (const char *const[]){ "bash", "-c",
                                                   "exec > >(while read -r line; do echo \"$line\"; sleep "
                                                   "0.02; done | cat) 2>&1; "
                                                   "echo working; echo result >&2; exit 7",
                                                   NULL } };

        fake.config.look = 4 * USEC_PER_SEC; /* the machine may be busy: they end by themselves */
        job_run(&job);
        assert_stream(&job, 0, "working\nresult\n");
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert_uint_eq(record_number(&job.exit, "JOBD_STDOUT_BYTES"), job.length[0]);
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), 7);
        job_free(&job);
}
END_TEST

/* Of a helper at the end of the queue for one processor, which two others want all the time. $0: the cgroup
 * in which it is alone, $1: the processor. */
static const char starved[] =
                "mkdir -p \"$0\"; for n in 1 2; do "
                "timeout 60 taskset -c $1 sh -c 'while :; do :; done' >/dev/null 2>&1 & echo $!; done "
                ">\"$0/busy\"; "
                "exec > >(echo $BASHPID >\"$0/cgroup.threads\"; exec nice -n 19 taskset -c $1 bash -c "
                "'while read -r line; do for ((n = 0; n < 3000; n++)); do :; done; echo \"$line\"; done'); "
                "until [ -s \"$0/cgroup.threads\" ]; do sleep 0.01; done; echo working; echo result";

/* Whoever would work and is not let is not silent. */
START_TEST(a_starved_helper_is_waited_for) {
        char *own = cgroup_own_path(), directory[512], processor[16], path[600], text[128];
        Job job = { .argv = (const char *const[]){ "bash", "-c", starved, directory, processor, NULL } };
        int busy[2];
        FILE *file;

        (void) snprintf(directory, sizeof(directory), "%s/%s", fake.dir, own != NULL ? own : "");
        (void) snprintf(processor, sizeof(processor), "%d", sched_getcpu());
        job_run(&job);

        (void) snprintf(path, sizeof(path), "%s/busy", directory);
        file = fopen(path, "re");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fscanf(file, "%d %d", &busy[0], &busy[1]), 2);
        (void) fclose(file);
        for (int i = 0; i < 2; i++) {
                ck_assert_int_eq(kill(busy[i], SIGTERM), 0);
                ck_assert_int_eq(waitpid(busy[i], NULL, 0), busy[i]);
        }
        (void) snprintf(text, sizeof(text), "rm -rf %s/*", fake.dir);
        ck_assert_int_eq(system(text), 0);

        assert_stream(&job, 0, "working\nresult\n");
        job_free(&job);
        free(own);
}
END_TEST

/* jobd allows no more, and helpers have more than a little: what they cannot get rid of is counted. */
START_TEST(helpers_beyond_the_limit) {
        Job job = { .argv = SHELL("{ sleep 0.02; exec head -c 3000000 /dev/zero; } & printf 123456"),
                    .allowed = 5,
                    .no_acks = true };

        fake.config.look = 60000;
        job_run(&job);
        ck_assert_uint_ge(job.length[0], 1024 * 1024);
        ck_assert_uint_lt(job.length[0], 3000000);
        ck_assert_uint_gt(record_number(&job.exit, "JOBD_STDOUT_BYTES"), job.length[0]);
        ck_assert_int_eq(job.wait_status, 0);
        job_free(&job);
}
END_TEST

/* What the command has written before its end counts, whoever else holds the pipe, and even if that one
 * never stops writing. */
#define SILENT_HOLDER "sleep 1000 & echo last; printf end >&2"
#define ENDLESS       "yes & head -c 1000000 /dev/zero; exit 0"

/* A child of ours that is not journald; 0: there is none. */
static pid_t other_child(void) {
        char path[64];
        pid_t other = 0;
        FILE *file;
        int child;

        (void) snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int) getpid());
        file = fopen(path, "re");
        ck_assert_ptr_nonnull(file);
        while (fscanf(file, "%d", &child) == 1)
                if (child != fake.process)
                        other = child;
        (void) fclose(file);
        return other;
}

/* The holder is ours now: end it. The one that writes has got SIGPIPE, and jobd-exec may have seen that. */
static void end_holder(bool writes) {
        pid_t holder = other_child();

        if (!writes)
                ck_assert_int_eq(kill(holder, SIGKILL), 0);
        if (!writes || holder > 0)
                ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
        ck_assert_int_eq(other_child(), 0);
}

/* How much was cut off, which is counted. */
static uint64_t cut_off_endless(void) {
        Job job = { .argv = SHELL(ENDLESS), .slow = true };
        uint64_t counted;

        job_run(&job);
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert_int_eq(job.wait_status, 0);
        ck_assert_uint_ge(job.length[0], 1000000);
        counted = record_number(&job.exit, "JOBD_STDOUT_BYTES");
        ck_assert_uint_ge(counted, job.length[0]);
        counted -= job.length[0];
        end_holder(true);
        job_free(&job);
        return counted;
}

START_TEST(does_not_wait_for_who_writes) {
        /* on a busy machine it may just have written nothing */
        for (int i = 0; i < 5; i++)
                if (cut_off_endless() > 0)
                        return;
        ck_abort_msg("nothing of an endless output was cut off");
}
END_TEST

START_TEST(does_not_wait_for_others) {
        Job job = { .argv = SHELL(SILENT_HOLDER), .slow = true };

        job_run(&job);
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert_int_eq(job.wait_status, 0);
        ck_assert_uint_eq(record_number(&job.exit, "JOBD_STDOUT_BYTES"), job.length[0]);
        assert_stream(&job, 0, "last\n");
        assert_stream(&job, 1, "end");
        end_holder(false);
        job_free(&job);
}
END_TEST

/* Not one byte more than allowed is read, until jobd allows more. */
START_TEST(flow_control) {
        Job job = { .argv = SHELL("printf 123456789; echo 0; echo errors >&2; exec sleep 1000"),
                    .allowed = 5,
                    .no_acks = true };

        job_start(&job);
        job_play(&job, 5);
        assert_stream(&job, 0, "12345");
        job_tell(&job, CONTROL_ACK, 0, 7);
        job_play(&job, 7);
        ck_assert_uint_eq(job.length[0] + job.length[1], 7);
        job_tell(&job, CONTROL_ACK, 0, UINT64_MAX);
        job_play(&job, 18);
        assert_stream(&job, 0, "1234567890\n");
        assert_stream(&job, 1, "errors\n");
        job_tell(&job, CONTROL_KILL, SIGKILL, 0);
        job_finish(&job);
        job_free(&job);
}
END_TEST

/* jobd goes for good: no limit any more. */
START_TEST(flow_without_jobd) {
        Job job = { .argv = SHELL(FLOOD), .allowed = 1000, .no_acks = true };

        job_start(&job);
        job_play(&job, 1000);
        ck_assert_uint_eq(job.length[0] + job.length[1], 1000);
        (void) close(job.control);
        job.control = -1;
        job_finish(&job);
        assert_flood(&job);
        job_free(&job);
}
END_TEST

/* When the command has ended there is nobody to hold back: the rest of the pipe comes whatever is
 * allowed. */
START_TEST(flow_at_the_end) {
        Job job = { .argv = SHELL("echo 1234567890; echo errors >&2"), .allowed = 5, .no_acks = true };

        job_run(&job);
        assert_stream(&job, 0, "1234567890\n");
        assert_stream(&job, 1, "errors\n");
        job_free(&job);
}
END_TEST

/* It comes while jobd-exec waits for it; and what jobd has said meanwhile counts. */
START_TEST(journal_comes_later) {
        Job job = { .argv = SHELL("echo started; kill -STOP $$; exec sleep 1000") };

        fake_unbind(&fake);
        job_start(&job);
        while (job.n_asks < 3)
                ck_assert(take_message(&job));
        if (_i == 1)
                job_tell(&job, CONTROL_KILL, SIGKILL, 0);
        fake_bind(&fake);
        if (_i == 0) {
                job_play(&job, strlen("started\n"));
                job_tell(&job, CONTROL_KILL, SIGKILL, 0);
        }
        job_finish(&job);
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert_int_eq(WTERMSIG(job.wait_status), SIGKILL);
        job_free(&job);
}
END_TEST

/* The socket is made anew in the middle of the output. A jobd that was asked and is gone has not been
 * asked. */
START_TEST(journal_is_replaced) {
        /* an answer to the hint, too, would be a word of jobd's, and may come late */
        Job job = { .argv = SHELL("echo one; read x; echo two"), .away = _i == 1, .no_acks = _i == 1 };
        int input[2];

        ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
        job.input = input[0];
        job_start(&job);
        job_play(&job, strlen("one\n"));
        fake_unbind(&fake);
        fake_bind(&fake);
        ck_assert_int_eq(write(input[1], "\n", 1), 1);
        while (job.n_asks == 0)
                ck_assert(take_message(&job));
        if (job.away) { /* it does not ask twice, until the next jobd says something */
                struct pollfd fd = { .fd = job.control, .events = POLLIN };

                ck_assert_int_eq(poll(&fd, 1, 100), 0);
                job.away = job.no_acks = false;
                job_tell(&job, CONTROL_ACK, 0, UINT64_MAX);
        }
        job_finish(&job);
        assert_stream(&job, 0, "one\ntwo\n");
        ck_assert_uint_eq(job.done.arg, 0);
        ck_assert_int_eq(job.wait_status, 0);
        (void) close(input[0]);
        (void) close(input[1]);
        job_free(&job);
}
END_TEST

START_TEST(journal_is_not_there) {
        Job job = { .argv = SHELL("touch \"$PWD/started\""),
                    .directory = fake.dir,
                    .early_signal = _i == 1 ? SIGTERM : 0 };
        char path[128];

        fake_unbind(&fake);
        fake.config.patience = 100000;
        job_run(&job);
        ck_assert_uint_eq(job.done.type, CONTROL_DONE);
        ck_assert_uint_eq(job.done.arg, CONTROL_DONE_GAVE_UP);
        (void) snprintf(path, sizeof(path), "%s/started", fake.dir);
        ck_assert_int_lt(access(path, F_OK), 0);
        if (_i == 1)
                ck_assert_int_eq(WTERMSIG(job.wait_status), SIGTERM);
        else
                ck_assert_int_eq(WEXITSTATUS(job.wait_status), EXEC_EXIT_JOURNAL);
        job_free(&job);
}
END_TEST

/* journald hangs for good: the job ends as its command did all the same, and counts what is in the pipes.
 * Not before jobd has said that it is no use, or nobody has said anything for long. */
START_TEST(journal_hangs) {
        Job job = { .argv = SHELL("head -c 400000 /dev/zero; exit 4"),
                    .patience = 2,
                    .no_answers = _i == 1 };
        int socket = fake.fd;

        fake.config.patience = 500000;
        fake.fd = -1; /* bound, but nobody reads */
        job_run(&job);
        fake.fd = socket;
        ck_assert_uint_eq(job.done.type, CONTROL_DONE);
        ck_assert_uint_eq(job.done.arg, CONTROL_DONE_GAVE_UP);
        ck_assert_uint_eq(job.done.bytes[0], 400000);
        if (_i == 0)
                ck_assert_uint_eq(job.n_stalls, 3);
        else
                ck_assert_uint_gt(job.n_stalls, 1);
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), 4);
        job_free(&job);
}
END_TEST

/* It hangs for some times the patience, and jobd says to wait: nothing is lost. */
START_TEST(journal_hangs_for_a_while) {
        Job job = { .argv = SHELL("head -c 400000 /dev/zero; exit 4"), .patience = 1000 };
        int socket = fake.fd;

        fake.config.patience = 200000;
        fake.fd = -1;
        job_start(&job);
        while (job.n_stalls < 8)
                ck_assert(take_message(&job));
        fake.fd = socket;
        job_finish(&job);
        ck_assert_uint_eq(job.length[0], 400000);
        ck_assert_uint_eq(job.n_exits, 1);
        ck_assert_uint_eq(job.done.arg, 0);
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), 4);
        job_free(&job);
}
END_TEST

START_TEST(refuses) {
        static const char *const arguments[] = { "--job=3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a12", "--help" };
        Job job = { .argv = SHELL("true"), .argument = arguments[_i] };

        job_run(&job);
        ck_assert_int_eq(WEXITSTATUS(job.wait_status), EXEC_EXIT_SPEC);
        ck_assert(!fake_is_waiting(&fake));
        job_free(&job);
}
END_TEST

/* As after "systemctl restart" of its unit. */
START_TEST(once) {
        Job job = { .argv = SHELL("echo again"), .again = true };

        job_run(&job);
        ck_assert_int_eq(job.wait_status, 0);
        ck_assert(!fake_is_waiting(&fake));
        ck_assert_uint_eq(job.done.type, 0); /* not a word to jobd */
        ck_assert_uint_eq(job.length[0], 0);
        job_free(&job);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-run");
        TCase *tcase = tcase_create("run");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, bytes_arrive);
        tcase_add_loop_test(tcase, a_flood_arrives, 0, 3);
        tcase_add_loop_test(tcase, a_fast_flood_arrives, 0, 4);
        tcase_add_test(tcase, no_large_records);
        tcase_add_test(tcase, what_the_command_gets);
        tcase_add_test(tcase, input_is_the_commands_alone);
        tcase_add_loop_test(tcase, cannot_be_executed, 0, sizeof(failures) / sizeof(failures[0]));
        tcase_add_test(tcase, script_without_interpreter);
        tcase_add_loop_test(tcase, no_text_no_shell, 0, sizeof(files) / sizeof(files[0]));
        tcase_add_loop_test(tcase, cancelled, 0, sizeof(early) / sizeof(early[0]));
        tcase_add_test(tcase, not_cancelled_by_others);
        tcase_add_test(tcase, goes_on_after_term);
        tcase_add_loop_test(tcase, what_a_stop_is, 0, 5);
        tcase_add_test(tcase, kill_over_control);
        tcase_add_test(tcase, limits_are_taken_away);
        tcase_add_loop_test(tcase, what_cannot_be_executed_never_starts, 0, 2);
        tcase_add_test(tcase, each_end_is_its_own_tasks);
        tcase_add_loop_test(tcase, ends_by_the_same_signal, 0, sizeof(deaths) / sizeof(deaths[0]));
        tcase_add_test(tcase, helpers_are_waited_for);
        tcase_add_test(tcase, a_starved_helper_is_waited_for);
        tcase_add_test(tcase, helpers_beyond_the_limit);
        tcase_add_test(tcase, does_not_wait_for_others);
        tcase_add_test(tcase, does_not_wait_for_who_writes);
        tcase_add_test(tcase, flow_control);
        tcase_add_test(tcase, flow_without_jobd);
        tcase_add_test(tcase, flow_at_the_end);
        tcase_add_loop_test(tcase, journal_comes_later, 0, 2);
        tcase_add_loop_test(tcase, journal_is_replaced, 0, 2);
        tcase_add_loop_test(tcase, journal_is_not_there, 0, 2);
        tcase_add_loop_test(tcase, journal_hangs, 0, 2);
        tcase_add_test(tcase, journal_hangs_for_a_while);
        tcase_add_test(tcase, once);
        tcase_add_loop_test(tcase, refuses, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
