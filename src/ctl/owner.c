/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pwd.h>

#include "base/parse.h"
#include "ctl/owner.h"

static const struct passwd *find(const Ctl *c, uint32_t uid) {
        return c->client.host ? NULL : getpwuid(uid);
}

bool owner_find(const Ctl *c, const char *word, uint32_t *ret) {
        const struct passwd *passwd;

        if (parse_u32(word, ret) >= 0)
                return true;
        passwd = c->client.host ? NULL : getpwnam(word);
        if (passwd)
                *ret = passwd->pw_uid;
        return passwd;
}

char *owner_name(const Ctl *c, uint32_t uid) {
        const struct passwd *passwd = find(c, uid);

        return passwd ? g_strdup(passwd->pw_name) : g_strdup_printf("%u", uid);
}

char *owner_text(const Ctl *c, uint32_t uid) {
        const struct passwd *passwd = find(c, uid);

        return passwd ? g_strdup_printf("%s (%u)", passwd->pw_name, uid) : g_strdup_printf("%u", uid);
}
