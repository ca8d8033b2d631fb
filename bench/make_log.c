/* make_log FILE RECORDS: a big event log for benches, of the kinds and lengths that a Security log and
 * a System log have: logons and their ends, processes, group look-ups, service states. Written by the
 * tests' own writer, the same bytes every time. */
#include "writer/evtx_writer.h"

#include <stdio.h>
#include <stdlib.h>

#define AUDIT "Microsoft-Windows-Security-Auditing"
#define AUDIT_GUID "{54849625-5478-4994-a5ba-3e3b0328c30d}"

static const ew_kind logon = {
    .channel = "Security",
    .provider = AUDIT,
    .guid = AUDIT_GUID,
    .id = 4624,
    .version = 2,
    .task = 12544,
    .keywords = 0x8020000000000000u,
    .qualifiers = -1,
    .shape = EW_MANIFEST,
    .body = EW_NAMED,
    .fields =
        "SubjectUserSid:sid|SubjectUserName|SubjectDomainName|SubjectLogonId:x64|TargetUserSid:sid|"
        "TargetUserName|TargetDomainName|TargetLogonId:x64|LogonType:u32|LogonProcessName|"
        "AuthenticationPackageName|WorkstationName|LogonGuid:guid|TransmittedServices|"
        "LmPackageName|"
        "KeyLength:u32|ProcessId:ptr|ProcessName|IpAddress|IpPort",
};
static const ew_kind process = {
    .channel = "Security",
    .provider = AUDIT,
    .guid = AUDIT_GUID,
    .id = 4688,
    .version = 2,
    .task = 13312,
    .keywords = 0x8020000000000000u,
    .qualifiers = -1,
    .shape = EW_MANIFEST,
    .body = EW_NAMED,
    .fields =
        "SubjectUserSid:sid|SubjectUserName|SubjectDomainName|SubjectLogonId:x64|NewProcessId:ptr|"
        "NewProcessName|TokenElevationType|ProcessId:ptr|CommandLine|TargetUserSid:sid|"
        "TargetUserName|"
        "TargetDomainName|TargetLogonId:x64|ParentProcessName|MandatoryLabel:sid",
};
static const ew_kind group = {
    .channel = "Security",
    .provider = AUDIT,
    .guid = AUDIT_GUID,
    .id = 4799,
    .task = 13826,
    .keywords = 0x8020000000000000u,
    .qualifiers = -1,
    .shape = EW_MANIFEST,
    .body = EW_NAMED,
    .fields = "TargetUserName|TargetDomainName|TargetSid:sid|SubjectUserSid:sid|SubjectUserName|"
              "SubjectDomainName|SubjectLogonId:x64|CallerProcessId:ptr|CallerProcessName",
};
static const ew_kind service = {
    .channel = "System",
    .provider = "Service Control Manager",
    .guid = "{555908d1-a6d7-4695-8e1e-26931d2012f4}",
    .source = "Service Control Manager",
    .id = 7036,
    .level = 4,
    .keywords = 0x8080000000000000u,
    .qualifiers = 16384,
    .shape = EW_CLASSIC,
    .body = EW_NAMED,
    .fields = "param1|param2|#Binary:bin",
};
static const ew_kind installer = {
    .channel = "Application",
    .provider = "MsiInstaller",
    .id = 1033,
    .level = 4,
    .keywords = 0x80000000000000u,
    .qualifiers = 0,
    .shape = EW_CLASSIC,
    .body = EW_POSITIONAL,
};

static void append(ew_log *log, unsigned i)
{
    char session[24], pid[24], guid[48], command[160];
    snprintf(session, sizeof session, "0x%x", 0x3e7 + 977 * i);
    snprintf(pid, sizeof pid, "0x%x", 4 * (i % 5000));
    snprintf(guid, sizeof guid, "{%08x-1234-5678-9abc-%012x}", i, i * 7);
    snprintf(command, sizeof command,
             "\"C:\\Windows\\System32\\svchost.exe\" -k netsvcs -p -s Schedule /n:%u", i);
    const char *const user = "S-1-5-21-1004336348-1177238915-682003330-1001";
    const char *const to_logon[] = { "S-1-5-18",  "WS01$",     "WORKGROUP",
                                     "0x3e7",     user,        "maria",
                                     "WS01",      session,     "2",
                                     "User32 ",   "Negotiate", "WS01",
                                     guid,        "-",         "-",
                                     "0",         pid,         "C:\\Windows\\System32\\svchost.exe",
                                     "127.0.0.1", "0" };
    const char *const to_process[] = { user,          "maria",
                                       "WS01",        session,
                                       pid,           "C:\\Windows\\System32\\svchost.exe",
                                       "%%1936",      pid,
                                       command,       "S-1-0-0",
                                       "-",           "-",
                                       "0x0",         "C:\\Windows\\System32\\services.exe",
                                       "S-1-16-12288" };
    const char *const to_group[] = {
        "Administrators", "Builtin", "S-1-5-32-544",
        "S-1-5-18",       "WS01$",   "WORKGROUP",
        "0x3e7",          pid,       "C:\\Windows\\System32\\VSSVC.exe"
    };
    const char *const to_service[] = { "Windows Update", "running",
                                       "7700750061007500730065007200760000000000" };
    const char *const to_installer[] = { "Example Product",     "1.2.3.4", "1033", "0",
                                         "Example Corporation", "(NULL)" };
    ew_event e = { .time = 131202000271663025u + (uint64_t)i * 3000000u,
                   .computer = "WS01.example.test",
                   .pid = 600 + i % 9,
                   .tid = 604 + i % 90 };
    switch (i % 8) {
    case 0:
    case 1:
        e.kind = &logon, e.values = to_logon, e.n_values = 20;
        break;
    case 2:
    case 3:
    case 4:
        e.kind = &process, e.values = to_process, e.n_values = 15;
        break;
    case 5:
        e.kind = &group, e.values = to_group, e.n_values = 9;
        break;
    case 6:
        e.kind = &service, e.values = to_service, e.n_values = 3;
        break;
    default:
        e.kind = &installer, e.values = to_installer, e.n_values = 6, e.binary = "7B00410042007D00";
        break;
    }
    (void)ew_append(log, &e);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    size_t n;
    unsigned records = (unsigned)atoi(argv[2]);
    ew_options options = { .minor = 1 };
    ew_log *log = ew_open(&options);
    for (unsigned i = 0; i < records; i++)
        append(log, i);
    uint8_t *bytes = ew_bytes(log, &n);
    ew_save(argv[1], bytes, n);
    ew_close(log);
    return 0;
}
