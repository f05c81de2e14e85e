/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/start-as.h"
#include "client/report.h"
#include "ctl/spec/user.h"
#include "ctl/usage.h"

static const struct passwd *find_user(const char *word) {
        uint32_t uid;

        return parse_u32(word, &uid) >= 0 ? getpwuid(uid) : getpwnam(word);
}

/* A group without an entry can be meant by its number. */
static bool find_group(const char *word, gid_t *ret) {
        const struct group *group;

        if (parse_u32(word, ret) >= 0)
                return true;
        group = getgrnam(word);
        if (group)
                *ret = group->gr_gid;
        return group;
}

static bool is_in_group(gid_t gid) {
        int n = getgroups(0, NULL);
        g_autofree gid_t *groups = g_new(gid_t, (size_t) MAX(n, 1));

        if (gid == getegid())
                return true;
        n = getgroups(n, groups);
        for (int i = 0; i < n; i++)
                if (groups[i] == gid)
                        return true;
        return false;
}

int spec_identity(const Ctl *c, Spec *s) {
        const struct passwd *user;
        gid_t gid;

        if (s->user && !s->user[0])
                return fail_usage(c, "--uid=: the user is an empty word");
        if (s->group && !s->group[0])
                return fail_usage(c, "--gid=: the group is an empty word");
        if (c->client.host) { /* who is who is known over there alone */
                s->as_other = s->user || s->group;
                return STATUS_OK;
        }
        if (s->user) {
                user = find_user(s->user);
                if (!user)
                        return fail(STATUS_FAILURE, "--uid=: there is no user '%s'", s->user);
                s->as_other = user->pw_uid != geteuid();
        }
        if (s->group) {
                if (!find_group(s->group, &gid))
                        return fail(STATUS_FAILURE, "--gid=: there is no group '%s'", s->group);
                s->as_other |= !is_in_group(gid);
        }
        return STATUS_OK;
}

int spec_check_absolute(const Ctl *c, const Spec *s) {
        const char *program = s->command[0], *who = s->user ? "user" : "group";

        if (program[0] != '/')
                return fail_usage(c,
                                  "as another %s a program is given by its absolute path: '/usr/bin/make', "
                                  "not "
                                  "'make'; "
                                  "'%s' is none",
                                  who, program);
        if (!path_is_normal(program))
                return fail_usage(
                                c,
                                "as another %s a program is given by its plain path, without '//', '.' and "
                                "'..': "
                                "not '%s'",
                                who, program);
        return STATUS_OK;
}
