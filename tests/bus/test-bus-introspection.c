/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "../unit/run.h"
#include "authz/verbs.h"
#include "server.h"

/*
 * dbus/<interface>.xml, which is documented and installed, against what the daemon says of itself: every
 * method, argument, signal, property and annotation, in both directions. Both become sorted lists of facts,
 * a line each.
 */

typedef struct Reader {
        const char *interface;
        bool inside;  /* of that interface */
        char *member; /* "method StartJob" */
        guint n_args;
        char *property; /* whose annotation may follow */
        bool annotated;
        GPtrArray *facts;
        /* of the documented file alone */
        char *comment; /* what stands before the next member */
        char *own;     /* what stood before this one */
        /* members without a comment that begins with their name, arguments that it does not tell of */
        GPtrArray *bare;
} Reader;

static const char *attribute(const char **names, const char **values, const char *name) {
        for (; *names; names++, values++)
                if (strcmp(*names, name) == 0)
                        return *values;
        return "";
}

static void add_fact(Reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_fact(Reader *r, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        g_ptr_array_add(r->facts, g_strdup_vprintf(format, ap));
        va_end(ap);
}

static void begin_member(Reader *r, const char *element, const char *name) {
        g_autofree char *label = g_strconcat(name, ":", NULL);

        g_free(r->member);
        r->member = g_strdup_printf("%s %s", element, name);
        r->n_args = 0;
        add_fact(r, "%s", r->member);
        if (!r->comment || !strstr(r->comment, label))
                g_ptr_array_add(r->bare, g_strdup(r->member));
        g_free(r->own);
        r->own = g_steal_pointer(&r->comment);
}

static void add_argument(Reader *r, const char *direction, const char *type, const char *name) {
        g_autofree char *label = g_strdup_printf("@%s: ", name);

        add_fact(r, "%s %u: %s %s %s", r->member, r->n_args++, direction, type, name);
        if (!r->own || !strstr(r->own, label))
                g_ptr_array_add(r->bare, g_strdup_printf("%s: %s", r->member, label));
}

static void on_start(GMarkupParseContext *context, const char *element, const char **names,
                     const char **values, gpointer userdata, GError **error) {
        const char *name = attribute(names, values, "name");
        Reader *r = userdata;

        if (strcmp(element, "interface") == 0)
                r->inside = strcmp(name, r->interface) == 0;
        if (!r->inside)
                return;
        if (strcmp(element, "interface") == 0) {
                add_fact(r, "interface %s", name);
                g_clear_pointer(&r->comment, g_free);
        } else if (strcmp(element, "arg") == 0) {
                /* signals' arguments have no direction but out, said or not */
                const char *direction = g_str_has_prefix(r->member, "signal")
                                                        ? "out"
                                                        : attribute(names, values, "direction");

                add_argument(r, direction, attribute(names, values, "type"), name);
        } else if (g_str_has_prefix(name, "org.qtproject.QtDBus.")) {
                return; /* for qdbusxml2cpp alone; sd-bus has no room for it */
        } else if (strcmp(element, "annotation") == 0) {
                add_fact(r, "%s: %s=%s", r->member, name, attribute(names, values, "value"));
                r->annotated = true;
        } else {
                begin_member(r, element, name);
                if (strcmp(element, "property") == 0) {
                        add_fact(r, "%s: %s %s", r->member, attribute(names, values, "type"),
                                 attribute(names, values, "access"));
                        r->annotated = false;
                }
        }
}

static void on_end(GMarkupParseContext *context, const char *element, gpointer userdata, GError **error) {
        Reader *r = userdata;

        /* sd-bus does not say what is the default */
        if (r->inside && strcmp(element, "property") == 0 && !r->annotated)
                add_fact(r, "%s: org.freedesktop.DBus.Property.EmitsChangedSignal=true", r->member);
        if (strcmp(element, "interface") == 0)
                r->inside = false;
}

static void on_passthrough(GMarkupParseContext *context, const char *text, gsize size, gpointer userdata,
                           GError **error) {
        Reader *r = userdata;

        if (!g_str_has_prefix(text, "<!--"))
                return;
        g_free(r->comment);
        r->comment = g_strndup(text, size);
}

static gint compare(gconstpointer a, gconstpointer b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void reader_clear(Reader *r) {
        g_free(r->member);
        g_free(r->comment);
        g_free(r->own);
        g_ptr_array_unref(r->facts);
        g_ptr_array_unref(r->bare);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

static void read_xml(Reader *r, const char *interface, const char *xml) {
        static const GMarkupParser parser = { .start_element = on_start,
                                              .end_element = on_end,
                                              .passthrough = on_passthrough };
        g_autoptr(GMarkupParseContext) context = NULL;
        g_autoptr(GError) error = NULL;

        *r = (Reader){
                .interface = interface,
                .facts = g_ptr_array_new_with_free_func(g_free),
                .bare = g_ptr_array_new_with_free_func(g_free),
        };
        context = g_markup_parse_context_new(&parser, 0, r, NULL);
        ck_assert_msg(g_markup_parse_context_parse(context, xml, -1, &error) &&
                                      g_markup_parse_context_end_parse(context, &error),
                      "%s: %s", interface, error ? error->message : "");
        g_ptr_array_sort(r->facts, compare);
        ck_assert_uint_gt(r->facts->len, 10);
}

static void read_file(Reader *r, const char *interface) {
        g_autofree char *name = g_strconcat(interface, ".xml", NULL),
                        *path = g_build_filename(g_getenv("JOBD_DBUS"), name, NULL), *xml = NULL;

        ck_assert(g_file_get_contents(path, &xml, NULL, NULL));
        read_xml(r, interface, xml);
}

static char *introspect(const char *path) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = call_sync(client, path, "org.freedesktop.DBus.Introspectable",
                                                    "Introspect", "");
        const char *xml;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_read(reply, "s", &xml), 0);
        return g_strdup(xml);
}

static const struct {
        const char *path, *interface;
} objects[] = {
        { "/org/jobd1", "org.jobd1.Manager" },
        { "/org/jobd1/job/7", "org.jobd1.Job" },
};

START_TEST(same) {
        g_auto(Reader) documented = {}, real = {};
        g_autofree char *xml = NULL;
        guint i = 0, k = 0;

        (void) fake_job(7, 0);
        xml = introspect(objects[_i].path);
        read_xml(&real, objects[_i].interface, xml);
        read_file(&documented, objects[_i].interface);
        while (i < documented.facts->len && k < real.facts->len) {
                const char *a = g_ptr_array_index(documented.facts, i),
                           *b = g_ptr_array_index(real.facts, k);
                int order = strcmp(a, b);

                ck_assert_msg(order == 0, order < 0 ? "in the XML alone: %s" : "not in the XML: %s",
                              order < 0 ? a : b);
                i++;
                k++;
        }
        ck_assert_uint_eq(documented.facts->len, real.facts->len);
}
END_TEST

/* Deny by default: every method stands in the table of who may call it, and what does not is refused
 * unseen. */
START_TEST(every_method_has_a_rule) {
        g_auto(Reader) reader = {};
        g_autofree char *xml = NULL;
        guint n = 0;

        (void) fake_job(7, 0);
        xml = introspect(objects[_i].path);
        read_xml(&reader, objects[_i].interface, xml);
        for (guint i = 0; i < reader.facts->len; i++) {
                const char *fact = g_ptr_array_index(reader.facts, i);

                if (!g_str_has_prefix(fact, "method ") || strchr(fact, ':'))
                        continue;
                n++;
                ck_assert_msg(verb_find(objects[_i].interface, fact + strlen("method ")) != VERB_NONE, "%s",
                              fact);
        }
        ck_assert_uint_gt(n, 3);
}
END_TEST

/* So that every method can be given more to do without a new interface. */
START_TEST(every_method_ends_in_options) {
        g_auto(Reader) reader = {};
        const char *last = NULL;

        read_file(&reader, objects[_i].interface);
        g_ptr_array_add(reader.facts, g_strdup("z"));
        for (guint i = 0; i < reader.facts->len; i++) {
                const char *fact = g_ptr_array_index(reader.facts, i);

                if (g_str_has_prefix(fact, "method ") && strstr(fact, ": in "))
                        last = fact;
                else if (last && !strstr(fact, ": out ")) {
                        ck_assert_msg(g_str_has_suffix(last, ": in a{sv} options"), "%s", last);
                        last = NULL;
                }
                if (g_str_has_prefix(fact, "method ") && !strchr(fact, ':'))
                        ck_assert_msg(strstr(g_ptr_array_index(reader.facts, i + 1), ": in "), "%s", fact);
        }
}
END_TEST

START_TEST(no_rule_no_call) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) unknown = NULL, elsewhere = NULL;

        (void) fake_job(7, 0);
        unknown = call_sync(client, objects[_i].path, objects[_i].interface, "Format", "");
        assert_error(unknown, SD_BUS_ERROR_UNKNOWN_METHOD, "Format");
        /* listed, but of the other interface */
        elsewhere = call_sync(client, objects[_i].path, objects[_i].interface, _i == 0 ? "Stop" : "StartJob",
                              "");
        assert_error(elsewhere, SD_BUS_ERROR_UNKNOWN_METHOD, "jobd has no method");
}
END_TEST

START_TEST(documented) {
        g_auto(Reader) reader = {};

        read_file(&reader, objects[_i].interface);
        if (reader.bare->len > 0)
                ck_abort_msg("no comment of its own: %s", (const char *) g_ptr_array_index(reader.bare, 0));
}
END_TEST

/* Every property in the XML says how its changes are told; none changes silently. */
START_TEST(annotated) {
        g_auto(Reader) reader = {};
        g_autofree char *path = NULL, *xml = NULL, *name = g_strconcat(objects[_i].interface, ".xml", NULL);
        guint n_properties = 0, n_annotations = 0;

        path = g_build_filename(g_getenv("JOBD_DBUS"), name, NULL);
        ck_assert(g_file_get_contents(path, &xml, NULL, NULL));
        for (const char *p = xml; (p = strstr(p, "<property ")); p++)
                n_properties++;
        for (const char *p = xml; (p = strstr(p, "DBus.Property.EmitsChangedSignal")); p++)
                n_annotations++;
        ck_assert_uint_eq(n_annotations, n_properties);
        read_file(&reader, objects[_i].interface);
        for (guint i = 0; i < reader.facts->len; i++)
                ck_assert_msg(!g_str_has_suffix(g_ptr_array_index(reader.facts, i),
                                                "EmitsChangedSignal=false"),
                              "%s", (const char *) g_ptr_array_index(reader.facts, i));
}
END_TEST

/* What busctl tree and d-feet walk through. */
START_TEST(tree) {
        g_autofree char *top = introspect("/org/jobd1"), *jobs = NULL, *one = NULL;

        ck_assert_ptr_nonnull(strstr(top, "<node name=\"job\"/>"));
        (void) fake_job(7, 0);
        (void) fake_job(42, 0);
        jobs = introspect("/org/jobd1/job");
        ck_assert_ptr_nonnull(strstr(jobs, "<node name=\"7\"/>"));
        ck_assert_ptr_nonnull(strstr(jobs, "<node name=\"42\"/>"));
        ck_assert_ptr_null(strstr(jobs, "org.jobd1.Job")); /* it is no job itself */
        one = introspect("/org/jobd1/job/42");
        ck_assert_ptr_nonnull(strstr(one, "org.jobd1.Job"));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-introspection");
        TCase *tcase = tcase_create("bus-introspection");

        tcase_add_checked_fixture(tcase, fake_setup, fake_teardown);
        tcase_add_loop_test(tcase, same, 0, G_N_ELEMENTS(objects));
        tcase_add_loop_test(tcase, every_method_has_a_rule, 0, G_N_ELEMENTS(objects));
        tcase_add_loop_test(tcase, every_method_ends_in_options, 0, G_N_ELEMENTS(objects));
        tcase_add_loop_test(tcase, no_rule_no_call, 0, G_N_ELEMENTS(objects));
        tcase_add_loop_test(tcase, documented, 0, G_N_ELEMENTS(objects));
        tcase_add_loop_test(tcase, annotated, 0, G_N_ELEMENTS(objects));
        tcase_add_test(tcase, tree);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
