#include "log_mix.h"

#include "writer/kinds.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define SUBJECT "SubjectUserSid:sid|SubjectUserName|SubjectDomainName|SubjectLogonId:x64"
#define SUBJECT_IS "{sid}|{user}|{host}|{logon}"
#define SYSTEM_IS "S-1-5-18|{host}$|WORKGROUP|0x3e7"
#define NO_GUID "{00000000-0000-0000-0000-000000000000}"

/* ---- Kinds that no rule asks for ---- */

#define AUDIT(id_, task_, fields_)                                                          \
    static const ew_kind audit_##id_ = { .channel = "Security",                             \
                                         .provider = "Microsoft-Windows-Security-Auditing", \
                                         .guid = "{54849625-5478-4994-a5ba-3e3b0328c30d}",  \
                                         .id = id_,                                         \
                                         .task = task_,                                     \
                                         .keywords = 0x8020000000000000u,                   \
                                         .qualifiers = -1,                                  \
                                         .shape = EW_MANIFEST,                              \
                                         .body = EW_NAMED,                                  \
                                         .fields = fields_ }
AUDIT(4658, 12800, SUBJECT "|ObjectServer|HandleId:ptr|ProcessId:ptr|ProcessName");
AUDIT(4670, 13570,
      SUBJECT
      "|ObjectServer|ObjectType|ObjectName|HandleId:ptr|OldSd|NewSd|ProcessId:ptr|ProcessName");
AUDIT(4673, 13056, SUBJECT "|ObjectServer|Service|PrivilegeList|ProcessId:ptr|ProcessName");
AUDIT(4690, 12807,
      SUBJECT "|SourceHandleId:ptr|SourceProcessId:ptr|TargetHandleId:ptr|TargetProcessId:ptr");
AUDIT(4768, 14339,
      "TargetUserName|TargetDomainName|TargetSid:sid|ServiceName|ServiceSid:sid|TicketOptions:x32|"
      "Status:x32|TicketEncryptionType:x32|PreAuthType|IpAddress|IpPort|CertIssuerName|"
      "CertSerialNumber|CertThumbprint");
AUDIT(4769, 14337,
      "TargetUserName|TargetDomainName|ServiceName|ServiceSid:sid|TicketOptions:x32|"
      "TicketEncryptionType:x32|IpAddress|IpPort|Status:x32|LogonGuid:guid|TransmittedServices");
AUDIT(4776, 14336, "PackageName|TargetUserName|Workstation|Status:x32");
AUDIT(4907, 13568,
      SUBJECT
      "|ObjectServer|ObjectType|ObjectName|HandleId:ptr|OldSd|NewSd|ProcessId:ptr|ProcessName");
AUDIT(4985, 12800,
      SUBJECT "|TransactionId:guid|NewState:u32|ResourceManager:guid|ProcessId:ptr|ProcessName");
AUDIT(5058, 12292,
      SUBJECT "|ProviderName|AlgorithmName|KeyName|KeyType|KeyFilePath|Operation|ReturnCode:x32");
AUDIT(5061, 12290, SUBJECT "|ProviderName|AlgorithmName|KeyName|KeyType|Operation|ReturnCode:x32");
AUDIT(5152, 12809,
      "ProcessId:u64|Application|Direction|SourceAddress|SourcePort|DestAddress|DestPort|"
      "Protocol:u32|FilterRTID:u64|LayerName|LayerRTID:u64");
AUDIT(5157, 12810,
      "ProcessID:u64|Application|Direction|SourceAddress|SourcePort|DestAddress|DestPort|"
      "Protocol:u32|FilterRTID:u64|LayerName|LayerRTID:u64|RemoteUserID:sid|RemoteMachineID:sid");

#define MANIFEST(name_, channel_, provider_, guid_, id_, fields_)   \
    static const ew_kind name_ = { .channel = channel_,             \
                                   .provider = provider_,           \
                                   .guid = guid_,                   \
                                   .id = id_,                       \
                                   .level = 4,                      \
                                   .keywords = 0x8000000000000000u, \
                                   .qualifiers = -1,                \
                                   .shape = EW_MANIFEST,            \
                                   .body = EW_NAMED,                \
                                   .fields = fields_ }
MANIFEST(dns_1014, "System", "Microsoft-Windows-DNS-Client",
         "{1c95126e-7eea-49a9-a3fe-a378b03ddb4d}", 1014, "QueryName|AddressLength:u32|Address:bin");
MANIFEST(ntfs_98, "System", "Microsoft-Windows-Ntfs", "{3ff37a1c-a68d-4d6e-8c9b-f79e8b16c482}", 98,
         "DriveName|DeviceName|CorruptionActionState:u32");
MANIFEST(policy_1501, "System", "Microsoft-Windows-GroupPolicy",
         "{aea1b4fa-97d1-45f2-a64c-4d69fffd92c9}", 1501,
         "SupportInfo1:u32|SupportInfo2:u32|ProcessingMode:u32|ProcessingTimeInMilliseconds:u32|"
         "DCName");
MANIFEST(processor_55, "System", "Microsoft-Windows-Kernel-Processor-Power",
         "{0f67e49f-fe51-4e9f-b490-6f2948cc6027}", 55,
         "Group:u16|Number:u32|IdleStateCount:u32|PerformanceStates:u32|MaximumFrequency:u32|"
         "MaximumPercentage:u32|MinimumPercentage:u32|MinimumThrottle:u32");
MANIFEST(profile_1531, "Application", "Microsoft-Windows-User Profiles Service",
         "{89b1e9f0-5aff-44a6-9b44-0a07a7ce5845}", 1530, "Detail");
MANIFEST(certificate_1007, "Application",
         "Microsoft-Windows-CertificateServicesClient-AutoEnrollment",
         "{f0db7ef8-b6f3-4005-9937-feb77b9e1b43}", 64, "Context|ObjId");

#define CLASSIC(name_, provider_, id_)                            \
    static const ew_kind name_ = { .channel = "Application",      \
                                   .provider = provider_,         \
                                   .id = id_,                     \
                                   .level = 4,                    \
                                   .keywords = 0x80000000000000u, \
                                   .qualifiers = 0,               \
                                   .shape = EW_CLASSIC,           \
                                   .body = EW_POSITIONAL }
CLASSIC(search_1003, "Microsoft-Windows-Search", 1003);
CLASSIC(perflib_1008, "Microsoft-Windows-Perflib", 1008);
CLASSIC(window_9027, "Desktop Window Manager", 9027);

/* ---- Lists ---- */

#define DACL "D:(A;;GA;;;SY)(A;;RC;;;OW)(A;;GA;;;{sid})"

static const mix_kind security_other[] = {
    { &audit_4658, SUBJECT_IS "|Security|0x{n}|{pid}|{image}", 9 },
    { &audit_4670,
      SUBJECT_IS "|Security|Token|-|0x{n}|" DACL "|" DACL "(A;;GXGR;;;S-1-5-5-0-{n})|{pid}|{image}",
      5 },
    { &audit_4673, SUBJECT_IS "|Security|-|SeProfileSingleProcessPrivilege|{pid}|{image}", 9 },
    { &audit_4690, SUBJECT_IS "|0x{n}|{pid}|0x{n}|0x4", 8 },
    { &audit_4768,
      "{user}|CORP|{sid}|krbtgt|S-1-5-21-1004336348-1177238915-682003330-502|0x40810010|0x0|0x12|2|"
      "::ffff:{ip}|{port}|||",
      7 },
    { &audit_4769,
      "{user}@CORP.EXAMPLE.TEST|CORP.EXAMPLE.TEST|{host}$|{sid}|0x40810000|0x12|::ffff:{ip}|{port}|"
      "0x0|{guid}|-",
      14 },
    { &audit_4776, "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0|{user}|{host}|0xc0000064", 8 },
    { &audit_4907,
      SYSTEM_IS "|Security|File|{image}|0x{n}||S:ARAI(AU;SAFA;DCLCRPCRSDWDWO;;;WD)|{pid}|C:"
                "\\Windows\\servicing\\TrustedInstaller.exe",
      5 },
    { &audit_4985, SYSTEM_IS "|{guid}|48|{guid}|{pid}|C:\\Windows\\System32\\svchost.exe", 4 },
    { &audit_5058,
      SYSTEM_IS "|Microsoft Software Key Storage "
                "Provider|UNKNOWN|{guid}|%%2500|C:\\ProgramData\\Microsoft\\Crypto\\SystemKeys\\{n}"
                "_d0a3{n}|%%2458|0x0",
      5 },
    { &audit_5061,
      SUBJECT_IS "|Microsoft Software Key Storage Provider|RSA|{guid}|%%2500|%%2480|0x0", 5 },
    { &audit_5152,
      "{n}|\\device\\harddiskvolume2\\windows\\system32\\svchost.exe|%%14592|{ip}|{port}|{ip}|{"
      "port}|17|{n}|%%14597|13",
      12 },
    { &audit_5157, "{n}|System|%%14593|{ip}|{port}|{ip}|445|6|{n}|%%14611|48|S-1-0-0|S-1-0-0", 9 },
};
static const mix_kind security_kept[] = {
    { &kind_sec_4688,
      SUBJECT_IS
      "|{pid}|{image}|%%1936|{parent}|{command}|S-1-0-0|-|-|0x0|C:\\Windows\\explorer.exe|S-1-16-8192",
      50 },
    { &kind_sec_4624,
      SYSTEM_IS
      "|{sid}|{user}|{host}|{logon}|2|User32 |Negotiate|{host}|" NO_GUID
      "|-|-|0|{pid}|C:\\Windows\\System32\\svchost.exe|127.0.0.1|0|%%1833|-|-|-|%%1843|0x0|%%1842",
      15 },
    { &kind_sec_4634, "{sid}|{user}|{host}|{logon}|3", 15 },
    { &kind_sec_4672,
      SUBJECT_IS "|SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege",
      10 },
    { &kind_sec_4689, SUBJECT_IS "|0x0|{pid}|{image}", 10 },
};
static const mix_kind security_starts[] = {
    { &kind_sec_4688,
      SUBJECT_IS
      "|{pid}|{image}|%%1936|{parent}|{command}|S-1-0-0|-|-|0x0|C:\\Windows\\explorer.exe|S-1-16-8192",
      1 },
};
static const mix_kind sysmon_starts[] = {
    { &kind_sysmon_1,
      "-|2024-03-04 05:06:07.891|{guid}|{n}|{image}|10.0.19041.1 (WinBuild.160101.0800)|Example "
      "Program|Microsoft® Windows® Operating System|Microsoft "
      "Corporation|EXAMPLE.EXE|{command}|C:\\Users\\{user}\\|{host}\\{user}|{guid}|{logon}|1|"
      "Medium|SHA1=0123456789ABCDEF0123456789ABCDEF01234567,MD5=0123456789ABCDEF0123456789ABCDEF,"
      "IMPHASH=00000000000000000000000000000000|{guid}|{n}|C:\\Windows\\explorer.exe|C:"
      "\\Windows\\Explorer.EXE|{host}\\{user}",
      1 },
};
static const mix_kind system_other[] = {
    { &kind_dcom_10016,
      "application-specific|Local|Activation|{2593F8B9-4EAF-457C-B68A-50F6B8EA6B54}|{15C20B67-12E7-"
      "4BB6-92BB-7AFF07997402}|{host}|{user}|{sid}|LocalHost (Using LRPC)|Unavailable|Unavailable",
      30 },
    { &dns_1014, "wpad.corp{n}.example.test|128|02000035c0a80101000000000000000000000000", 12 },
    { &ntfs_98, "C:|\\Device\\HarddiskVolume{n}|0", 8 },
    { &policy_1501, "1|4157|0|{n}|\\\\DC01.corp.example.test", 10 },
    { &processor_55, "0|{n}|2|3|2592|100|31|5", 8 },
    { &kind_update_43, "9NBLGGH4NNS1-Microsoft.DesktopAppInstaller|{guid}|{n}", 8 },
    { &kind_update_44, "9WZDNCRFJ3PZ-MICROSOFT.COMPANYPORTAL|{guid}|{n}", 8 },
};
static const mix_kind system_kept[] = {
    { &kind_scm_7040, "The service {service}|demand start|auto start|{service}", 10 },
    { &kind_scm_7045,
      "Example Service {n}|C:\\Program Files\\Example\\service.exe -n {n}|user mode service|auto "
      "start|LocalSystem",
      2 },
    { &kind_time_35, "time.windows.com,0x9 (ntp.m 0x9 0.0.0.0:123->10.0.{n}.1:123)|{n}|3", 88 },
};
static const mix_kind application_other[] = {
    { &search_1003, "\r\n\r\n\r\n\r\nDetails:\r\n\tIndex {n} is rebuilt (0x{n})", 12 },
    { &perflib_1008, "BITS|C:\\Windows\\System32\\bitsperf.dll|8|{n}", 12 },
    { &window_9027, "0x{n}", 6 },
    { &profile_1531,
      "1 user registry handles leaked from \\Registry\\User\\{sid}:\nProcess {n} "
      "(\\Device\\HarddiskVolume2\\Windows\\System32\\svchost.exe) has opened key "
      "\\REGISTRY\\USER\\{sid}\\Software\\Microsoft\n",
      12 },
    { &certificate_1007, "Local system|{n}", 6 },
    { &kind_esent_102, "svchost|{n},P,98|DS_Token_DB: |0|10|00|19041|0000", 12 },
    { &kind_spp_16384, "2024-03-05T05:06:{n}Z|RulesEngine", 14 },
    { &kind_spp_16394, "", 8 },
    { &kind_restart_10000, "0|133541859671234567", 8 },
};
static const mix_kind application_kept[] = {
    { &kind_msi_1033, "Example Product {n}|1.2.{n}|1033|0|Example Corporation|(NULL)", 2 },
    { &kind_msi_11707,
      "Product: Example Product {n} -- Installation completed "
      "successfully.|(NULL)|(NULL)|(NULL)|(NULL)|(NULL)|",
      2 },
    { &kind_security_center_15, "Windows Defender|SECURITY_PRODUCT_STATE_ON", 96 },
};

#define LIST(list)        \
    {                     \
        list, COUNT(list) \
    }
const mix_log mix_logs[] = {
    { "security", LIST(security_other), LIST(security_kept) },
    { "system", LIST(system_other), LIST(system_kept) },
    { "application", LIST(application_other), LIST(application_kept) },
    { "starts", LIST(security_starts), LIST(security_starts) },
    { "sysmon", LIST(sysmon_starts), LIST(sysmon_starts) },
};
const size_t mix_logs_n = COUNT(mix_logs);

/* ---- Pools ---- */

const char *const mix_images[] = {
    "C:\\Windows\\System32\\svchost.exe",
    "C:\\Windows\\System32\\RuntimeBroker.exe",
    "C:\\Windows\\System32\\backgroundTaskHost.exe",
    "C:\\Windows\\System32\\conhost.exe",
    "C:\\Windows\\System32\\taskhostw.exe",
    "C:\\Windows\\System32\\dllhost.exe",
    "C:\\Windows\\System32\\SearchProtocolHost.exe",
    "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
    "C:\\Windows\\SystemApps\\Microsoft.Windows.Search_cw5n1h2txyewy\\SearchApp.exe",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25040.2-0\\MpCmdRun.exe",
    "C:\\Users\\Jürgen\\AppData\\Local\\Büro\\Büro.exe",
};
const size_t mix_images_n = COUNT(mix_images);

const char *const mix_commands[] = {
    "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule",
    "C:\\Windows\\System32\\RuntimeBroker.exe -Embedding",
    "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1",
    "\"C:\\Windows\\system32\\backgroundTaskHost.exe\" "
    "-ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca",
    "C:\\Windows\\system32\\DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}",
    "taskhostw.exe Install $(Arg0)",
    "\"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe\" --type=renderer --lang=en-GB "
    "--device-scale-factor=1 --num-raster-threads=2 --renderer-client-id={n} "
    "--launch-time-ticks={n} --field-trial-handle=1964,i,{n} /prefetch:1",
    "\"C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe\" --type=utility "
    "--utility-sub-type=network.mojom.NetworkService --field-trial-handle={n}",
    "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding",
    "\"C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25040.2-0\\MpCmdRun.exe\" "
    "SignaturesUpdateService -ScheduleJob -UnmanagedUpdate",
    "\"C:\\Users\\Jürgen\\AppData\\Local\\Büro\\Büro.exe\" /öffnen \"Angebot {n}.docx\"",
};
const size_t mix_commands_n = COUNT(mix_commands);

const char *const mix_users[] = { "maria",   "eve",       "svc_sql", "Administrator", "j.smith",
                                  "a.jones", "pkowalski", "Jürgen",  "backup",        "nguyen" };
const size_t mix_users_n = COUNT(mix_users);
