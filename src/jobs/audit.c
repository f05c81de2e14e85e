/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdarg.h>
#include <syslog.h>

#include "base/quote.h"
#include "base/user.h"
#include "jobs/audit-ids.h"
#include "jobs/audit-limit.h"
#include "jobs/audit.h"
#include "model/raw-properties.h"
#include "systemd/journal-send.h"

#define PROPERTIES_MAX 4096U /* bytes in an entry */

struct Audit {
        JournalSender *sender;
        AuditLimit *refusals, *signals;
};

static GString *entry_new(const char *id, int priority) {
        GString *entry = g_string_sized_new(1024);

        journal_add(entry, "MESSAGE_ID", id);
        journal_addf(entry, "PRIORITY", "%i", priority);
        /* private, where logs go on to a syslog daemon */
        journal_addf(entry, "SYSLOG_FACILITY", "%i", LOG_FAC(LOG_AUTHPRIV));
        journal_add(entry, "SYSLOG_IDENTIFIER", "jobd");
        return entry;
}

/* One line without escapes, whatever a text quotes. */
static void add_text(GString *entry, const char *field, const char *text) {
        g_autofree char *line = g_strdup(text);

        for (char *c = line; *c; c++)
                if (g_ascii_iscntrl(*c))
                        *c = ' ';
        journal_add(entry, field, line);
}

static void add_message(GString *entry, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_message(GString *entry, const char *format, ...) {
        g_autofree char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        add_text(entry, "MESSAGE", text);
}

static void add_job(GString *entry, const Job *job) {
        g_autofree char *name = job_dup_name(job);

        journal_addf(entry, "JOBD_ID", "%s", job_id_label(job->id).text);
        journal_add(entry, "JOBD_JOB", job->uuid);
        add_text(entry, "JOBD_NAME", name);
        journal_addf(entry, "JOBD_OWNER", "%u", job->owner);
        journal_addf(entry, "JOBD_UID", "%u", job->uid);
        journal_add(entry, "JOBD_STATE", job_state_to_string(job->state));
        /* "journalctl -u jobd-7" and "systemctl status jobd-7" show what root says of a unit */
        journal_add(entry, "OBJECT_SYSTEMD_UNIT", job_id_unit(job->id).text);
}

/* "Job 7", or "Job 7 (make)". */
static char *dup_title(const Job *job) {
        g_autofree char *name = job->name ? quote_value(job->name) : NULL;

        return name ? g_strdup_printf("Job %s (%s)", job_id_label(job->id).text, name)
                    : g_strdup_printf("Job %s", job_id_label(job->id).text);
}

static void add_by(GString *entry, uid_t by) {
        journal_addf(entry, "JOBD_BY", "%u", by);
}

/* ", to run as deploy:docker", and ", with the unit properties …": what is out of the ordinary. */
static char *dup_rights(const Job *job, const char *properties) {
        g_autofree char *user = user_dup_name(job->uid);
        GString *text = g_string_new(NULL);

        if (job->uid != job->owner || job->request->gid != GID_INVALID)
                g_string_append_printf(text, ", to run as %s", user);
        if (job->request->gid != GID_INVALID) {
                g_autofree char *group = group_dup_name(job->request->gid);

                g_string_append_printf(text, ":%s", group);
        }
        if (properties)
                g_string_append_printf(text, ", with the unit properties %s", properties);
        return g_string_free(text, FALSE);
}

void audit_accepted(Audit *audit, const Job *job) {
        GString *entry = entry_new(AUDIT_ID_ACCEPTED, LOG_INFO);
        g_autoptr(GVariant) raw = job_request_properties(job->request, false);
        g_autofree char *properties = raw ? raw_properties_describe(raw, PROPERTIES_MAX) : NULL,
                        *title = dup_title(job), *owner = user_dup_name(job->owner),
                        *rights = dup_rights(job, properties);

        add_message(entry, "%s: accepted from %s%s: %s", title, owner, rights,
                    job->command ? job->command : "");
        add_job(entry, job);
        if (job->request->gid != GID_INVALID)
                journal_addf(entry, "JOBD_GID", "%u", job->request->gid);
        if (properties)
                add_text(entry, "JOBD_PROPERTIES", properties);
        add_by(entry, job->owner);
        add_text(entry, "JOBD_COMMAND", job->command ? job->command : "");
        journal_send(audit->sender, entry);
}

static void send_started(Audit *audit, const Job *job) {
        GString *entry = entry_new(AUDIT_ID_STARTED, LOG_INFO);
        g_autofree char *title = dup_title(job);

        if (job->main_pid > 0) {
                add_message(entry, "%s: started as process %i", title, job->main_pid);
                journal_addf(entry, "JOBD_PID", "%i", job->main_pid);
        } else
                add_message(entry, "%s: started", title);
        add_job(entry, job);
        journal_send(audit->sender, entry);
}

static void send_finished(Audit *audit, const Job *job) {
        GString *entry = entry_new(AUDIT_ID_FINISHED, job->state == JOB_FAILED ? LOG_NOTICE : LOG_INFO);
        g_autofree char *title = dup_title(job);
        JobOutput output = job_output(job);

        add_message(entry, "%s: %s%s%s, %" PRIu64 " bytes of output", title, job_state_to_string(job->state),
                    job->reason ? ": " : "", job->reason ? job->reason : "", output.bytes);
        add_job(entry, job);
        journal_add(entry, "JOBD_RESULT", job_result_to_string(job->result));
        add_text(entry, "JOBD_REASON", job->reason ? job->reason : "");
        journal_addf(entry, "JOBD_OUTPUT_BYTES", "%" PRIu64, output.bytes);
        journal_addf(entry, "JOBD_OUTPUT_LOST", "%" PRIu64, output.lost);
        journal_addf(entry, "JOBD_OUTPUT_DROPPED", "%" PRIu64, output.dropped);
        journal_send(audit->sender, entry);
}

void audit_job_changed(Audit *audit, const Job *job, JobState previous) {
        if (job->state == previous)
                return;
        if (previous == JOB_NOT_STARTED && job->state == JOB_RUNNING)
                send_started(audit, job);
        if (job_is_finished(job))
                send_finished(audit, job);
}

static void send_asked(Audit *audit, const char *message_id, const Job *job, uid_t by, const char *what) {
        GString *entry = entry_new(message_id, LOG_INFO);
        g_autofree char *title = dup_title(job), *who = user_dup_name(by);

        add_message(entry, "%s: %s asked to %s it", title, who, what);
        add_job(entry, job);
        add_by(entry, by);
        journal_send(audit->sender, entry);
}

void audit_stopped(Audit *audit, const Job *job, uid_t by) {
        send_asked(audit, AUDIT_ID_STOPPED, job, by, "stop");
}

/* One may ask for it as often as for a signal. */
void audit_suspended(Audit *audit, const Job *job, uid_t by) {
        if (audit_limit_admits(audit->signals, by))
                send_asked(audit, AUDIT_ID_SUSPENDED, job, by, "suspend");
}

void audit_resumed(Audit *audit, const Job *job, uid_t by) {
        if (audit_limit_admits(audit->signals, by))
                send_asked(audit, AUDIT_ID_RESUMED, job, by, "resume");
}

void audit_killed(Audit *audit, const Job *job, int signo, uid_t by) {
        g_autofree char *title = NULL, *who = NULL, *signal = NULL;
        GString *entry;

        if (!audit_limit_admits(audit->signals, by))
                return;
        title = dup_title(job);
        who = user_dup_name(by);
        signal = signal_dup_name(signo);
        entry = entry_new(AUDIT_ID_KILLED, LOG_INFO);
        add_message(entry, "%s: %s sent it the signal %s", title, who, signal);
        add_job(entry, job);
        add_by(entry, by);
        journal_add(entry, "JOBD_SIGNAL", signal);
        journal_send(audit->sender, entry);
}

void audit_removed(Audit *audit, const Job *job, uid_t by) {
        GString *entry = entry_new(AUDIT_ID_REMOVED, LOG_INFO);
        g_autofree char *title = dup_title(job), *who = user_dup_name(by);

        add_message(entry, "%s: removed by %s", title, who);
        add_job(entry, job);
        add_by(entry, by);
        journal_send(audit->sender, entry);
}

void audit_damaged(Audit *audit, const Job *job, uint64_t bytes) {
        GString *entry = entry_new(AUDIT_ID_DAMAGED, LOG_WARNING);
        g_autofree char *title = dup_title(job);

        add_message(entry, "%s: %" PRIu64 " bytes of its output are damaged on the disk, and lost", title,
                    bytes);
        add_job(entry, job);
        journal_addf(entry, "JOBD_DAMAGED", "%" PRIu64, bytes);
        journal_addf(entry, "JOBD_OUTPUT_LOST", "%" PRIu64, output_state_missing(&job->output));
        journal_send(audit->sender, entry);
}

void audit_refused(Audit *audit, uid_t by, const char *member, const Job *job, const char *why) {
        g_autofree char *who = NULL;
        GString *entry;

        if (!audit_limit_admits(audit->refusals, by))
                return;
        who = user_dup_name(by);
        entry = entry_new(AUDIT_ID_REFUSED, LOG_WARNING);
        add_message(entry, "%s was refused to %s: %s", member, who, why);
        if (job)
                add_job(entry, job);
        add_by(entry, by);
        journal_add(entry, "JOBD_METHOD", member);
        add_text(entry, "JOBD_REASON", why);
        journal_send(audit->sender, entry);
}

static void send_left_out(Audit *audit, const char *what, uid_t by, uint32_t n) {
        bool others = by == AUDIT_LIMIT_OTHERS;
        g_autofree char *who = others ? g_strdup("other users") : user_dup_name(by);
        GString *entry = entry_new(AUDIT_ID_LEFT_OUT, LOG_WARNING);

        add_message(entry, "%u more %s %s within a minute are not listed", n, what, who);
        if (!others)
                add_by(entry, by);
        journal_addf(entry, "JOBD_LEFT_OUT", "%u", n);
        journal_send(audit->sender, entry);
}

static void on_refusals_left_out(uid_t uid, uint32_t n, void *userdata) {
        send_left_out(userdata, "calls refused to", uid, n);
}

static void on_signals_left_out(uid_t uid, uint32_t n, void *userdata) {
        send_left_out(userdata, "signals sent by", uid, n);
}

static GString *make_lost(uint64_t n) {
        GString *entry = entry_new(AUDIT_ID_LOST, LOG_WARNING);

        add_message(entry, "%" PRIu64 " audit entries were lost: the journal did not take them", n);
        journal_addf(entry, "JOBD_LOST", "%" PRIu64, n);
        return entry;
}

int audit_new(sd_event *event, const char *socket, Audit **ret) {
        Audit *audit = g_new0(Audit, 1);
        int r = journal_sender_new(event, socket, make_lost, &audit->sender);

        if (r < 0) {
                g_free(audit);
                return r;
        }
        audit->refusals = audit_limit_new(event, on_refusals_left_out, audit);
        audit->signals = audit_limit_new(event, on_signals_left_out, audit);
        *ret = audit;
        return 0;
}

void audit_free(Audit *audit) {
        audit_limit_end(audit->refusals);
        audit_limit_end(audit->signals);
        audit_limit_free(audit->refusals);
        audit_limit_free(audit->signals);
        journal_sender_free(audit->sender);
        g_free(audit);
}
