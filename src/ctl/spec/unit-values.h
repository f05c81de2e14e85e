/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * What is assigned to a unit property, in the type that systemd's bus wants. NULL if the text is not that.
 * An empty text resets a list, as in a unit file.
 */

GVariant *unit_string(const char *text);           /* s */
GVariant *unit_size(const char *text);             /* t: bytes, infinity */
GVariant *unit_u64(const char *text);              /* t: a number, infinity */
GVariant *unit_seconds(const char *text);          /* t: a time in whole seconds, infinity */
GVariant *unit_share(const char *text);            /* u: 0 to 100%, where 2³² − 1 is all */
GVariant *unit_words_list(const char *text);       /* as */
GVariant *unit_timespan(const char *text);         /* t: µs */
GVariant *unit_u32(const char *text);              /* u */
GVariant *unit_i32(const char *text);              /* i */
GVariant *unit_mode(const char *text);             /* u: octal */
GVariant *unit_io_priority(const char *text);      /* i: 0 to 7 */
GVariant *unit_signal(const char *text);           /* i */
GVariant *unit_cpu_weight(const char *text);       /* t: 1 to 10000, or idle */
GVariant *unit_level(const char *text);            /* i: emerg to debug */
GVariant *unit_cpu_policy(const char *text);       /* i: other to rr */
GVariant *unit_io_class(const char *text);         /* i: none to idle */
GVariant *unit_errno_or_kill(const char *text);    /* i: EPERM, or kill */
GVariant *unit_filter(const char *text);           /* (bas): words, or all but those: "~" */
GVariant *unit_capabilities(const char *text);     /* t: likewise */
GVariant *unit_namespaces(const char *text);       /* t: yes, no, words, likewise */
GVariant *unit_cpus(const char *text);             /* ay: "0-3,8" */
GVariant *unit_label(const char *text);            /* (bs): "-": need not be there */
GVariant *unit_device(const char *text);           /* a(ss): "/dev/null rw" */
GVariant *unit_path_and_rate(const char *text);    /* a(st): "/dev/sda 10M", base 1000 */
GVariant *unit_path_and_weight(const char *text);  /* a(st): "/dev/sda 200" */
GVariant *unit_environment_file(const char *text); /* a(sb): "-": need not be there */
GVariant *unit_credential(const char *text);       /* a(ss): "name:path" */
GVariant *unit_binds(const char *text);            /* a(ssbt): "[-]source[:target[:norbind]]" … */
GVariant *unit_tmpfs(const char *text);            /* a(ss): "path[:options]" … */
GVariant *unit_addresses(const char *text);        /* a(iayu): "10.0.0.0/8", any, localhost … */
